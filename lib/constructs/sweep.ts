import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from './environment';
import { deliverTo } from './event-targets';
import { BundledFunction } from './function';
import type { Ledger } from './ledger';

export interface SweepProps {
  readonly ledger: Ledger;
  readonly deadLetters: IQueue;
}

/** Looks for Redshift statements that are over without anybody having heard: the backstop of an event that never came. */
export class Sweep extends Construct {
  readonly task: BundledFunction;

  constructor(scope: Construct, id: string, { ledger, deadLetters }: SweepProps) {
    super(scope, id);
    const { table } = ledger;
    this.task = new BundledFunction(this, 'Task', {
      task: 'sweep',
      description: 'Finishes Redshift statements whose completion event never came',
      logGroupName: '/stepwell/foundation/sweep',
      memoryMb: 256,
      timeoutSeconds: 240,
      environment: {
        LEDGER_TABLE: table.tableName,
        POWERTOOLS_SERVICE_NAME: 'foundation',
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      undelivered: deadLetters,
      permissions: [
        {
          statement: {
            actions: ['dynamodb:Query'],
            resources: [ledger.openIndexArn],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['statement'] } },
          },
        },
        {
          statement: {
            actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
            resources: [table.tableArn],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['statement#*'] } },
          },
        },
        {
          statement: {
            actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
            resources: [`arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:stepwell-*`],
          },
          wildcard: 'The state machines of all pipelines, also of those to come',
        },
        {
          statement: {
            actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
            resources: ['*'],
          },
          wildcard: 'The Redshift Data API has no resource for a statement; its id must be known',
        },
      ],
    });
    const rule = new CfnRule(this, 'Schedule', {
      description: 'Looks for overdue Redshift statements',
      scheduleExpression: 'rate(5 minutes)',
    });
    deliverTo(rule, this.task.function, deadLetters);
  }
}

import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { DataBuckets } from './data-buckets';
import { deliverTo, OWN_EVENT_SOURCE } from './event-targets';
import { BundledFunction } from './function';
import type { Ledger } from './ledger';
import {
  ALL_STATEMENT_ROLES,
  alertsTopicArn,
  executionArns,
  FOUNDATION,
  logGroupName,
  METRICS_NAMESPACE,
  scheduleArn,
  stateMachineArn,
  statementHandlerPath,
} from './names';
import type { Permission } from './permission';
import type { Warehouse } from './warehouse';

export interface SweepProps {
  readonly ledger: Ledger;
  readonly buckets: Pick<DataBuckets, 'landing' | 'work'>;
  readonly warehouse: Warehouse;
  readonly deadLetters: IQueue;
}

/** Looks for Redshift statements and runs that are over without anybody having heard, drops what they left, and lands what was staged of streams: the backstop of lost events. */
export class Sweep extends Construct {
  readonly task: BundledFunction;

  constructor(scope: Construct, id: string, { ledger, buckets, warehouse, deadLetters }: SweepProps) {
    super(scope, id);
    this.task = new BundledFunction(this, 'Task', {
      task: 'sweep',
      description: 'Finishes what an event missed: Redshift statements, failed runs; drops staging tables of old runs',
      logGroupName: logGroupName(FOUNDATION, 'sweep'),
      memoryMb: 256,
      timeoutSeconds: 240,
      environment: {
        LEDGER_TABLE: ledger.table.tableName,
        LANDING_BUCKET: buckets.landing.bucketName,
        WORK_BUCKET: buckets.work.bucketName,
        ALERTS_TOPIC_ARN: alertsTopicArn(),
        REDSHIFT_WORKGROUP: warehouse.workgroupName,
        REDSHIFT_DATABASE: warehouse.database,
        REDSHIFT_SECRET_ARN: warehouse.adminSecretArn,
        POWERTOOLS_SERVICE_NAME: 'foundation',
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      undelivered: deadLetters,
      permissions: [...permissions(ledger, warehouse), ...landBatches(buckets)],
      rolePath: statementHandlerPath(FOUNDATION),
    });
    const rule = new CfnRule(this, 'Schedule', {
      description: 'Looks for overdue statements, runs and staging tables',
      scheduleExpression: 'rate(5 minutes)',
    });
    deliverTo(rule, this.task.function, deadLetters);
  }
}

function permissions({ table, openIndexArn }: Ledger, warehouse: Warehouse): Permission[] {
  const ledgerKeys = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
  return [
    {
      statement: {
        actions: ['dynamodb:Query'],
        resources: [openIndexArn],
        conditions: ledgerKeys('statement', 'run', 'staged', 'turn', 'schedule', 'alert', 'gather', 'stream'),
      },
    },
    {
      statement: {
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [table.tableArn],
        conditions: ledgerKeys('statement#*', 'pipeline#*', 'alert#*', 'gather#*', 'stream#*'),
      },
    },
    {
      statement: {
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
        resources: [table.tableArn],
        conditions: ledgerKeys('turn#*'),
      },
    },
    {
      statement: {
        actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
        resources: [stateMachineArn('*')],
      },
      wildcard: 'The state machines of all pipelines, also of those to come',
    },
    {
      // The second where it has its turn for longer than its timeout.
      statement: { actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executionArns('*')] },
      wildcard: 'The runs of all pipelines, past and to come',
    },
    // A run in place of one that a schedule is late with, where that is enabled.
    {
      statement: { actions: ['states:StartExecution'], resources: [stateMachineArn('*')] },
      wildcard: 'The state machines of all pipelines, also of those to come',
    },
    {
      statement: { actions: ['scheduler:GetSchedule'], resources: [scheduleArn('*')] },
      wildcard: 'The schedules of all pipelines, also of those to come',
    },
    {
      // The status event of a failed run, once more, for the pipeline's own rule; or that files wait.
      statement: {
        actions: ['events:PutEvents'],
        resources: [`arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-bus/default`],
        conditions: { StringEquals: { 'events:source': OWN_EVENT_SOURCE } },
      },
    },
    {
      statement: { actions: ['sts:AssumeRole'], resources: [ALL_STATEMENT_ROLES] },
      wildcard:
        'The roles as which the pipelines run their statements, also of pipelines to come: only they learn how those end',
    },
    {
      // That it was told, and what is to be told later.
      statement: {
        actions: ['dynamodb:PutItem'],
        resources: [table.tableArn],
        conditions: ledgerKeys('alert#*'),
      },
    },
    {
      statement: { actions: ['sns:Publish'], resources: [alertsTopicArn('*')] },
      wildcard: 'The topics of all pipelines, also of those to come',
    },
    // As the administrator, since staging tables belong to the users of all pipelines.
    { statement: { actions: ['redshift-data:BatchExecuteStatement'], resources: [warehouse.workgroupArn] } },
    { statement: { actions: ['secretsmanager:GetSecretValue'], resources: [warehouse.adminSecretArn] } },
  ];
}

/** Batches of streams that were committed, and whose function died before they landed. */
const landBatches = ({ landing, work }: SweepProps['buckets']): Permission[] => [
  {
    statement: { actions: ['s3:GetObject'], resources: [work.arnForObjects('streams/*')] },
    wildcard: 'The streams of all pipelines, also of those to come',
  },
  {
    statement: { actions: ['s3:PutObject'], resources: [landing.arnForObjects('streams/*')] },
    wildcard: 'The streams of all pipelines, also of those to come',
  },
];

import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { backfillMachine, CONCLUDE_SECONDS } from '../compiler/backfill';
import { acknowledgeWildcard } from './acknowledge';
import { BundledFunction } from './function';
import type { Ledger } from './ledger';
import {
  BACKFILL_STATE_MACHINE,
  executionArns,
  FOUNDATION,
  logGroupName,
  METRICS_NAMESPACE,
  stateMachineArn,
} from './names';
import { soundDefinition } from './state-machine';
import { WATCHING_EVERYTHING, watched, watching } from './watched';

export interface BackfillProps {
  readonly ledger: Ledger;
  readonly work: IBucket;
}

/** Where lists of runs lie, and what has become of them. */
const KEYS = 'backfills/*';

/**
 * Runs backfills: one state machine for all pipelines, since a hundred would differ in nothing but the name of what they start. It may
 * start the state machines of pipelines and nothing else.
 */
export class Backfill extends Construct {
  readonly stateMachineArn: string;

  constructor(scope: Construct, id: string, { ledger, work }: BackfillProps) {
    super(scope, id);
    const leadingKeys = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['backfills'] } };
    const conclude = new BundledFunction(this, 'Conclude', {
      task: 'conclude-backfill',
      description: 'Counts how the runs of a backfill have ended',
      logGroupName: logGroupName(FOUNDATION, 'conclude-backfill'),
      memoryMb: 256,
      timeoutSeconds: CONCLUDE_SECONDS,
      environment: {
        LEDGER_TABLE: ledger.table.tableName,
        POWERTOOLS_SERVICE_NAME: FOUNDATION,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      permissions: [
        {
          statement: { actions: ['s3:GetObject'], resources: [work.arnForObjects(KEYS)] },
          wildcard: 'Each backfill has keys of its own',
        },
        {
          statement: {
            actions: ['dynamodb:UpdateItem'],
            resources: [ledger.table.tableArn],
            conditions: leadingKeys,
          },
        },
      ],
    });
    const states = (resource: string) => `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
    const children = states(`execution:${BACKFILL_STATE_MACHINE}/*:*`);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        Run: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['states:StartExecution'],
              resources: [stateMachineArn('*'), states(`stateMachine:${BACKFILL_STATE_MACHINE}`)],
            }),
            new PolicyStatement({
              actions: ['states:DescribeExecution', 'states:StopExecution'],
              resources: [executionArns('*'), children],
            }),
            new PolicyStatement({ actions: ['states:RedriveExecution'], resources: [children] }),
            // How Step Functions hears of the end of a run that it waits for.
            new PolicyStatement({
              actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
              resources: [
                `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
              ],
            }),
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [conclude.function.functionArn] }),
            new PolicyStatement({
              actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
              resources: [ledger.table.tableArn],
              conditions: leadingKeys,
            }),
            new PolicyStatement({
              actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
              resources: [work.arnForObjects(KEYS)],
            }),
            watching(),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, '*', WATCHING_EVERYTHING);
    acknowledgeWildcard(role, work.arnForObjects(KEYS), 'Each backfill has keys of its own');
    acknowledgeWildcard(role, stateMachineArn('*'), 'The state machines of all pipelines, also of those to come');
    acknowledgeWildcard(role, executionArns('*'), 'The runs of all pipelines, past and to come');
    acknowledgeWildcard(role, children, 'The Map Runs of this machine, past and to come');

    const substitutions = {
      WorkBucketName: work.bucketName,
      LedgerTableName: ledger.table.tableName,
      ConcludeBackfillFunctionArn: conclude.function.functionArn,
    };
    const machine = new CfnStateMachine(this, 'Resource', {
      stateMachineName: BACKFILL_STATE_MACHINE,
      stateMachineType: 'STANDARD',
      definitionString: soundDefinition('backfills', backfillMachine(), substitutions),
      definitionSubstitutions: substitutions,
      roleArn: role.roleArn,
      ...watched(this, BACKFILL_STATE_MACHINE),
    });
    this.stateMachineArn = machine.ref;
  }
}

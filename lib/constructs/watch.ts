import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { WATCH_SECONDS, watchMachine } from '../compiler/watch';
import { acknowledgeWildcard } from './acknowledge';
import { BundledFunction } from './function';
import type { Ledger } from './ledger';
import { alertsTopicArn, FOUNDATION, logGroupName, METRICS_NAMESPACE, WATCH_STATE_MACHINE } from './names';
import type { Permission } from './permission';
import { soundDefinition } from './state-machine';
import { WATCHING_EVERYTHING, watched, watching } from './watched';

export interface WatchProps {
  readonly ledger: Ledger;
  readonly landing: IBucket;
}

/**
 * Looks at pipelines: one state machine for all, which the schedules of their stacks start, each with what is to be looked at. So it knows a
 * pipeline as long as that is deployed, without a list of them. It reads the ledger and the landing bucket, and wakes no database.
 */
export class Watch extends Construct {
  readonly stateMachineArn: string;
  /** of the function, which a stack that is deployed calls as well */
  readonly functionArn: string;
  /** changes with its code: a deploy looks anew */
  readonly version: string;

  constructor(scope: Construct, id: string, { ledger, landing }: WatchProps) {
    super(scope, id);
    const look = new BundledFunction(this, 'Look', {
      task: 'watch',
      description: 'Looks at a pipeline: ages of inputs and of published data, runs that do not end, deadlines',
      logGroupName: logGroupName(FOUNDATION, 'watch'),
      memoryMb: 256,
      timeoutSeconds: WATCH_SECONDS,
      environment: {
        LEDGER_TABLE: ledger.table.tableName,
        LANDING_BUCKET: landing.bucketName,
        ALERTS_TOPIC_ARN: alertsTopicArn(),
        POWERTOOLS_SERVICE_NAME: FOUNDATION,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      permissions: permissions(ledger, landing),
    });
    this.functionArn = look.function.functionArn;
    this.version = look.codeHash.slice(0, 16);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        Run: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.functionArn] }),
            watching(),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, '*', WATCHING_EVERYTHING);
    const substitutions = { WatchFunctionArn: this.functionArn };
    const machine = new CfnStateMachine(this, 'Resource', {
      stateMachineName: WATCH_STATE_MACHINE,
      stateMachineType: 'STANDARD',
      definitionString: soundDefinition('the watch', watchMachine(), substitutions),
      definitionSubstitutions: substitutions,
      roleArn: role.roleArn,
      ...watched(this, WATCH_STATE_MACHINE),
    });
    this.stateMachineArn = machine.ref;
  }
}

function permissions({ table, openIndexArn }: Ledger, landing: IBucket): Permission[] {
  const ledgerKeys = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
  return [
    {
      statement: {
        actions: [
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:Query',
        ],
        resources: [table.tableArn],
        conditions: ledgerKeys('pipeline#*', 'alert#*'),
      },
    },
    {
      statement: {
        actions: ['dynamodb:Query'],
        resources: [openIndexArn],
        conditions: ledgerKeys('run', 'gone'),
      },
    },
    // Names and times of files, never what is in them.
    { statement: { actions: ['s3:ListBucket'], resources: [landing.bucketArn] } },
    {
      statement: { actions: ['cloudwatch:GetMetricStatistics'], resources: ['*'] },
      wildcard: 'CloudWatch has no resource for a metric',
    },
    {
      statement: { actions: ['sns:Publish'], resources: [alertsTopicArn('*')] },
      wildcard: 'The topics of all pipelines, also of those to come',
    },
  ];
}

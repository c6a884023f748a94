import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { gatherTimer } from '../compiler/gather-timer';
import type { CompiledPipeline, KeyMatcher } from '../compiler/types';
import { acknowledgeWildcard } from './acknowledge';
import { alarm } from './alarm';
import { deliverTo, OWN_EVENT_SOURCE } from './event-targets';
import { gatherDeadlineName, gatherTimerName, METRICS_NAMESPACE, PREFIX } from './names';
import { soundDefinition } from './state-machine';
import { WATCHING_EVERYTHING, watched, watching } from './watched';

export interface GatheringProps {
  readonly pipeline: string;
  readonly gather: NonNullable<CompiledPipeline['gather']>;
  /** in the landing bucket: files and markers */
  readonly keys: readonly KeyMatcher[];
  readonly landingBucketName: string;
  readonly function: IFunction;
  readonly deadLetters: IQueue;
}

/**
 * Arrivals go to a function that starts runs of many. A state machine is its clock: an execution waits until a round ends, which costs three
 * state transitions, and nothing while nothing waits.
 */
export class Gathering extends Construct {
  readonly alarmArn: string;
  /** What starts runs. */
  readonly arrival: CfnRule;

  constructor(scope: Construct, id: string, props: GatheringProps) {
    super(scope, id);
    const { pipeline, gather, keys, landingBucketName, deadLetters } = props;
    this.arrival = new CfnRule(this, 'Arrival', {
      description: `Gathers the files of ${pipeline}`,
      // By ourselves where it is told once more, as after a pause. The exact globs are matched by the function.
      eventPattern: {
        source: ['aws.s3', OWN_EVENT_SOURCE],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [landingBucketName] }, object: { key: keys } },
      },
    });
    deliverTo(this.arrival, props.function, deadLetters);
    const due = new CfnRule(this, 'Due', {
      description: `Looks at what waits for ${pipeline}: a timer was lost, or a person wants it loaded`,
      eventPattern: {
        source: [OWN_EVENT_SOURCE],
        'detail-type': ['Stepwell Gathering Due'],
        detail: { pipeline: [pipeline] },
      },
    });
    deliverTo(due, props.function, deadLetters);
    this.timer(props);
    if (gather.deadline) this.deadline(props, gather.deadline);
    this.alarmArn = alarm(this, 'LateInput', {
      name: `${PREFIX}-${pipeline}-late-input`,
      description: `Files of ${pipeline} are not whole when they should be. Its email says which, and what to do.`,
      metric: { namespace: METRICS_NAMESPACE, name: 'LateInputs', dimensions: { pipeline }, statistic: 'Sum' },
      above: 0,
    }).attrArn;
  }

  private timer({ pipeline, function: { functionArn } }: GatheringProps): void {
    const role = new Role(this, 'TimerRole', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        Run: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
            watching(),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, '*', WATCHING_EVERYTHING);
    const substitutions = { GatherFunctionArn: functionArn };
    new CfnStateMachine(this, 'Timer', {
      stateMachineName: gatherTimerName(pipeline),
      stateMachineType: 'STANDARD',
      definitionString: soundDefinition(`the timers of ${pipeline}`, gatherTimer(), substitutions),
      definitionSubstitutions: substitutions,
      roleArn: role.roleArn,
      ...watched(this, gatherTimerName(pipeline)),
    });
  }

  private deadline(
    { pipeline, function: { functionArn }, deadLetters }: GatheringProps,
    { expression, timezone }: { readonly expression: string; readonly timezone: string },
  ): void {
    const role = new Role(this, 'DeadlineRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Look: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
          ],
        }),
      },
    });
    new CfnSchedule(this, 'Deadline', {
      name: gatherDeadlineName(pipeline),
      description: `Looks whether the files of ${pipeline} are whole`,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        input: '{"deadline":{"time":"<aws.scheduler.scheduled-time>"}}',
        retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    });
  }
}

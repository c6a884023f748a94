import { createHash } from 'node:crypto';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Aws, CustomResource, Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { CompiledPipeline } from '../compiler/types';
import { hourlyAlarm } from './hourly-alarm';
import { deadlineScheduleName, PREFIX, watchScheduleName } from './names';
import type { Watch } from './watch';

export interface PipelineWatchProps {
  readonly pipeline: Pick<CompiledPipeline, 'name' | 'watch'>;
  readonly watch: Watch;
  readonly deadLetters: IQueue;
  readonly topicArn: string | readonly string[];
}

/**
 * Has the foundation's watch look at the pipeline: when it is deployed, each hour, and at each deadline. What is to be looked at goes along
 * with each start, so that it is gone when the stack is.
 */
export class PipelineWatch extends Construct {
  readonly alarmArns: string[];

  constructor(scope: Construct, id: string, { pipeline, watch, deadLetters, topicArn }: PipelineWatchProps) {
    super(scope, id);
    const { name } = pipeline;
    const { spec, deadline } = pipeline.watch;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Start: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['states:StartExecution'], resources: [watch.stateMachineArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
          ],
        }),
      },
    });
    const target = {
      arn: watch.stateMachineArn,
      roleArn: role.roleArn,
      input: JSON.stringify(spec),
      // A look that is an hour late is the next one's.
      retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: deadLetters.queueArn },
    };
    const flexibleTimeWindow = { mode: 'OFF' };
    new CfnSchedule(this, 'Hourly', {
      name: watchScheduleName(name),
      description: `Has ${name} looked at`,
      scheduleExpression: `cron(${minuteOf(name)} * * * ? *)`,
      flexibleTimeWindow,
      target,
    });
    if (deadline) {
      new CfnSchedule(this, 'Deadline', {
        name: deadlineScheduleName(name),
        description: `Has ${name} looked at when its deadline is over`,
        scheduleExpression: deadline.expression,
        scheduleExpressionTimezone: deadline.timezone,
        flexibleTimeWindow,
        target,
      });
    }
    const first = new CustomResource(this, 'FirstLook', {
      resourceType: 'Custom::StepwellWatch',
      serviceToken: watch.functionArn,
      serviceTimeout: Duration.minutes(10),
      properties: { Pipeline: name, Watch: JSON.stringify(spec), Version: watch.version },
    });
    const metric = { name: 'Problems', dimensions: { pipeline: name } };
    const alarms = [
      // Each problem is told by the watch, with what and since when; this is their state.
      hourlyAlarm(this, 'Problems', {
        name: `${PREFIX}-${name}-problems`,
        description: `Data of ${name} are late, a run does not end, or nobody looks. See: npx stepwell pipelines`,
        metric,
        goesOff: { above: 0 },
      }),
      hourlyAlarm(this, 'Unwatched', {
        name: `${PREFIX}-${name}-unwatched`,
        description: `Nobody has looked at ${name} for hours, so nobody would tell if it were late: is the schedule ${PREFIX}-${name}_watch enabled, and does the state machine ${PREFIX}_watch run?`,
        metric,
        goesOff: 'without data',
        topicArn,
      }),
    ];
    // The first look brings the first data.
    for (const alarm of alarms) alarm.node.addDependency(first);
    this.alarmArns = alarms.map(({ attrArn }) => attrArn);
  }
}

/** Spread over the hour, and the same at each deploy: each hour has one look. */
const minuteOf = (pipeline: string): number => createHash('sha256').update(pipeline).digest().readUInt32BE() % 60;

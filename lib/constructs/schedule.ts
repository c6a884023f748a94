import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { stateMachineName } from './names';

export interface ScheduleSpec {
  /** `cron(0 1 * * ? *)` */
  readonly expression: string;
  /** IANA name */
  readonly timezone: string;
}

export interface PipelineScheduleProps {
  readonly pipeline: string;
  readonly stateMachineArn: string;
  readonly schedule: ScheduleSpec;
  readonly deadLetters: IQueue;
}

/** Starts a run at each time of a schedule. Scheduler delivers at least once: Admit knows the interval that a run is for. */
export class PipelineSchedule extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { pipeline, stateMachineArn, schedule, deadLetters }: PipelineScheduleProps,
  ) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Start: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
          ],
        }),
      },
    });
    new CfnSchedule(this, 'Resource', {
      name: stateMachineName(pipeline),
      description: `Starts ${pipeline}, each run for the data interval since the one before`,
      scheduleExpression: schedule.expression,
      scheduleExpressionTimezone: schedule.timezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: stateMachineArn,
        roleArn: role.roleArn,
        input: '{"schedule":{"time":"<aws.scheduler.scheduled-time>"}}',
        retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    });
  }
}

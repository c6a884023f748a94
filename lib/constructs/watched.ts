/** What CloudWatch and X-Ray see of a state machine. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnStateMachineProps } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Its log group, and the properties that name it. `name`: of the state machine. */
export function watched(
  scope: Construct,
  name: string,
): Pick<CfnStateMachineProps, 'tracingConfiguration' | 'loggingConfiguration'> {
  const { logGroupArn } = new LogGroup(scope, 'Log', {
    // Log groups under this prefix need no policy of their own each; their number in one is limited.
    logGroupName: `/aws/vendedlogs/states/${name}`,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return {
    tracingConfiguration: { enabled: true },
    loggingConfiguration: {
      level: 'ALL',
      // Inputs and outputs would bring the first bad rows of a failure's cause into the log; the execution's history has them.
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
    },
  };
}

/** What its role needs for that. */
export const watching = (): PolicyStatement =>
  new PolicyStatement({
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
    ],
    resources: ['*'],
  });

export const WATCHING_EVERYTHING = 'Log delivery and X-Ray have no resources to name';

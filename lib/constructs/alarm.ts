import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface AlarmProps {
  readonly name: string;
  /** what happened and what to do, for whoever gets the email */
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly statistic: 'Sum' | 'Maximum';
  };
  /** the alarm goes off above it */
  readonly above: number;
  /** who is told: topics, or a function; nobody unless given */
  readonly topicArn?: string | readonly string[];
}

const PERIOD_SECONDS = 300;

/** Goes off when the metric is above a value in any five minutes; no data is no problem. */
export function alarm(
  scope: Construct,
  id: string,
  { name, description, metric, above, topicArn }: AlarmProps,
): CfnAlarm {
  return new CfnAlarm(scope, id, {
    alarmName: name,
    alarmDescription: description,
    namespace: metric.namespace,
    metricName: metric.name,
    dimensions: Object.entries(metric.dimensions).map(([key, value]) => ({ name: key, value })),
    statistic: metric.statistic,
    period: PERIOD_SECONDS,
    evaluationPeriods: 1,
    threshold: above,
    comparisonOperator: 'GreaterThanThreshold',
    treatMissingData: 'notBreaching',
    ...(topicArn === undefined ? {} : { alarmActions: [topicArn].flat() }),
  });
}

import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from './names';

export interface HourlyAlarmProps {
  readonly name: string;
  /** what happened and what to do, for whoever gets the email */
  readonly description: string;
  readonly metric: { readonly name: string; readonly dimensions: Readonly<Record<string, string>> };
  /** it goes off above this value, or when there is none at all */
  readonly goesOff: { readonly above: number } | 'without data';
  /** who is told; nobody unless given */
  readonly topicArn?: string | readonly string[];
}

const HOUR_SECONDS = 3600;

/**
 * On what each hour's look measures. No data is a breach: nobody looks. CloudWatch asks for a few hours more than it judges before it takes
 * data for missing, so one look that comes late is no alarm.
 */
export function hourlyAlarm(scope: Construct, id: string, props: HourlyAlarmProps): CfnAlarm {
  const { name, description, metric, goesOff, topicArn } = props;
  return new CfnAlarm(scope, id, {
    alarmName: name,
    alarmDescription: description,
    namespace: METRICS_NAMESPACE,
    metricName: metric.name,
    dimensions: Object.entries(metric.dimensions).map(([key, value]) => ({ name: key, value })),
    period: HOUR_SECONDS,
    evaluationPeriods: 1,
    treatMissingData: 'breaching',
    ...(goesOff === 'without data'
      ? { statistic: 'SampleCount', threshold: 1, comparisonOperator: 'LessThanThreshold' }
      : { statistic: 'Maximum', threshold: goesOff.above, comparisonOperator: 'GreaterThanThreshold' }),
    ...(topicArn === undefined ? {} : { alarmActions: [topicArn].flat() }),
  });
}

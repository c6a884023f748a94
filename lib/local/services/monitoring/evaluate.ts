/** Which state an alarm is in, from the data points of its evaluation range. Pure. */
import type { MetricDataQuery, PutMetricAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { evaluateQueries, oneSeries, periodOf } from './queries';
import { type MetricStore, MINUTE_MS } from './series';

export interface Verdict {
  readonly state: StateValue;
  readonly reason: string;
  readonly reasonData: Readonly<Record<string, unknown>>;
}

const COMPARISONS: Readonly<Record<string, readonly [words: string, (value: number, threshold: number) => boolean]>> = {
  GreaterThanOrEqualToThreshold: ['greater than or equal to', (value, threshold) => value >= threshold],
  GreaterThanThreshold: ['greater than', (value, threshold) => value > threshold],
  LessThanOrEqualToThreshold: ['less than or equal to', (value, threshold) => value <= threshold],
  LessThanThreshold: ['less than', (value, threshold) => value < threshold],
};

export function comparisonOf(operator: string | undefined) {
  const comparison = operator !== undefined && Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (!comparison) {
    throw new AwsError(
      'ValidationError',
      `ComparisonOperator ${operator} is not supported; use ${Object.keys(COMPARISONS).join(', ')}.`,
    );
  }
  return comparison;
}

/** A plain alarm is one with a single query. */
export const queriesOf = (alarm: PutMetricAlarmInput): readonly MetricDataQuery[] =>
  alarm.Metrics && alarm.Metrics.length > 0
    ? alarm.Metrics
    : [
        {
          Id: 'm1',
          ReturnData: true,
          MetricStat: {
            Metric: { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions },
            Period: alarm.Period,
            Stat: alarm.Statistic ?? alarm.ExtendedStatistic,
          },
        },
      ];

export function evaluateAlarm(
  alarm: PutMetricAlarmInput,
  current: StateValue,
  store: MetricStore,
  now: number,
): Verdict {
  const queries = queriesOf(alarm);
  const returned = queries.find(({ ReturnData }) => ReturnData !== false) ?? queries[0];
  const periodMs = periodOf(queries) * 1_000;
  const periods = (alarm.EvaluationPeriods ?? 1) + FURTHER_BACK;

  // The periods slide with the clock, and end with the last whole minute. A sum that is already too high can only grow, so
  // for such alarms the minute that has begun counts as well: they go off at once, as one would want on a laptop.
  const end = (Math.floor(now / MINUTE_MS) + (onlyGrows(alarm) ? 1 : 0)) * MINUTE_MS;
  const start = end - periods * periodMs;
  const series = oneSeries(evaluateQueries(queries, store, { start, end }, end % periodMs).get(returned?.Id ?? ''));
  const points = Array.from({ length: periods }, (_, n) => series?.get(start + n * periodMs));
  return judge(alarm, current, points, { start, periodMs, now });
}

/**
 * How many periods more than it judges CloudWatch asks for: what is missing among the latest is made up by real data from there, so that
 * data that are late are no missing data, and what comes rarely keeps its state for so long.
 */
const FURTHER_BACK = 2;

const onlyGrows = ({ ComparisonOperator, Statistic, Metrics }: PutMetricAlarmInput): boolean =>
  !Metrics?.length &&
  !!ComparisonOperator?.startsWith('Greater') &&
  ['Maximum', 'SampleCount', 'Sum'].includes(Statistic ?? '');

interface Times {
  readonly start: number;
  readonly periodMs: number;
  readonly now: number;
}

/**
 * `points` are those of the whole evaluation range, ascending in time; undefined is a period without data. The latest real ones are judged, as
 * many as the alarm has evaluation periods; only where there are fewer does it count how missing data is treated, for those that lack.
 */
export function judge(
  alarm: PutMetricAlarmInput,
  current: StateValue,
  points: readonly (number | undefined)[],
  { start, periodMs, now }: Times,
): Verdict {
  const [words, breaches] = comparisonOf(alarm.ComparisonOperator);
  const threshold = alarm.Threshold ?? 0;
  const judged = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? judged;
  const treatment = alarm.TreatMissingData ?? 'missing';
  const present = points.filter((point) => point !== undefined).slice(-judged);
  const missing = judged - present.length;
  const breaching = present.filter((point) => breaches(point, threshold));

  const reasonData = {
    version: '1.0',
    queryDate: new Date(now).toISOString(),
    startDate: new Date(start).toISOString(),
    statistic: alarm.Statistic ?? alarm.ExtendedStatistic,
    period: periodMs / 1_000,
    recentDatapoints: present,
    threshold,
  };
  const verdict = (state: StateValue, reason: string): Verdict => ({ state, reason, reasonData });

  if (present.length === 0) {
    const periods = `${judged} ${judged === 1 ? 'period' : 'periods'}`;
    const treated = `Threshold Crossed: no datapoints were received for ${periods} and ${missing} missing ${missing === 1 ? 'datapoint was' : 'datapoints were'} treated as`;
    if (treatment === 'breaching') return verdict('ALARM', `${treated} [Breaching].`);
    if (treatment === 'notBreaching') return verdict('OK', `${treated} [NonBreaching].`);
    if (treatment === 'ignore') return verdict(current, 'Unchanged: missing data is ignored.');
    return verdict(
      'INSUFFICIENT_DATA',
      `Insufficient Data: ${missing} ${missing === 1 ? 'datapoint was' : 'datapoints were'} unknown.`,
    );
  }

  const count = breaching.length + (treatment === 'breaching' ? missing : 0);
  const onlyBreaches = breaching.length === present.length;
  // Nothing has come since that would say otherwise.
  const isOld = points.length - points.findIndex((point) => point !== undefined) >= needed;
  const crossed = count >= needed || (treatment === 'missing' && missing > 0 && onlyBreaches && isOld);
  const shown = crossed ? breaching : present.filter((point) => !breaches(point, threshold));
  const datapoints = shown.map((point) => `${point}`).join(', ');
  const counted = crossed ? count : judged - count;
  const plural = counted === 1 ? 'was' : 'were';
  const reason = `Threshold Crossed: ${counted} out of the last ${judged} datapoints [${datapoints}] ${plural} ${crossed ? '' : 'not '}${words} the threshold (${threshold})`;
  if (crossed)
    return verdict(
      'ALARM',
      `${reason} (minimum ${needed} ${needed === 1 ? 'datapoint' : 'datapoints'} for OK -> ALARM transition).`,
    );
  // Too little is known to say that all is well, or to change anything.
  if (treatment === 'ignore' && missing > 0 && onlyBreaches)
    return verdict(current, 'Unchanged: missing data is ignored.');
  return verdict('OK', `${reason}.`);
}

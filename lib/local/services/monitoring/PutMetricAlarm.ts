import type { PutMetricAlarmCommandInput, PutMetricAlarmCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { alarmArn } from './alarms';
import { configured } from './configured';
import { comparisonOf, evaluateAlarm } from './evaluate';
import type { MonitoringState } from './state';

type Output = Omit<PutMetricAlarmCommandOutput, '$metadata'>;

export const PutMetricAlarm: OperationOf<MonitoringState, PutMetricAlarmCommandInput, Output> = (state) => ({
  authorize: ({ AlarmName = '' }, { cloud }) => [
    { action: 'cloudwatch:PutMetricAlarm', resource: alarmArn(cloud, AlarmName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'AlarmName', 'EvaluationPeriods', 'ComparisonOperator');
    const { MetricName, Metrics, Statistic, ExtendedStatistic, Threshold, EvaluationPeriods, DatapointsToAlarm } =
      input;
    comparisonOf(input.ComparisonOperator);
    if (Threshold === undefined) throw invalid('A static threshold is needed; anomaly detection is not supported.');
    if (!MetricName === !Metrics?.length) throw invalid('Either MetricName or Metrics must be given, not both.');
    if (MetricName && (!input.Namespace || !input.Period || !Statistic === !ExtendedStatistic)) {
      throw invalid('A metric needs a Namespace, a Period and either Statistic or ExtendedStatistic.');
    }
    if (Metrics?.length && Metrics.filter(({ ReturnData }) => ReturnData !== false).length !== 1) {
      throw invalid('Exactly one element of Metrics must return data.');
    }
    if (DatapointsToAlarm !== undefined && (DatapointsToAlarm < 1 || DatapointsToAlarm > EvaluationPeriods)) {
      throw invalid('DatapointsToAlarm must be between 1 and EvaluationPeriods.');
    }
    if (Metrics?.some(({ Expression }) => /\bSEARCH\s*\(/.test(Expression ?? '')))
      throw invalid('SEARCH is not supported on Metric Alarms.');
    checkPeriods(input);
    // A bad expression or statistic shows now, not at the first evaluation.
    evaluateAlarm(input, 'INSUFFICIENT_DATA', state().metrics, cloud.clock.now());

    await state().alarms.put(configured({ kind: 'metric', input }, state().alarms.table.get(input.AlarmName), cloud));
    return {};
  },
});

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** Long periods may be looked at for a week, others for a day. */
function checkPeriods({ Period, Metrics = [], EvaluationPeriods = 1 }: PutMetricAlarmCommandInput): void {
  const given = [Period, ...Metrics.map((query) => query.MetricStat?.Period ?? query.Period)];
  const periods = given.filter((period) => period !== undefined);
  for (const period of periods)
    if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
      throw invalid(`Period ${period} is not valid: it must be 10, 20, 30 or a multiple of 60.`);
  const longest = Math.max(60, ...periods);
  const most = longest >= HOUR_SECONDS ? 7 * DAY_SECONDS : DAY_SECONDS;
  if (EvaluationPeriods * longest > most)
    throw invalid(
      most === DAY_SECONDS
        ? `Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= ${DAY_SECONDS}).`
        : `Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= ${most}).`,
    );
}

const invalid = (message: string) => new AwsError('ValidationError', message);

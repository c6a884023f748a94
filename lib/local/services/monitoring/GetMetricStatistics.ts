import type {
  Datapoint,
  GetMetricStatisticsCommandInput,
  GetMetricStatisticsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { toMillis } from '../timestamps';
import { dimensionsOf } from './queries';
import type { MonitoringState } from './state';
import { periodsOf, statisticOf } from './statistics';

type Output = Omit<GetMetricStatisticsCommandOutput, '$metadata'>;

const MAX_DATAPOINTS = 1_440;

export const GetMetricStatistics: OperationOf<MonitoringState, GetMetricStatisticsCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],

  async handle(input) {
    requireMembers(input, 'Namespace', 'MetricName', 'StartTime', 'EndTime', 'Period');
    const { Statistics = [], ExtendedStatistics = [], Period } = input;
    const range = { start: toMillis(input.StartTime), end: toMillis(input.EndTime) };
    if ((range.end - range.start) / (Period * 1_000) > MAX_DATAPOINTS) {
      throw new AwsError(
        'InvalidParameterCombinationException',
        `You have requested more than ${MAX_DATAPOINTS} datapoints.`,
      );
    }
    const metric = state().metrics.get({
      namespace: input.Namespace,
      name: input.MetricName,
      dimensions: dimensionsOf(input.Dimensions),
    });
    const extended = ExtendedStatistics.map((name) => [name, statisticOf(name)] as const);
    const Datapoints = [...periodsOf(metric, Period * 1_000, range)].map(
      ([at, bucket]): Datapoint => ({
        Timestamp: new Date(at),
        Unit: (metric?.unit ?? 'None') as Datapoint['Unit'],
        ...Object.fromEntries(Statistics.map((name) => [name, statisticOf(name)(bucket)])),
        ...(extended.length > 0
          ? { ExtendedStatistics: Object.fromEntries(extended.map(([name, compute]) => [name, compute(bucket)])) }
          : {}),
      }),
    );
    return { Label: input.MetricName, Datapoints };
  },
});

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
    if (Statistics.length === 0 && ExtendedStatistics.length === 0) {
      throw new AwsError(
        'MissingRequiredParameterException',
        'At least one of the parameters Statistics or ExtendedStatistics must be specified.',
      );
    }
    if (range.start >= range.end) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The parameter StartTime must be less than the parameter EndTime.',
      );
    }
    if (!(Period % 60 === 0 || [1, 5, 10, 30].includes(Period)) || Period < 1) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ], or any multiple of 60.',
      );
    }
    const points = Math.ceil((range.end - range.start) / (Period * 1_000));
    if (points > MAX_DATAPOINTS) {
      const [asked, most] = [points, MAX_DATAPOINTS].map((number) => number.toLocaleString('en-US'));
      throw new AwsError(
        'InvalidParameterCombinationException',
        `You have requested up to ${asked} datapoints, which exceeds the limit of ${most}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
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

import type { MetricDatum, PutMetricDataCommandInput, PutMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { toMillis } from '../timestamps';
import { dimensionsOf } from './queries';
import type { MetricId, Sample } from './series';
import type { MonitoringState } from './state';

type Output = Omit<PutMetricDataCommandOutput, '$metadata'>;

const MAX_METRICS = 1_000;
const MAX_DIMENSIONS = 30;
const MAX_VALUES = 150;
const NEWEST_MS = 2 * 3_600_000;
const OLDEST_MS = 14 * 86_400_000;

export const PutMetricData: OperationOf<MonitoringState, PutMetricDataCommandInput, Output> = (state) => ({
  authorize: ({ Namespace = '' }) => [
    { action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': Namespace } },
  ],

  async handle(input, { cloud, principal }) {
    requireMembers(input, 'Namespace');
    const { Namespace: namespace, MetricData = [] } = input;
    if (namespace.startsWith('AWS/') && principal.kind !== 'service') {
      const message = 'The value AWS/ for parameter Namespace is invalid: it is for AWS services.';
      throw new AwsError('InvalidParameterValueException', message);
    }
    if (MetricData.length > MAX_METRICS) {
      throw new AwsError(
        'InvalidParameterValueException',
        `The collection MetricData must not have a size greater than ${MAX_METRICS}.`,
      );
    }
    for (const [index, datum] of MetricData.entries())
      assertValidDatum(datum, `MetricData.member.${index + 1}`, cloud.clock.now(), principal.kind === 'service');
    const samples = MetricData.map((datum) => [idOf(namespace, datum), sampleOf(datum, cloud.clock.now())] as const);
    await Promise.all(samples.map(([id, sample]) => state().metrics.add(id, sample)));
    state().alarms.metricsCame(samples.map(([id]) => id));
    return {};
  },
});

function assertValidDatum(datum: MetricDatum, path: string, now: number, isOwn: boolean): void {
  const { Value, Values, Counts, StatisticValues, Timestamp, Dimensions = [] } = datum;
  const given = Object.entries({ Value, Values, StatisticValues }).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([name]) => name);
  if (second !== undefined) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      `The parameters ${path}.${first} and ${path}.${second} are mutually exclusive and you have specified both.`,
    );
  }
  const refuse = (message: string) => new AwsError('InvalidParameterValueException', message);
  if (Values && Values.length > MAX_VALUES)
    throw refuse(`The collection ${path}.Values must not have a size greater than ${MAX_VALUES}.`);
  if (Values && Counts && Values.length !== Counts.length)
    throw refuse(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  for (const [index, dimension] of Dimensions.entries()) {
    for (const name of ['Name', 'Value'] as const) {
      if (!dimension[name]?.trim())
        throw refuse(`The parameter ${path}.Dimensions.member.${index + 1}.${name} must not be empty.`);
    }
  }
  // What a log line says of its time is not the fault of whoever reads it.
  if (Timestamp === undefined || isOwn) return;
  const at = toMillis(Timestamp);
  if (at > now + NEWEST_MS)
    throw refuse(`The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`);
  if (at < now - OLDEST_MS)
    throw refuse(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`);
}

function idOf(namespace: string, { MetricName, Dimensions = [] }: MetricDatum): MetricId {
  if (!MetricName)
    throw new AwsError('MissingRequiredParameterException', 'The parameter MetricData.member.MetricName is required.');
  if (Dimensions.length > MAX_DIMENSIONS) {
    throw new AwsError('InvalidParameterValueException', `${MetricName} has more than ${MAX_DIMENSIONS} dimensions.`);
  }
  return { namespace, name: MetricName, dimensions: dimensionsOf(Dimensions) };
}

function sampleOf(
  { MetricName, Timestamp, Unit, Value, Values, Counts, StatisticValues }: MetricDatum,
  now: number,
): Sample {
  const when = { at: Timestamp === undefined ? now : toMillis(Timestamp), ...(Unit ? { unit: Unit } : {}) };
  if (StatisticValues) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues;
    return { ...when, sum: Sum, count: SampleCount, min: Minimum, max: Maximum, values: [] };
  }
  const numbers = Values ?? (Value === undefined ? [] : [Value]);
  const values = numbers.map((value, i) => [value, Counts?.[i] ?? 1] as const);
  if (values.length === 0 || !numbers.every(Number.isFinite)) {
    throw new AwsError('InvalidParameterValueException', `${MetricName} needs a value that is a finite number.`);
  }
  return {
    ...when,
    sum: values.reduce((sum, [value, count]) => sum + value * count, 0),
    count: values.reduce((sum, [, count]) => sum + count, 0),
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    values,
  };
}

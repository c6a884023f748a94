/** A set of metric queries, of which some are expressions over the others. */
import type { Dimension, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { evaluateMath } from './math';
import { labelsOf, search } from './search';
import type { MetricStore } from './series';
import type { Named } from './series-functions';
import { type Range, type Series, seriesOf } from './statistics';

export const dimensionsOf = (list: readonly Dimension[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Name = '', Value = '' }) => [Name, Value]));

/** Each query's series by its id: a list where an expression gives several. */
export function evaluateQueries(
  queries: readonly MetricDataQuery[],
  store: MetricStore,
  range: Range,
  origin = 0,
): ReadonlyMap<string, Series | readonly Named[]> {
  const byId = new Map(queries.map((query) => [query.Id ?? '', query]));
  const done = new Map<string, Series | readonly Named[]>();
  const underway = new Set<string>();

  const evaluate = (id: string): Series | readonly Named[] => {
    const known = done.get(id);
    if (known) return known;
    const query = byId.get(id);
    if (!query || underway.has(id)) {
      throw new AwsError(
        'ValidationError',
        query ? `${id} depends on itself.` : `There is no metric or expression ${id}.`,
      );
    }
    underway.add(id);
    const series = query.MetricStat ? metricSeries(query, store, range, origin) : mathSeries(query);
    done.set(id, series);
    return series;
  };

  const mathSeries = (query: MetricDataQuery) =>
    evaluateMath(query.Expression ?? '', {
      lookup: evaluate,
      metrics: (contains) =>
        queries.flatMap(({ Id = '', Label, MetricStat }) =>
          MetricStat && Id.includes(contains)
            ? [{ label: Label ?? MetricStat.Metric?.MetricName ?? Id, series: evaluate(Id) as Series }]
            : [],
        ),
      search: (expression, stat, periodSeconds = query.Period) => {
        const found = search(expression, store.all());
        const labels = labelsOf(found);
        const periodMs = (periodSeconds ?? DEFAULT_PERIOD_SECONDS) * 1_000;
        return found.map((metric, index) => ({
          label: labels[index] as string,
          series: seriesOf(metric, stat, periodMs, range, origin),
        }));
      },
      periodOf: (id) => byId.get(id)?.MetricStat?.Period ?? periodOf(queries),
      range,
      periodMs: periodOf(queries) * 1_000,
      origin,
    });

  return new Map(queries.map(({ Id = '' }) => [Id, evaluate(Id)]));
}

/** Of a search that names none. */
const DEFAULT_PERIOD_SECONDS = 300;

/** What an alarm watches is one series. Throws ValidationError. */
export function oneSeries(value: Series | readonly Named[] | undefined): Series | undefined {
  if (!Array.isArray(value)) return value as Series | undefined;
  throw new AwsError('ValidationError', 'An alarm watches one time series, and the expression gives a list of them.');
}

/** Expressions count in the period of the metrics, in seconds. */
export const periodOf = (queries: readonly MetricDataQuery[]): number =>
  Math.max(60, ...queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 0));

function metricSeries({ Id, MetricStat }: MetricDataQuery, store: MetricStore, range: Range, origin: number): Series {
  const { Namespace, MetricName, Dimensions } = MetricStat?.Metric ?? {};
  if (!Namespace || !MetricName || !MetricStat?.Stat || !MetricStat.Period) {
    throw new AwsError(
      'ValidationError',
      `Query ${Id} needs a metric with namespace and name, a period and a statistic.`,
    );
  }
  const metric = store.get({ namespace: Namespace, name: MetricName, dimensions: dimensionsOf(Dimensions) });
  return seriesOf(metric, MetricStat.Stat, MetricStat.Period * 1_000, range, origin);
}

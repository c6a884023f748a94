/** What the metric filters of a group make of log lines. Pure. */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { MetricFilter } from '@aws-sdk/client-cloudwatch-logs';
import { valueAt } from '../../events/json-path';
import { columnsOf, parseFilterPattern } from './filter-pattern';
import type { LogLine } from './state';

/** Namespace → data. Without a match, a default value where the filter has one. */
export function filteredMetrics(
  filters: readonly MetricFilter[],
  lines: readonly LogLine[],
): ReadonlyMap<string, MetricDatum[]> {
  const found = new Map<string, MetricDatum[]>();
  for (const { filterPattern, metricTransformations = [] } of filters) {
    const matches = parseFilterPattern(filterPattern);
    const columns = columnsOf(filterPattern);
    const read = (message: string, path: string): unknown =>
      columns ? columns(message)?.[path] : valueAt(documentIn(message), path);
    const matching = lines.filter(({ message }) => matches(message));
    for (const {
      metricName,
      metricNamespace = '',
      metricValue = '',
      defaultValue,
      dimensions,
      unit,
    } of metricTransformations) {
      const add = (datum: MetricDatum) => found.set(metricNamespace, [...(found.get(metricNamespace) ?? []), datum]);
      const data = matching.flatMap(({ message, timestamp }): Omit<MetricDatum, 'MetricName'>[] => {
        const value = Number(metricValue.startsWith('$') ? read(message, metricValue) : metricValue);
        if (!Number.isFinite(value)) return [];
        const named = Object.entries(dimensions ?? {}).map(([Name, path]) => ({
          Name,
          Value: String(read(message, path) ?? ''),
        }));
        if (named.some(({ Value }) => Value === '')) return [];
        return [{ Value: value, Timestamp: new Date(timestamp), Dimensions: named }];
      });
      const last = lines.at(-1);
      if (data.length === 0 && defaultValue !== undefined && last)
        data.push({ Value: defaultValue, Timestamp: new Date(last.timestamp) });
      for (const datum of data) add({ ...datum, MetricName: metricName, ...(unit ? { Unit: unit } : {}) });
    }
  }
  return found;
}

function documentIn(message: string): unknown {
  const start = message.indexOf('{');
  if (start < 0) return undefined;
  try {
    return JSON.parse(message.slice(start));
  } catch {
    return undefined;
  }
}

/** A pipeline's metrics over time. */
import type { MetricsShown } from '../../../types/watch';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { about } from '../../shell/about';
import { useApi } from '../../shell/api';
import { path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { ChartPanel } from './chart';

const SPANS = [
  ['hour', 'an hour'],
  ['day', 'a day'],
  ['week', 'a week'],
  ['month', '30 days'],
] as const;

export default function MetricsView({ query }: ViewProps) {
  const pipelines = about.value?.pipelines ?? [];
  const pipeline = query.get('pipeline') ?? pipelines[0];
  const span = query.get('span') ?? 'day';
  const { data, error, reload } = useApi<MetricsShown>(
    pipeline === undefined ? undefined : `${path('/api/metrics', pipeline)}?span=${encodeURIComponent(span)}`,
  );
  if (pipeline === undefined) return <Empty title="No pipeline is deployed here" />;
  return (
    <>
      <div class="title">
        <h1>Metrics</h1>
        <div class="actions">
          <label>
            Pipeline{' '}
            <select value={pipeline} onChange={({ currentTarget }) => setQuery({ pipeline: currentTarget.value })}>
              {pipelines.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Of the last{' '}
            <select value={span} onChange={({ currentTarget }) => setQuery({ span: currentTarget.value })}>
              {SPANS.map(([id, title]) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={reload}>
            Look again
          </button>
        </div>
      </div>
      {error === undefined ? null : <ErrorBox problem={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : null
      ) : (
        <div class="charts">
          {data.charts.map((chart) => (
            <ChartPanel key={`${data.pipeline} ${span} ${chart.id}`} chart={chart} />
          ))}
        </div>
      )}
    </>
  );
}

/** The charts of a pipeline: what its dashboard in CloudWatch shows, over some spans of time. */
import type { DeployedPipeline } from '../../../operate/connection';
import { type Measured, type Series, seriesOf } from '../../../operate/metrics';
import type { Context } from '../../server/route';
import type { Chart, MetricsShown } from '../../types/watch';

export const SPANS = ['hour', 'day', 'week', 'month'] as const;
export type SpanName = (typeof SPANS)[number];

const HOUR_S = 3600;
/** About a hundred points each; CloudWatch keeps minutes for 15 days. */
const LENGTHS: Readonly<Record<SpanName, { readonly seconds: number; readonly period: number }>> = {
  hour: { seconds: HOUR_S, period: 60 },
  day: { seconds: 24 * HOUR_S, period: 900 },
  week: { seconds: 7 * 24 * HOUR_S, period: 2 * HOUR_S },
  month: { seconds: 30 * 24 * HOUR_S, period: 6 * HOUR_S },
};

interface Planned extends Pick<Chart, 'id' | 'title' | 'unit' | 'kind'> {
  readonly of: readonly Measured[];
}

/** `Stat of Metric`, by what the line is called. */
const chart = (
  id: string,
  title: string,
  { unit, kind }: Pick<Chart, 'unit' | 'kind'>,
  lines: Readonly<Record<string, readonly [stat: Measured['stat'], name: Measured['name']]>>,
): Planned => ({
  id,
  title,
  unit,
  kind,
  of: Object.entries(lines).map(([label, [stat, name]]) => ({ name, label, stat })),
});

const count = { unit: 'count', kind: 'lines' } as const;

const CHARTS: readonly Planned[] = [
  chart(
    'runs',
    'Runs',
    { unit: 'count', kind: 'columns' },
    {
      succeeded: ['Sum', 'RunsSucceeded'],
      failed: ['Sum', 'RunsFailed'],
    },
  ),
  chart('rows', 'Rows', count, {
    extracted: ['Sum', 'RowsExtracted'],
    published: ['Sum', 'RowsPublished'],
    rejected: ['Sum', 'RowsRejected'],
  }),
  chart(
    'duration',
    'Duration of a run',
    { unit: 'milliseconds', kind: 'lines' },
    {
      median: ['p50', 'RunDuration'],
      longest: ['Maximum', 'RunDuration'],
    },
  ),
  chart(
    'quarantine',
    'In quarantine, of a run',
    { unit: 'percent', kind: 'lines' },
    { highest: ['Maximum', 'QuarantineRate'] },
  ),
  chart('age', 'Age of the oldest table', { unit: 'seconds', kind: 'lines' }, { age: ['Maximum', 'PublishedAge'] }),
  chart('problems', 'Problems', count, {
    all: ['Maximum', 'Problems'],
    'deadlines missed': ['Maximum', 'DeadlinesMissed'],
    'stuck runs': ['Maximum', 'StuckRuns'],
  }),
];

const KEPT_MS = { local: 2000, account: 60_000 } as const;

export async function metricsShown(context: Context, at: DeployedPipeline, name: SpanName): Promise<MetricsShown> {
  const { connection, cached } = context;
  return cached(`metrics ${at.name} ${name}`, KEPT_MS[connection.target.kind], async () => {
    const { seconds, period } = LENGTHS[name];
    // The period that is under way counts as well.
    const end = Math.ceil(Date.now() / 1000 / period) * period;
    const span = { from: new Date((end - seconds) * 1000), to: new Date(end * 1000), periodSeconds: period };
    const all = await seriesOf(
      connection,
      at,
      CHARTS.flatMap(({ of }) => of),
      span,
    );
    const times = Array.from({ length: seconds / period }, (_, index) => end - seconds + index * period);
    const series = all.map((one) => onTimes(one, times));
    return {
      pipeline: at.name,
      from: span.from.toISOString(),
      to: span.to.toISOString(),
      periodSeconds: period,
      charts: CHARTS.map(({ of, ...chart }) => ({
        ...chart,
        times,
        series: series.splice(0, of.length),
      })),
    };
  });
}

/** CloudWatch leaves out what was not measured. */
export function onTimes({ label, points }: Series, times: readonly number[]): Chart['series'][number] {
  const values = new Map(points.map(([at, value]) => [Math.floor(Date.parse(at) / 1000), value]));
  return { label, values: times.map((time) => values.get(time) ?? null) };
}

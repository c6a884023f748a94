/** Runs of any compiled pipeline, made up: what the events of such runs are is told by the plan alone. */
import type { Surroundings } from '../../../lambdas/lineage/names';
import type { RunFacts, StatusEvent } from '../../../lambdas/lineage/run-facts';
import type { CompiledPipeline } from '../../../lib/compiler';
import type { Manifest } from '../../../lib/tasks/common';
import { OBJECT, RUN } from '../fixtures';

export const SURROUNDINGS: Surroundings = {
  region: 'eu-central-1',
  account: '111122223333',
  landingBucket: 'landing-1',
  lakeBucket: 'lake-1',
  redshift: { workgroup: 'stepwell', database: 'dev' },
  aurora: { endpoint: 'db.cluster-1.eu-central-1.rds.amazonaws.com:5432', database: 'stepwell' },
};

const START = Date.parse('2026-01-05T08:00:00.000Z');

export const detailOf = (
  pipeline: string,
  status: StatusEvent['detail']['status'],
  more: Partial<StatusEvent['detail']> = {},
): StatusEvent['detail'] => ({
  executionArn: `arn:aws:states:eu-central-1:111122223333:execution:stepwell-${pipeline}:run-1`,
  name: 'run-1',
  status,
  startDate: START,
  ...(status === 'RUNNING' ? {} : { stopDate: START + 60_000 }),
  ...more,
});

export const NOTHING: RunFacts = { manifests: [], checks: [], published: [], files: {} };

/** As if each source had given ten rows, one of them bad, and each sink had got nine. */
export function factsOf({ name, lineage, schedule }: CompiledPipeline): RunFacts {
  const manifests = lineage.sources.flatMap((source): Manifest[] =>
    source.places.map((place) => ({
      step: source.name,
      partition: 'all',
      datasets: {},
      source: {
        name: source.name,
        read: 10,
        rejected: 1,
        ...(place.kind === 'landing' ? { object: { ...OBJECT, key: `${place.prefix}/a.csv` } } : {}),
        ...(place.kind === 'database' ? { origin: 'mysql://db.example.com:3306/shop' } : {}),
      },
    })),
  );
  const interval = { start: '2026-01-04T00:00:00.000Z', end: '2026-01-05T00:00:00.000Z' };
  return {
    run: { ...RUN, pipeline: name, ...(schedule ? { interval } : {}) },
    manifests,
    checks: lineage.tables.flatMap(({ model, columns }) => [
      { check: `notNull(${model}.${columns[0]!.name})`, severity: 'error', outcome: 'passed', rule: 'no NULL', bad: 0 },
      { check: `rowCount(${model})`, severity: 'warn', outcome: 'failed', rule: 'at least 10', value: '9' },
    ]),
    published: lineage.tables.map(({ sink }) => ({ sink, rows: 9, changed: true })),
    files: Object.fromEntries(
      lineage.tables
        .filter(({ target }) => target.kind === 'lake')
        .map(({ sink }) => [sink, { bytes: 1000, count: 2 }]),
    ),
  };
}

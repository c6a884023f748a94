import { loadPostgres } from '../../../lambdas/load-postgres/load';
import { record } from '../../../lambdas/record/record';
import type { ClaimItem } from '../../../lambdas/shared/claim-item';
import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import { asOfRun, watchKeys } from '../../../lambdas/shared/watched';
import type { Manifest } from '../../../lib/tasks/common';
import type { RecordInput } from '../../../lib/tasks/record';
import { type PostgresCloud, startPostgresCloud } from '../databases';
import { COLUMNS, EXECUTION, manifestOf, OBJECT, POSTGRES_SINK, RUN } from '../fixtures';

let cloud: PostgresCloud;
const NOW = Date.parse('2026-01-05T08:00:10.000Z');

beforeAll(async () => {
  cloud = await startPostgresCloud();
});
afterAll(() => cloud.close());

const manifest: Manifest = {
  ...manifestOf([{ key: 'runs/a.csv', rows: 9, format: 'csv' }]),
  source: {
    name: 'orders',
    object: OBJECT,
    read: 10,
    rejected: 1,
    quarantine: { key: 'quarantine/orders/orders/run-1/0-a.ndjson', etag: 'e', length: 5, rows: 1 },
  },
};
const input: RecordInput = {
  run: RUN,
  objects: [OBJECT],
  manifests: [],
  checks: { passed: 3, warnings: ['few rows'], rows: 9, rejected: 1 },
  loaded: [],
  published: [
    { sink: 'postgres:shop.orders', rows: 9, changed: true },
    { sink: 'redshift:analytics.orders', rows: 9, changed: false },
  ],
};

async function run(more: Partial<RecordInput> = {}) {
  const metrics: [string, number][] = [];
  const warnings: string[] = [];
  const output = await record(
    { ...input, ...more },
    {
      ledger: cloud.ledger,
      readList: async () => [],
      readManifests: async () => [manifest],
      keepStaged: async (_, models) => ({ key: `runs/${models.join('-')}.json`, etag: 's', length: 7 }),
      keepExtracted: async () => ({ kept: { key: 'runs/kept.json', etag: 'k', length: 9 }, missing: 60 }),
      metric: (name, value) => void metrics.push([name, value]),
      tellSuccess: false,
      warn: (line) => void warnings.push(line),
      now: () => NOW,
      postgres: cloud.postgres,
    },
  );
  return { output, metrics, warnings };
}

test('a run that has succeeded stands in the ledger, its objects are loaded, its metrics are sent once', async () => {
  await updateRun(cloud.ledger, RUN, { status: 'RUNNING', startedAt: RUN.startedAt, openPk: 'run', dueAt: 'x' });
  const at = ledgerKeys.claim('orders', OBJECT.bucket, OBJECT.key);
  await putItem(cloud.ledger, at, {
    ...OBJECT,
    contentId: 'v1',
    owner: EXECUTION,
    status: 'claimed',
    revision: 1,
    earlier: [],
  });

  const first = await run();
  const again = await run();

  expect(first.output).toEqual({
    status: 'SUCCEEDED',
    rows: 9,
    rejected: 1,
    published: input.published,
    warnings: ['few rows'],
    tell: ['quarantine'],
  });
  expect(again.output).toEqual(first.output);
  expect(first.metrics).toEqual([
    ['RowsExtracted', 10],
    ['RowsRejected', 1],
    ['RowsPublished', 9],
    ['QuarantineRate', 10],
    ['RunDuration', 10_000],
    ['RunsSucceeded', 1],
  ]);
  expect(again.metrics).toEqual([]);
  expect(await getRun(cloud.ledger, 'orders', 'run-1')).toEqual({
    pipeline: 'orders',
    runId: 'run-1',
    executionArn: EXECUTION,
    openPk: 'run',
    dueAt: '2026-01-05T08:15:10.000Z',
    status: 'SUCCEEDED',
    startedAt: RUN.startedAt,
    endedAt: '2026-01-05T08:00:10.000Z',
    loadKey: RUN.loadKey,
    loadId: RUN.loadId,
    generation: 0,
    arrival: RUN.arrival,
    objects: [OBJECT],
    rows: 9,
    rejected: 1,
    published: {
      'postgres:shop.orders': input.published[0],
      'redshift:analytics.orders': input.published[1],
    },
    quarantine: ['quarantine/orders/orders/run-1/0-a.ndjson'],
    warnings: ['few rows'],
    tell: ['quarantine'],
  });
  expect(await getItem<ClaimItem>(cloud.ledger, at)).toMatchObject({ status: 'loaded', revision: 2 });
  // For the watch: up to when each table's data are, and how long the run took, once.
  for (const { sink } of input.published) {
    expect(await getItem(cloud.ledger, watchKeys.published('orders', sink))).toEqual({
      sink,
      asOf: asOfRun(RUN),
      publishedAt: '2026-01-05T08:00:10.000Z',
      runId: 'run-1',
      rows: 9,
    });
  }
  expect(await getItem(cloud.ledger, watchKeys.durations('orders'))).toEqual({ durations: [10_000] });
});

test("a claim that another run has taken over stays that run's", async () => {
  const other = { ...OBJECT, key: 'orders/other.csv' };
  const at = ledgerKeys.claim('orders', other.bucket, other.key);
  await putItem(cloud.ledger, at, { ...other, owner: 'arn:other', status: 'claimed', revision: 7, earlier: [] });

  await run({ objects: [other] });

  expect(await getItem<ClaimItem>(cloud.ledger, at)).toMatchObject({ status: 'claimed', revision: 7 });
});

test('staging tables are dropped; a database that cannot do it now does not fail the run', async () => {
  await cloud.putCsv('runs/s.csv', '1,a,1,,\n');
  const loaded = await loadPostgres(
    { run: RUN, sink: POSTGRES_SINK, manifests: [] },
    {
      postgres: cloud.postgres,
      workBucket: 'work',
      region: 'us-east-1',
      readManifests: async () => [manifestOf([{ key: 'runs/s.csv', rows: 1, format: 'csv' }], COLUMNS)],
    },
  );
  const exists = () => cloud.query(`SELECT to_regclass('${loaded.staging}')`);
  expect(await exists()).toEqual([[loaded.staging]]);

  const { warnings } = await run({ loaded: [loaded] });
  const broken = await run({ loaded: [{ ...loaded, staging: 'pg_catalog.pg_class' }] });

  expect(warnings).toEqual([]);
  expect(await exists()).toEqual([[null]]);
  expect(broken.warnings).toEqual(['A staging table stays behind']);
  expect(broken.output.status).toBe('SUCCEEDED');
});

test('a partial run says what is missing, and what a rerun need not extract; it stays due until its mail is sent', async () => {
  const interval = { start: '2026-01-05T07:00:00.000Z', end: '2026-01-05T08:00:00.000Z' };
  const partial = { ...RUN, runId: 'run-partial', executionArn: `${EXECUTION}-partial`, interval };
  const failed = [{ source: 'cities', partition: 'rome', error: 'SourceUnavailable', cause: 'It does not answer.' }];
  await updateRun(cloud.ledger, partial, { status: 'RUNNING', startedAt: RUN.startedAt, sources: { cities: 'c1' } });
  const { output } = await run({ run: partial, objects: [], failed });
  expect(output).toMatchObject({
    failed,
    warnings: ['Partition rome of cities is missing: It does not answer.', 'few rows'],
  });
  expect(await getRun(cloud.ledger, 'orders', 'run-partial')).toMatchObject({
    status: 'SUCCEEDED',
    failed,
    missing: 60,
    kept: { key: 'runs/kept.json' },
    openPk: 'run',
    dueAt: '2026-01-05T08:15:10.000Z',
  });
});

const KEYSPACES = {
  kind: 'keyspaces' as const,
  id: 'keyspaces:app.users',
  model: 'users',
  columns: [],
  write: { mode: 'append' as const },
  evolve: false,
  keyspace: 'app',
  table: 'users',
  key: { partitionKey: ['id'], clusteringKey: [] },
};

test('a live sink of Keyspaces is said to be off in a local cloud without a Cassandra, and nowhere else', async () => {
  const { AWS_ENDPOINT_URL, STEPWELL_CASSANDRA } = process.env;
  const notesWith = async (env: Record<string, string>) => {
    delete process.env.AWS_ENDPOINT_URL;
    delete process.env.STEPWELL_CASSANDRA;
    Object.assign(process.env, env);
    return (await run({ live: [KEYSPACES] })).output.notes;
  };
  try {
    expect(await notesWith({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4510' })).toEqual([
      expect.stringContaining('Nothing is written to keyspaces:app.users: no Cassandra is there. Have one: npm run'),
    ]);
    expect(await notesWith({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4510', STEPWELL_CASSANDRA: 'a:1' })).toBeUndefined();
    expect(await notesWith({})).toBeUndefined();
  } finally {
    Object.assign(process.env, {
      ...(AWS_ENDPOINT_URL === undefined ? {} : { AWS_ENDPOINT_URL }),
      ...(STEPWELL_CASSANDRA === undefined ? {} : { STEPWELL_CASSANDRA }),
    });
  }
});

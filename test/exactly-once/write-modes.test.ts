/**
 * Each write mode in both databases: whatever loads come, in whichever order, again, anew, or late in a generation that is over, the
 * table is what a plain model says.
 */
import * as fc from 'fast-check';
import { runOnRedshift } from '../../lambdas/bootstrap/run-on-redshift';
import { loadPostgres } from '../../lambdas/load-postgres/load';
import { loadBatch } from '../../lambdas/load-redshift/load-batch';
import { publishPostgres } from '../../lambdas/publish/publish-postgres';
import { publishBatch } from '../../lambdas/publish/redshift-batch';
import { modelBatch } from '../../lambdas/publish/redshift-model';
import { sqlType } from '../../lambdas/shared/duckdb';
import { partKey, writeManifest } from '../../lambdas/shared/manifest';
import { pipelineSchema, stagingTable } from '../../lambdas/shared/names';
import type {
  Manifest,
  ManifestRef,
  OutputColumn,
  PostgresSink,
  RedshiftSink,
  Run,
  WriteMode,
} from '../../lib/tasks/common';
import { noSleep } from '../lambdas/databases';
import { type RedshiftCloud, startRedshiftCloud } from '../lambdas/redshift';
import { publishIntoPostgres, publishIntoRedshift } from './staging';
import { arrivedOn, COLUMNS, day, type Item, KEYS, Model, runOf, type Shown, type Step, steps } from './write-modes';

const NAMES = COLUMNS.map(({ name }) => name);
const SCHEMA = pipelineSchema('orders');

/** Each has a dozen keys, which know nothing of one another: as many sequences as keys. */
const RUNS = Number(process.env.RUNS ?? 2);

let cloud: RedshiftCloud;
let tables = 0;
let executions = 0;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
});
afterAll(() => cloud.close());

const values = (row: Item) =>
  [row.id, row.region, row.note, row.other, row.version, row.gone].map((value) =>
    value === null ? '' : String(value),
  );

/** The load and its publication as the pipeline's user, the rows put into the staging table in COPY's place. `times`: retries. */
async function intoRedshift(sink: RedshiftSink, run: Run, rows: readonly Item[], times: number): Promise<void> {
  const staging = stagingTable(run, sink.id, sink.table);
  const texts = rows.map(
    (row) =>
      `SELECT ${values(row)
        .map((text, index) => `${text === '' ? 'NULL' : `'${text}'`}::varchar AS ${NAMES[index]}`)
        .join(', ')}`,
  );
  const casts = COLUMNS.map(({ name, type }) => `CAST(${name} AS ${type.type === 'text' ? 'VARCHAR' : type.type})`);
  const publish = publishBatch({
    run,
    sink,
    schema: SCHEMA,
    staging,
    newColumns: [],
    rows: rows.length,
    statement: run.runId,
  });
  await runOnRedshift(
    cloud.redshift,
    [
      ...loadBatch({ sink, schema: SCHEMA, staging, newColumns: [], copies: [], copyRoleArn: '' }),
      ...(rows.length === 0
        ? []
        : [`INSERT INTO ${SCHEMA}.${staging} SELECT ${casts.join(', ')} FROM (${texts.join(' UNION ALL ')}) t`]),
    ],
    noSleep,
  );
  for (let time = 0; time < times; time++) await runOnRedshift(cloud.redshift, publish, noSleep);
}

async function intoPostgres(sink: PostgresSink, run: Run, rows: readonly Item[], times: number): Promise<void> {
  const key = `runs/orders/${run.runId}/${sink.table}.csv`;
  await cloud.putCsv(key, rows.map((row) => `${values(row).join(',')}\n`).join(''));
  const part = { key, etag: 'e', length: 1, rows: rows.length, format: 'csv' as const };
  const datasets = { orders: { rows: rows.length, columns: COLUMNS, parts: [part] } };
  const manifest: Manifest = { step: 'extract', partition: '0', datasets };
  const { postgres } = cloud;
  const use = { postgres, workBucket: 'work', region: 'us-east-1', readManifests: async () => [manifest] };
  const loaded = await loadPostgres({ run, sink, manifests: [] }, use);
  for (let time = 0; time < times; time++) await publishPostgres({ run, sink, loaded }, postgres);
}

async function tableOf(
  mode: WriteMode['mode'],
  table: string,
  query: (sql: string) => Promise<(string | null)[][]>,
): Promise<Shown[]> {
  const truth = (column: string, yes: string, no: string) =>
    `CASE WHEN ${column} THEN '${yes}' WHEN NOT ${column} THEN '${no}' END`;
  const columns = [
    ...NAMES.map((name) => (name === 'gone' ? truth('gone', 'yes', 'no') : `CAST(${name} AS VARCHAR)`)),
    ...(mode === 'scd2'
      ? ['CAST(valid_from AS VARCHAR)', 'CAST(valid_to AS VARCHAR)', truth('is_current', 'current', 'past')]
      : []),
  ];
  const rows = await query(`SELECT ${columns.map((column) => `COALESCE(${column}, '-')`).join(', ')} FROM ${table}`);
  return rows.map((row) => row.join(' | ')).sort();
}

const MODES: [string, WriteMode][] = [
  ['append', { mode: 'append' }],
  ['replace', { mode: 'replace' }],
  ['replace of an interval', { mode: 'replace', interval: 'version' }],
  ['merge by newestBy', { mode: 'merge', keys: KEYS, newestBy: 'version' }],
  ['merge by arrival', { mode: 'merge', keys: KEYS }],
  ['merge by newestBy with deletions', { mode: 'merge', keys: KEYS, newestBy: 'version', deletedBy: 'gone' }],
  ['merge by arrival with deletions', { mode: 'merge', keys: KEYS, deletedBy: 'gone' }],
  ['scd2 by newestBy', { mode: 'scd2', keys: KEYS, newestBy: 'version' }],
  ['scd2 of some columns', { mode: 'scd2', keys: KEYS, newestBy: 'version', track: ['note'] }],
  ['scd2 by arrival', { mode: 'scd2', keys: KEYS }],
];

test.each(MODES)(
  '%s: the tables are what the model says, whatever comes',
  async (_name, write) => {
    await fc.assert(
      fc.asyncProperty(steps(write), async (sequence) => {
        const table = `w${tables++}`;
        const common = { model: 'orders', columns: COLUMNS, write, evolve: false, table };
        const redshift: RedshiftSink = {
          kind: 'redshift',
          id: `redshift:analytics.${table}`,
          schema: 'analytics',
          ...common,
        };
        const postgres: PostgresSink = { kind: 'postgres', id: `postgres:shop.${table}`, schema: 'shop', ...common };
        const model = new Model(write);
        const into = async (work: (step: Step, run: Run) => Promise<void>) => {
          for (const [execution, step] of sequence.entries()) await work(step, runOf(table, step, execution));
        };
        for (const step of sequence) model.publish(step);

        await Promise.all([
          into((step, run) => intoRedshift(redshift, run, step.rows, step.times)),
          into((step, run) => intoPostgres(postgres, run, step.rows, step.times)),
        ]);

        const expected = model.table();
        expect(await tableOf(write.mode, `analytics.${table}`, cloud.query)).toEqual(expected);
        expect(await tableOf(write.mode, `shop.${table}`, cloud.queryAurora)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  },
  60_000,
);

/** After the rows of each load, as the state machine has it: what a model that runs in Redshift makes of all of them. */
async function modelInRedshift(sink: RedshiftSink, run: Run, sql: string[], of: string, times = 1): Promise<void> {
  const input = { name: 'orders', schema: 'analytics', table: of, columns: NAMES };
  const batch = modelBatch({ run, sink, model: { name: 'regions', sql, inputs: [input] } }, run.runId);
  for (let time = 0; time < times; time++) await runOnRedshift(cloud.redshift, batch, noSleep);
}

function derived(table: string, write: WriteMode, columns: OutputColumn[]): RedshiftSink {
  return {
    kind: 'redshift',
    id: `redshift:analytics.${table}_regions`,
    model: 'regions',
    schema: 'analytics',
    table: `${table}_regions`,
    columns,
    write,
    evolve: false,
  };
}

const REGIONS = 'SELECT region, COUNT(*) AS other, MAX(version) AS version FROM orders GROUP BY region';
const REGION_COLUMNS = COLUMNS.filter(({ name }) => ['region', 'other', 'version'].includes(name));

test.each<[string, WriteMode]>([
  ['replace', { mode: 'replace' }],
  ['merge', { mode: 'merge', keys: ['region'] }],
  ['merge by newestBy', { mode: 'merge', keys: ['region'], newestBy: 'version' }],
])(
  'a model in Redshift (%s) is of all rows that are there, whatever comes',
  async (_name, write) => {
    const orders: WriteMode = { mode: 'merge', keys: KEYS, newestBy: 'version' };
    await fc.assert(
      fc.asyncProperty(steps(orders), async (sequence) => {
        const table = `w${tables++}`;
        const id = `redshift:analytics.${table}`;
        const sink: RedshiftSink = {
          kind: 'redshift',
          id,
          schema: 'analytics',
          model: 'orders',
          columns: COLUMNS,
          write: orders,
          evolve: false,
          table,
        };
        const regions = derived(table, write, REGION_COLUMNS);
        // A generation may take a region's last row along, which `merge` does not notice.
        const steady = sequence.map((step) => (write.mode === 'merge' ? { ...step, generation: 0 } : step));
        const first = new Map<number, Step>();
        for (const step of steady) if (!first.has(step.load)) first.set(step.load, step);

        for (const [execution, step] of steady.entries()) {
          const run = runOf(table, step, execution);
          const { rows } = write.mode === 'merge' ? first.get(step.load)! : step;
          await intoRedshift(sink, run, rows, step.times);
          await modelInRedshift(regions, run, [REGIONS], table, step.times);
        }

        const shown = 'region, other, CAST(version AS VARCHAR)';
        const sql = REGIONS.replace('orders', `analytics.${table}`);
        expect(await cloud.query(`SELECT ${shown} FROM analytics.${table}_regions ORDER BY 1`)).toEqual(
          await cloud.query(`SELECT ${shown} FROM (${sql}) q ORDER BY 1`),
        );
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  60_000,
);

test('a model in Redshift knows the interval, appends once for each load, and gives no rows without a key', async () => {
  const table = `w${tables++}`;
  const sink: RedshiftSink = {
    kind: 'redshift',
    id: `redshift:analytics.${table}`,
    schema: 'analytics',
    model: 'orders',
    columns: COLUMNS,
    write: { mode: 'append' },
    evolve: false,
    table,
  };
  const daily = derived(table, { mode: 'append' }, REGION_COLUMNS);
  const sql = [
    '-- the rows of a day\nWITH today AS (SELECT * FROM orders WHERE version >= ',
    'start',
    ' AND version < ',
    'end',
    ') SELECT region, COUNT(*) AS other, MAX(version) AS version FROM today GROUP BY 1 -- all',
  ];
  const row = (load: number, region: string | null): Item => ({
    id: 1,
    region: region as string,
    note: null,
    other: null,
    version: day(load, 5),
    gone: null,
  });
  const runs = [0, 1].map((load) => runOf(table, { load, generation: 0, rows: [] }, load));

  for (const [load, run] of runs.entries()) {
    await intoRedshift(sink, run, [row(load, 'a'), row(load, 'a')], 1);
    await modelInRedshift(daily, run, sql, table, 2);
  }
  const shown = `SELECT region, other, CAST(version AS VARCHAR) FROM analytics.${table}_regions ORDER BY 3`;
  expect(await cloud.query(shown)).toEqual([
    ['a', '2', day(0, 5)],
    ['a', '2', day(1, 5)],
  ]);

  const third = runOf(table, { load: 2, generation: 0, rows: [] }, 2);
  await intoRedshift(sink, third, [row(2, null)], 1);
  const merged: RedshiftSink = { ...daily, write: { mode: 'merge', keys: ['region'] } };
  await expect(modelInRedshift(merged, third, [REGIONS], table)).rejects.toThrow(/division by zero/);
  expect(await cloud.query(shown)).toHaveLength(2);
});

/** The real path: COPY, statements with tokens, events. */
const NOTE: OutputColumn[] = COLUMNS.filter(({ name }) => ['id', 'note', 'version'].includes(name));
type Cell = string | number | null;

async function stagedByTask(
  run: Run,
  columns: OutputColumn[],
  rows: readonly (readonly Cell[])[],
): Promise<ManifestRef> {
  const text = (value: Cell) =>
    value === null ? '' : typeof value === 'number' ? `${value}` : `"${value.replaceAll('"', '""')}"`;
  const csvKey = partKey(run, 'orders', '0000', run.runId, 0, 'csv');
  await cloud.putCsv(csvKey, rows.map((row) => `${row.map(text).join(',')}\n`).join(''));
  const select = columns.map(
    ({ name, type }) => `CAST(${name} AS ${type.type === 'json' ? 'VARCHAR' : sqlType(type)}) AS ${name}`,
  );
  const literals = rows.map((row) => `(${row.map((value) => (value === null ? 'NULL' : `'${value}'`)).join(', ')})`);
  const parquet = await cloud.putParquet(
    partKey(run, 'orders', '0000', run.runId, 0, 'parquet'),
    `SELECT ${select.join(', ')} FROM (VALUES ${literals.join(', ')}) t(${columns.map(({ name }) => name).join(', ')})`,
  );
  const csv = { key: csvKey, etag: 'e', length: 1, rows: rows.length, format: 'csv' as const };
  return writeManifest(cloud.s3, 'work', run, run.runId, {
    step: 'extract-orders',
    partition: '0000',
    datasets: { orders: { rows: rows.length, columns, parts: [parquet, csv] } },
  });
}

function example(columns: OutputColumn[], write: WriteMode, evolve = false) {
  const table = `w${tables++}`;
  const common = { model: 'orders', columns, write, evolve, table };
  const sinks = {
    redshift: { kind: 'redshift' as const, id: `redshift:analytics.${table}`, schema: 'analytics', ...common },
    postgres: { kind: 'postgres' as const, id: `postgres:shop.${table}`, schema: 'shop', ...common },
  };
  return {
    table,
    async publish(
      load: number,
      rows: readonly (readonly Cell[])[],
      more: OutputColumn[] = [],
      into: WriteMode = write,
    ) {
      const run = runOf(table, { load, generation: 0, rows: [] }, executions++);
      const manifest = await stagedByTask(run, [...columns, ...more], rows);
      return Promise.allSettled([
        publishIntoRedshift(cloud, run, { ...sinks.redshift, write: into }, [manifest]),
        publishIntoPostgres(cloud, run, { ...sinks.postgres, write: into }, [manifest]),
      ]);
    },
    async rows(select: string) {
      const there = await cloud.query(`SELECT ${select} FROM analytics.${table} ORDER BY 1, 2`);
      const here = await cloud.queryAurora(`SELECT ${select} FROM shop.${table} ORDER BY 1, 2`);
      expect(there).toEqual(here);
      return here;
    },
  };
}
const history = "id, CAST(valid_from AS VARCHAR), COALESCE(CAST(valid_to AS VARCHAR), '-'), note";

test('a version that comes late takes its place in history, and one that was twice the same is two', async () => {
  const { publish, rows } = example(NOTE, { mode: 'scd2', keys: ['id'], newestBy: 'version' });

  const told = [
    await publish(0, [[1, 'Paris', day(0)]]),
    await publish(2, [[1, 'Paris', day(2)]]),
    await publish(1, [[1, 'Rome', day(1)]]),
  ];

  expect(await rows(history)).toEqual([
    ['1', day(0), day(1), 'Paris'],
    ['1', day(1), day(2), 'Rome'],
    ['1', day(2), '-', 'Paris'],
  ]);
  expect(told.flat().map((one) => one.status === 'fulfilled' && one.value.rows)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('documents have a history, and so have columns that later loads bring along, or no longer bring', async () => {
  const columns: OutputColumn[] = [NOTE[0]!, { name: 'doc', type: { type: 'json' }, nullable: true }];
  const gift: OutputColumn = { name: 'gift', type: { type: 'text' }, nullable: true };
  const { publish, rows } = example(columns, { mode: 'scd2', keys: ['id'] }, true);

  await publish(0, [[1, '{"a":1}']]);
  await publish(1, [[1, '{"a":1}', 'yes']], [gift]);
  await publish(2, [[1, '{"a":1}', 'yes']], [gift]);
  const told = await publish(3, [[1, '{"a":2}']]);

  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  const select = "id, CAST(valid_from AS VARCHAR), COALESCE(CAST(valid_to AS VARCHAR), '-'), COALESCE(gift, '-')";
  expect(await rows(select)).toEqual([
    ['1', arrivedOn(0), arrivedOn(1), '-'],
    ['1', arrivedOn(1), arrivedOn(3), 'yes'],
    ['1', arrivedOn(3), '-', '-'],
  ]);
});

test('a table that was made for another write mode is refused, in words, before anything is published', async () => {
  const { table, publish, rows } = example(NOTE, { mode: 'merge', keys: ['id'] });
  await publish(0, [[1, 'a', day(0)]]);

  const told = await publish(1, [[1, 'b', day(1)]], [], { mode: 'scd2', keys: ['id'] });

  for (const [index, schema] of ['analytics', 'shop'].entries()) {
    expect(told[index]).toMatchObject({
      status: 'rejected',
      reason: {
        name: 'StatementFailed',
        message: expect.stringContaining(
          `Table ${schema}.${table} exists without valid_from: it was made for another write mode than scd2.`,
        ),
      },
    });
  }
  expect(await rows('id, note')).toEqual([['1', 'a']]);
});

test('a table that merged goes on with deletions: what is deleted from then on stays so', async () => {
  const columns = [...NOTE, COLUMNS.at(-1)!];
  const { publish, rows } = example(columns, { mode: 'merge', keys: ['id'], newestBy: 'version' });
  const deleting: WriteMode = { mode: 'merge', keys: ['id'], newestBy: 'version', deletedBy: 'gone' };
  await publish(0, [
    [1, 'a', day(1), null],
    [2, 'b', day(1), 'false'],
  ]);

  await publish(2, [[1, null, day(3), 'true']], [], deleting);
  await publish(1, [[1, 'late', day(2), 'false']], [], deleting);

  expect(await rows('id, note')).toEqual([['2', 'b']]);
});

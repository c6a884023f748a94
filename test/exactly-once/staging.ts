/** Stages rows for both databases as an extract does: parts named by attempt, and a manifest. */
import { loadPostgres } from '../../lambdas/load-postgres/load';
import { loadRedshift } from '../../lambdas/load-redshift/load';
import { publishPostgres } from '../../lambdas/publish/publish-postgres';
import { publishRedshift } from '../../lambdas/publish/publish-redshift';
import { partKey, readManifests, writeManifest } from '../../lambdas/shared/manifest';
import type { ManifestRef, OutputColumn, PostgresSink, RedshiftSink, Run, WriteMode } from '../../lib/tasks/common';
import type { Loaded } from '../../lib/tasks/load';
import type { Published } from '../../lib/tasks/publish';
import { RUN } from '../lambdas/fixtures';
import { COPY_ROLE, type RedshiftCloud, type TaskResult } from '../lambdas/redshift';

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: true },
  { name: 'note', type: { type: 'text', length: 50 }, nullable: true },
  { name: 'version', type: { type: 'integer' }, nullable: true },
];

export type Row = readonly [id: number, note: string, version: number];

export interface Targets {
  readonly redshift: RedshiftSink;
  readonly postgres: PostgresSink;
}

/** A table of this name in each database. */
export function targets(table: string, write: WriteMode): Targets {
  const common = { model: 'orders', columns: COLUMNS, write, evolve: false, table };
  return {
    redshift: { kind: 'redshift', id: `redshift:analytics.${table}`, schema: 'analytics', ...common },
    postgres: { kind: 'postgres', id: `postgres:shop.${table}`, schema: 'shop', ...common },
  };
}

/** Run `name` of load `load` into the tables of test `test`: several runs may be of one load. */
export function runOf(test: number, name: string, load = name): Run {
  return {
    ...RUN,
    runId: `${name}-${test}`,
    executionArn: `${RUN.executionArn}-${test}-${name}`,
    loadKey: `orders:${test}-${load}`,
    loadId: `${test}-${load}`,
    arrival: `2026-01-01T00:00:00.000Z#${load}`,
  };
}

export const ROWS: Row[] = [
  [1, 'one', 1],
  [2, 'two', 1],
];

/** What one attempt of an extract leaves behind. */
export async function stage(
  cloud: RedshiftCloud,
  run: Run,
  attempt: string,
  rows: readonly Row[],
): Promise<ManifestRef> {
  const csvKey = partKey(run, 'orders', '0000', attempt, 0, 'csv');
  const text = rows.map(([id, note, version]) => `${id},"${note}",${version}\n`).join('');
  await cloud.putCsv(csvKey, text);
  const values = rows.map(([id, note, version]) => `(${id}, '${note}', ${version})`).join(', ');
  const parquet = await cloud.putParquet(
    partKey(run, 'orders', '0000', attempt, 0, 'parquet'),
    `SELECT id::BIGINT AS id, note::VARCHAR AS note, version::INTEGER AS version FROM (VALUES ${values}) t(id, note, version)`,
  );
  const csv = { key: csvKey, etag: 'e', length: text.length, rows: rows.length, format: 'csv' as const };
  return writeManifest(cloud.s3, 'work', run, attempt, {
    step: 'extract-orders',
    partition: '0000',
    datasets: { orders: { rows: rows.length, columns: COLUMNS, parts: [parquet, csv] } },
  });
}

export async function loadIntoRedshift(
  cloud: RedshiftCloud,
  run: Run,
  sink: RedshiftSink,
  manifests: ManifestRef[],
): Promise<Loaded> {
  const task = await cloud.waitingTask();
  await loadRedshift(
    { run, sink, manifests, taskToken: task.token },
    {
      ...cloud.statements,
      workBucket: 'work',
      copyRoleArn: COPY_ROLE,
      readManifests: (refs) => readManifests(cloud.s3, 'work', refs),
      putOnce: (key, body) => cloud.putText(key, body),
    },
  );
  return outputOf<Loaded>(await completed(cloud, task.result));
}

/** Submits the publication; `result` is its end. */
export async function submitToRedshift(cloud: RedshiftCloud, run: Run, sink: RedshiftSink, loaded: Loaded) {
  const task = await cloud.waitingTask();
  const status = await publishRedshift({ run, sink, loaded, taskToken: task.token }, cloud.statements);
  return { status, result: async () => outputOf<Published>(await completed(cloud, task.result)) };
}

export async function publishIntoRedshift(
  cloud: RedshiftCloud,
  run: Run,
  sink: RedshiftSink,
  manifests: ManifestRef[],
): Promise<Published> {
  const submitted = await submitToRedshift(cloud, run, sink, await loadIntoRedshift(cloud, run, sink, manifests));
  return submitted.result();
}

export function loadIntoPostgres(
  cloud: RedshiftCloud,
  run: Run,
  sink: PostgresSink,
  manifests: ManifestRef[],
): Promise<Loaded> {
  return loadPostgres(
    { run, sink, manifests },
    {
      postgres: cloud.postgres,
      workBucket: 'work',
      region: 'us-east-1',
      readManifests: (refs) => readManifests(cloud.s3, 'work', refs),
    },
  );
}

export async function publishIntoPostgres(
  cloud: RedshiftCloud,
  run: Run,
  sink: PostgresSink,
  manifests: ManifestRef[],
): Promise<Published> {
  const loaded = await loadIntoPostgres(cloud, run, sink, manifests);
  return publishPostgres({ run, sink, loaded }, cloud.postgres);
}

/** The rows of both tables: they must always be the same. */
export async function rowsOf(cloud: RedshiftCloud, { redshift, postgres }: Targets): Promise<Row[]> {
  const select = 'SELECT id, note, version FROM';
  const there = await cloud.query(`${select} analytics.${redshift.table} ORDER BY 1, 2`);
  const here = await cloud.queryAurora(`${select} shop.${postgres.table} ORDER BY 1, 2`);
  expect(there).toEqual(here);
  return there.map(([id, note, version]) => [Number(id), note!, Number(version)]);
}

/** Hands Redshift's events on as they come, until the task has ended. */
export async function completed(cloud: RedshiftCloud, result: () => Promise<TaskResult>): Promise<TaskResult> {
  let ended = false;
  const answer = result().finally(() => {
    ended = true;
  });
  for (; !ended; await new Promise((resolve) => setTimeout(resolve, 2))) {
    for (let event = cloud.events.shift(); event; event = cloud.events.shift()) await cloud.deliver(event);
  }
  return answer;
}

function outputOf<T>(result: TaskResult): T {
  if ('output' in result) return result.output as T;
  throw new Error(`${result.error}: ${result.cause}`);
}

/** Asks again while the database is at it, as the task's Retry does. */
export async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as Error).name !== 'StillRunning') throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

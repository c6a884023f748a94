/** Facts joined with a dimension and aggregated: the whole transform task (S3 → DuckDB → S3) beside bare DuckDB on the same Parquet, alternating. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { PARQUET_OPTIONS, sqlType } from '../../lambdas/shared/duckdb';
import { putFile } from '../../lambdas/shared/objects';
import { bundle } from '../../lib/constructs/bundle';
import type { Manifest, OutputColumn, Part } from '../../lib/tasks/common';
import type { TransformInput } from '../../lib/tasks/transform';
import { type Measured, measure } from './processes';
import { BENCH_RUN } from './run';
import { type Compared, compare, openTaskBench, WORK } from './tasks';

/** What an extract of row sources stages at a time. */
const PART_ROWS = 245_760;

/** Rows are facts. */
export interface JoinResult extends Compared {
  readonly dimensionRows: number;
  readonly megabytes: number;
}

const column = (name: string, type: OutputColumn['type']): OutputColumn => ({ name, type, nullable: true });
export const FACTS = [
  column('order_id', { type: 'bigint' }),
  column('customer_id', { type: 'bigint' }),
  column('product', { type: 'text', length: 32 }),
  column('quantity', { type: 'integer' }),
  column('amount', { type: 'decimal', precision: 12, scale: 2 }),
  column('ordered_at', { type: 'timestamp' }),
];
export const CUSTOMERS = [
  column('customer_id', { type: 'bigint' }),
  column('city', { type: 'text', length: 32 }),
  column('segment', { type: 'text', length: 16 }),
  column('signed_up', { type: 'date' }),
];
export const RESULT = [
  column('city', { type: 'text', length: 32 }),
  column('segment', { type: 'text', length: 16 }),
  column('month', { type: 'date' }),
  column('orders', { type: 'bigint' }),
  column('customers', { type: 'bigint' }),
  column('quantity', { type: 'bigint' }),
  column('amount', { type: 'decimal', precision: 38, scale: 2 }),
];
export const SQL = `SELECT c.city, c.segment, CAST(date_trunc('month', f.ordered_at) AS DATE) AS month,
  count(*) AS orders, count(DISTINCT f.customer_id) AS customers, CAST(sum(f.quantity) AS BIGINT) AS quantity, sum(f.amount) AS amount
FROM facts f JOIN customers c ON c.customer_id = f.customer_id
GROUP BY ALL`;

export async function measureJoin(facts: number, dimensionRows: number, repeats: number): Promise<JoinResult> {
  const bench = await openTaskBench('join');
  const { folder, s3 } = bench;
  try {
    const files = await writeInputs(folder, facts, dimensionRows);
    const event = eventFor(await stage(s3, folder, files));
    const views = Object.fromEntries(
      Object.entries(files).map(([name, paths]) => [
        name,
        `read_parquet([${(paths as string[]).map((path) => `'${path}'`).join(', ')}])`,
      ]),
    );
    const bareFile = join(folder, 'bare.json');
    const out = join(folder, 'bare.parquet');
    writeFileSync(bareFile, JSON.stringify({ views, sql: SQL, parquet: PARQUET_OPTIONS, out, memory: '1024MB' }));
    const task = bundle('transform');
    const found = new Set<number>();
    const counted = (measured: Measured): Measured => {
      found.add(measured.output.rows);
      return measured;
    };
    const compared = await compare(
      facts,
      repeats,
      async () => counted(await measure(resolve('test/bench/bare-duckdb.cjs'), [bareFile])),
      async () => counted(await bench.run(task, event, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048' })),
    );
    if (found.size > 1) throw new Error(`The task and bare DuckDB have ${[...found].join(' and ')} rows.`);
    const bytes = Object.values(files)
      .flat()
      .reduce((sum, path) => sum + readFileSync(path).length, 0);
    return { ...compared, dimensionRows, megabytes: bytes / 1e6 };
  } finally {
    await bench.close();
  }
}

export interface Files {
  readonly facts: readonly string[];
  readonly customers: readonly string[];
}

export async function writeInputs(folder: string, facts: number, dimensionRows: number): Promise<Files> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const write = async (
    name: string,
    columns: readonly OutputColumn[],
    expressions: readonly string[],
    from: string,
  ) => {
    const path = join(folder, `${name}.parquet`);
    const list = columns.map(({ name, type }, at) => `CAST(${expressions[at]} AS ${sqlType(type)}) AS ${name}`);
    await connection.run(`COPY (SELECT ${list.join(', ')} FROM ${from}) TO '${path}' ${PARQUET_OPTIONS}`);
    return path;
  };
  const paths: string[] = [];
  for (let from = 0; from < facts; from += PART_ROWS) {
    const range = `range(${from}, ${Math.min(from + PART_ROWS, facts)}) AS t(i)`;
    // Most orders come from few customers, as in a shop; a hundredth has no customer in the dimension.
    const customer = `CAST(pow((hash(i) % 1000003) / 1000003.0, 2) * ${dimensionRows * 1.01} AS BIGINT)`;
    const values = [
      'i',
      customer,
      "'product ' || (hash(i + 1) % 997)",
      'hash(i + 2) % 9 + 1',
      '(hash(i + 3) % 1000000) / 100',
      "TIMESTAMP '2025-01-01' + INTERVAL (hash(i + 4) % 31536000) SECOND",
    ];
    paths.push(await write(`facts-${paths.length}`, FACTS, values, range));
  }
  const customers = [
    'i',
    "'city ' || (hash(i) % 400)",
    "'segment ' || (hash(i + 1) % 5)",
    "DATE '2020-01-01' + CAST(i % 2000 AS INTEGER)",
  ];
  return {
    facts: paths,
    customers: [await write('customers', CUSTOMERS, customers, `range(${dimensionRows}) AS t(i)`)],
  };
}

export async function stage(s3: S3Client, folder: string, files: Files) {
  const counts = await DuckDBInstance.create(':memory:').then((instance) => instance.connect());
  const partOf = async (path: string): Promise<Part> => {
    const [row] = (await counts.runAndReadAll(`SELECT count(*) AS rows FROM '${path}'`)).getRowObjectsJS();
    const { key, etag, length } = await putFile(s3, WORK, `staged/${path.slice(folder.length + 1)}`, path);
    return { key, etag, length, rows: Number(row!.rows), format: 'parquet' };
  };
  const dataset = async (paths: readonly string[], columns: OutputColumn[]) => {
    const parts: Part[] = [];
    for (const path of paths) parts.push(await partOf(path));
    return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), columns, parts };
  };
  const document: Manifest = {
    step: 'bench',
    partition: 'all',
    datasets: { facts: await dataset(files.facts, FACTS), customers: await dataset(files.customers, CUSTOMERS) },
  };
  const path = join(folder, 'manifest.json');
  writeFileSync(path, JSON.stringify(document));
  return putFile(s3, WORK, 'staged/manifest.json', path);
}

export function eventFor(manifest: { key: string; etag: string; length: number }): TransformInput {
  const inputs = [
    { name: 'facts', columns: FACTS },
    { name: 'customers', columns: CUSTOMERS },
  ];
  return {
    run: BENCH_RUN,
    model: { name: 'by_city', sql: SQL, columns: RESULT, formats: ['parquet'], inputs },
    manifests: [manifest],
  };
}

/** Facts joined with a dimension and aggregated: the whole transform task (S3 → DuckDB → S3) beside bare DuckDB on the same Parquet, alternating. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { PARQUET_OPTIONS, sqlType } from '../../lambdas/shared/duckdb';
import { putFile } from '../../lambdas/shared/objects';
import { bundle } from '../../lib/constructs/bundle';
import type { Manifest, OutputColumn, Part, Run } from '../../lib/tasks/common';
import type { TransformInput } from '../../lib/tasks/transform';
import { type Measured, measure, median, startServer } from './processes';

const FOLDER = join(tmpdir(), 'stepwell-bench');
/** What an extract of row sources stages at a time. */
const PART_ROWS = 245_760;

export interface JoinResult {
  readonly facts: number;
  readonly dimensionRows: number;
  readonly megabytes: number;
  readonly taskSeconds: number;
  readonly bareSeconds: number;
  /** rows a second, task over bare */
  readonly ratio: number;
  readonly taskPeakMb: number;
  readonly barePeakMb: number;
}

const column = (name: string, type: OutputColumn['type']): OutputColumn => ({ name, type, nullable: true });
const FACTS = [
  column('order_id', { type: 'bigint' }),
  column('customer_id', { type: 'bigint' }),
  column('product', { type: 'text', length: 32 }),
  column('quantity', { type: 'integer' }),
  column('amount', { type: 'decimal', precision: 12, scale: 2 }),
  column('ordered_at', { type: 'timestamp' }),
];
const CUSTOMERS = [
  column('customer_id', { type: 'bigint' }),
  column('city', { type: 'text', length: 32 }),
  column('segment', { type: 'text', length: 16 }),
  column('signed_up', { type: 'date' }),
];
const RESULT = [
  column('city', { type: 'text', length: 32 }),
  column('segment', { type: 'text', length: 16 }),
  column('month', { type: 'date' }),
  column('orders', { type: 'bigint' }),
  column('customers', { type: 'bigint' }),
  column('quantity', { type: 'bigint' }),
  column('amount', { type: 'decimal', precision: 38, scale: 2 }),
];
const SQL = `SELECT c.city, c.segment, CAST(date_trunc('month', f.ordered_at) AS DATE) AS month,
  count(*) AS orders, count(DISTINCT f.customer_id) AS customers, CAST(sum(f.quantity) AS BIGINT) AS quantity, sum(f.amount) AS amount
FROM facts f JOIN customers c ON c.customer_id = f.customer_id
GROUP BY ALL`;

export async function measureJoin(facts: number, dimensionRows: number, repeats: number): Promise<JoinResult> {
  const folder = join(FOLDER, `join-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const server = await startServer(resolve('test/bench/s3-server.ts'), [join(folder, 's3')]);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  try {
    await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
    const files = await writeInputs(folder, facts, dimensionRows);
    const manifest = await stage(s3, folder, files);
    const eventFile = join(folder, 'event.json');
    writeFileSync(eventFile, JSON.stringify(eventFor(manifest)));
    const bareFile = join(folder, 'bare.json');
    writeFileSync(
      bareFile,
      JSON.stringify({ files, sql: SQL, parquet: PARQUET_OPTIONS, out: join(folder, 'bare.parquet') }),
    );
    const index = join(bundle('transform').directory, 'index.js');
    const task: Measured[] = [];
    const bare: Measured[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      bare.push(await measure(resolve('test/bench/bare-join.cjs'), [bareFile]));
      task.push(
        await measure(resolve('test/bench/function-process.cjs'), [index, eventFile, `join-${repeat}`], {
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048',
          WORK_BUCKET: 'work',
          LOG_LEVEL: 'WARN',
          NODE_NO_WARNINGS: '1',
        }),
      );
    }
    const found = task[0]!.output.rows;
    if (found !== bare[0]!.output.rows)
      throw new Error(`${found} rows, where bare DuckDB has ${bare[0]!.output.rows}.`);
    const taskMs = median(task.map(({ ms }) => ms));
    const bareMs = median(bare.map(({ ms }) => ms));
    return {
      facts,
      dimensionRows,
      megabytes:
        Object.values(files)
          .flat()
          .reduce((sum, path) => sum + readFileSync(path).length, 0) / 1e6,
      taskSeconds: taskMs / 1000,
      bareSeconds: bareMs / 1000,
      ratio: bareMs / taskMs,
      taskPeakMb: Math.max(...task.map(({ peakMb }) => peakMb)),
      barePeakMb: Math.max(...bare.map(({ peakMb }) => peakMb)),
    };
  } finally {
    s3.destroy();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Files {
  readonly facts: readonly string[];
  readonly customers: readonly string[];
}

async function writeInputs(folder: string, facts: number, dimensionRows: number): Promise<Files> {
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

async function stage(s3: S3Client, folder: string, files: Files) {
  const counts = await DuckDBInstance.create(':memory:').then((instance) => instance.connect());
  const partOf = async (path: string): Promise<Part> => {
    const [row] = (await counts.runAndReadAll(`SELECT count(*) AS rows FROM '${path}'`)).getRowObjectsJS();
    const { key, etag, length } = await putFile(s3, 'work', `staged/${path.slice(folder.length + 1)}`, path);
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
  return putFile(s3, 'work', 'staged/manifest.json', path);
}

function eventFor(manifest: { key: string; etag: string; length: number }): TransformInput {
  const run: Run = {
    pipeline: 'bench',
    runId: 'bench',
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:bench:bench',
    startedAt: '2026-01-05T00:00:00.000Z',
    loadKey: 'bench:0',
    loadId: '0000000000000000',
    generation: 0,
    arrival: '2026-01-05T00:00:00.000Z#0',
  };
  const inputs = [
    { name: 'facts', columns: FACTS },
    { name: 'customers', columns: CUSTOMERS },
  ];
  return {
    run,
    model: { name: 'by_city', sql: SQL, columns: RESULT, formats: ['parquet'], inputs },
    manifests: [manifest],
  };
}

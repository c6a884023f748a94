/** The whole extract task (S3 → typed, judged, modelled Parquet → S3) beside bare DuckDB on a local file, alternating. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PARQUET_OPTIONS, sqlType } from '../../lambdas/shared/duckdb';
import { putFile, unquoted } from '../../lambdas/shared/objects';
import { bundle } from '../../lib/constructs/bundle';
import type { Manifest, ObjectVersion, RejectedRow, Run } from '../../lib/tasks/common';
import type { ExtractFilesInput } from '../../lib/tasks/extract-files';
import { BENCH_COLUMNS, BENCH_SQL, type Generated, generate } from './generate';
import { type Measured, measure, median, startServer } from './processes';

const FOLDER = join(tmpdir(), 'stepwell-bench');
const FUNCTION = resolve('test/bench/function-process.cjs');
const BARE = resolve('test/bench/bare-duckdb.cjs');

export interface ExtractResult {
  readonly rows: number;
  readonly bytes: number;
  readonly rejected: number;
  readonly rejectsExact: boolean;
  readonly taskSeconds: number;
  readonly bareSeconds: number;
  /** rows a second, task over bare */
  readonly ratio: number;
  readonly taskPeakMb: number;
  readonly barePeakMb: number;
  readonly taskCpuSeconds: number;
  readonly bareCpuSeconds: number;
  /** of the local S3, which takes its share of the same cores while the task runs */
  readonly s3CpuSeconds: number;
}

export interface AllBadResult {
  readonly rows: number;
  readonly bytes: number;
  readonly rejected: number;
  readonly taskSeconds: number;
  readonly taskPeakMb: number;
}

export interface ExtractBench {
  compare(rows: number, repeats: number): Promise<ExtractResult>;
  allBad(rows: number): Promise<AllBadResult>;
  close(): Promise<void>;
}

export async function openExtractBench(): Promise<ExtractBench> {
  mkdirSync(FOLDER, { recursive: true });
  const state = join(FOLDER, `s3-${process.pid}`);
  const server = await startServer(resolve('test/bench/s3-server.ts'), [state]);
  const s3 = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  for (const Bucket of ['landing', 'work']) await s3.send(new CreateBucketCommand({ Bucket }));
  const index = join(bundle('extract-files').directory, 'index.js');
  let attempts = 0;

  const runTask = async (object: ObjectVersion): Promise<Measured> => {
    const eventFile = join(FOLDER, `event-${process.pid}.json`);
    writeFileSync(eventFile, JSON.stringify({ action: 'extract', ...eventFor(object) }));
    return measure(FUNCTION, [index, eventFile, `attempt-${attempts++}`], {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      WORK_BUCKET: 'work',
      PIPELINE: 'bench',
      POWERTOOLS_SERVICE_NAME: 'bench',
      POWERTOOLS_METRICS_NAMESPACE: 'Stepwell',
      LOG_LEVEL: 'WARN',
      NODE_NO_WARNINGS: '1',
    });
  };
  const runBare = (csv: string): Promise<Measured> => {
    const columns = BENCH_COLUMNS.map(({ name, type }) => `'${name}': '${sqlType(type)}'`).join(', ');
    const inputFile = join(FOLDER, `bare-${process.pid}.json`);
    writeFileSync(
      inputFile,
      JSON.stringify({
        csv,
        columns,
        sql: BENCH_SQL,
        parquet: PARQUET_OPTIONS,
        out: join(FOLDER, `bare-${process.pid}.parquet`),
      }),
    );
    return measure(BARE, [inputFile]);
  };
  const land = async (path: string): Promise<ObjectVersion> => {
    const key = `bench/${attempts++}.csv`;
    const { etag, length } = await putFile(s3, 'landing', key, path);
    return { bucket: 'landing', key, etag: unquoted(etag), size: length, lastModified: '2026-01-05T00:00:00.000Z' };
  };
  const readText = async (key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'work', Key: key }));
    return Body!.transformToString();
  };

  return {
    async compare(rows, repeats) {
      const { path, generated } = generateOnce(rows);
      const object = await land(path);
      const tasks: Measured[] = [];
      const bares: Measured[] = [];
      const servers: number[] = [];
      for (let repeat = 0; repeat < repeats; repeat++) {
        bares.push(await runBare(path));
        const before = server.cpuMs();
        tasks.push(await runTask(object));
        servers.push(server.cpuMs() - before);
      }
      const manifest: Manifest = JSON.parse(await readText(tasks[0]!.output.manifest!.key));
      const rejects = manifest.source!.quarantine
        ? (await readText(manifest.source!.quarantine.key))
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as RejectedRow)
        : [];
      const taskMs = median(tasks.map(({ ms }) => ms));
      const bareMs = median(bares.map(({ ms }) => ms));
      return {
        rows,
        bytes: generated.bytes,
        rejected: rejects.length,
        rejectsExact:
          isExact(rejects, generated) && tasks.every(({ output }) => output.rows + output.rejected! === rows),
        taskSeconds: taskMs / 1000,
        bareSeconds: bareMs / 1000,
        ratio: bareMs / taskMs,
        taskPeakMb: median(tasks.map(({ peakMb }) => peakMb)),
        barePeakMb: median(bares.map(({ peakMb }) => peakMb)),
        taskCpuSeconds: median(tasks.map(({ cpuMs }) => cpuMs)) / 1000,
        bareCpuSeconds: median(bares.map(({ cpuMs }) => cpuMs)) / 1000,
        s3CpuSeconds: median(servers) / 1000,
      };
    },
    async allBad(rows) {
      const { path, generated } = generateOnce(rows, true);
      const { ms, peakMb, output } = await runTask(await land(path));
      return { rows, bytes: generated.bytes, rejected: output.rejected!, taskSeconds: ms / 1000, taskPeakMb: peakMb };
    },
    async close() {
      s3.destroy();
      await server.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Kept between runs of the benchmark: 10 million rows take longer to write than to measure. */
function generateOnce(rows: number, allBad = false): { path: string; generated: Generated } {
  const path = join(FOLDER, `${allBad ? 'bad' : 'mixed'}-${rows}.csv`);
  const facts = `${path}.json`;
  if (existsSync(facts)) return { path, generated: JSON.parse(readFileSync(facts, 'utf8')) };
  process.stderr.write(`Writing ${path} …\n`);
  const generated = generate(path, rows, { allBad });
  writeFileSync(facts, JSON.stringify(generated));
  return { path, generated };
}

function isExact(rejects: readonly RejectedRow[], { rejects: expected }: Generated): boolean {
  return (
    rejects.length === expected.length &&
    rejects.every(({ raw, offset, line }, index) => {
      const wanted = expected[index]!;
      return raw === wanted.raw && offset === wanted.offset && line === wanted.line;
    })
  );
}

function eventFor(object: ObjectVersion): ExtractFilesInput {
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
  const columns = [
    ...BENCH_COLUMNS.map(({ name, type, nullable }) => ({ name, type, nullable })),
    { name: 'total', type: { type: 'decimal' as const, precision: 18, scale: 2 }, nullable: true },
  ];
  return {
    run,
    // a file whose every row is bad is read to its end
    source: { name: 'bench', columns: BENCH_COLUMNS, onDrift: { changedTypes: 'quarantine' }, onBadRow: {} },
    partition: { id: 'p1', object, format: { kind: 'csv' } },
    partitions: 1,
    datasets: [{ name: 'model', sql: BENCH_SQL, columns, formats: ['parquet'] }],
  };
}

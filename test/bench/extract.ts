/** The whole extract task (S3 → typed, judged, modelled Parquet → S3) beside bare DuckDB on a local file, alternating. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { PARQUET_OPTIONS, sqlType } from '../../lambdas/shared/duckdb';
import { putFile, unquoted } from '../../lambdas/shared/objects';
import { bundle } from '../../lib/constructs/bundle';
import type { Manifest, ObjectVersion, RejectedRow } from '../../lib/tasks/common';
import type { ExtractFilesInput } from '../../lib/tasks/extract-files';
import { BENCH_COLUMNS, BENCH_SQL, type Generated, generate } from './generate';
import { type Measured, measure, median } from './processes';
import { BENCH_RUN } from './run';
import { FOLDER, openTaskBench, WORK } from './tasks';

const LANDING = 'landing';

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
  const bench = await openTaskBench('extract');
  const { s3, services, folder } = bench;
  await s3.send(new CreateBucketCommand({ Bucket: LANDING }));
  const task = bundle('extract-files');
  let landed = 0;

  const runTask = (object: ObjectVersion): Promise<Measured> =>
    bench.run(task, { action: 'extract', ...eventFor(object) }, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' });
  const runBare = (csv: string): Promise<Measured> => {
    const columns = BENCH_COLUMNS.map(({ name, type }) => `'${name}': '${sqlType(type)}'`).join(', ');
    const bench = `read_csv('${csv}', header = true, delim = ',', quote = '"', escape = '"', auto_detect = false, strict_mode = true,
      buffer_size = 4194304, columns = {${columns}}, store_rejects = true, rejects_limit = 0)`;
    const out = join(folder, 'bare.parquet');
    const inputFile = join(folder, 'bare.json');
    writeFileSync(
      inputFile,
      JSON.stringify({ views: { bench }, sql: BENCH_SQL, parquet: PARQUET_OPTIONS, out, memory: '512MB' }),
    );
    return measure(resolve('test/bench/bare-duckdb.cjs'), [inputFile]);
  };
  const land = async (path: string): Promise<ObjectVersion> => {
    const key = `bench/${landed++}.csv`;
    const { etag, length } = await putFile(s3, LANDING, key, path);
    return { bucket: LANDING, key, etag: unquoted(etag), size: length, lastModified: '2026-01-05T00:00:00.000Z' };
  };
  const readText = async (key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: WORK, Key: key }));
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
        const before = services.cpuMs();
        tasks.push(await runTask(object));
        servers.push(services.cpuMs() - before);
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
    close: () => bench.close(),
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
  const columns = [
    ...BENCH_COLUMNS.map(({ name, type, nullable }) => ({ name, type, nullable })),
    { name: 'total', type: { type: 'decimal' as const, precision: 18, scale: 2 }, nullable: true },
  ];
  return {
    run: BENCH_RUN,
    // a file whose every row is bad is read to its end
    source: { name: 'bench', columns: BENCH_COLUMNS, onDrift: { changedTypes: 'quarantine' }, onBadRow: {} },
    partition: { id: 'p1', object, format: { kind: 'csv' } },
    partitions: 1,
    datasets: [{ name: 'model', sql: BENCH_SQL, columns, formats: ['parquet'] }],
  };
}

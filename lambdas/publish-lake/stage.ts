/** Writes a load's rows as partitioned Parquet under prefixes of its own, which no reader looks at until it is published. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BOOKKEEPING_COLUMNS, type LakeSink, type OutputColumn, type Run } from '../../lib/tasks/common';
import { ModelFailed, RowsDoNotReconcile } from '../../lib/tasks/errors';
import type { Loaded, PublishLakeInput } from '../../lib/tasks/load';
import { type Engine, openEngine, PARQUET_OPTIONS, quoteName, quoteText, rowsOf, storedType } from '../shared/duckdb';
import { datasetOf, manifestKey, mapLimited, readManifests, writeDocument } from '../shared/manifest';
import { putFile } from '../shared/objects';
import { stageInput } from '../shared/stage-inputs';
import { STAGED_TAG } from './expiring';
import { NULL_PARTITION, type StagedLake, type StagedPartition } from './staged-lake';

export interface LakeEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly lakeBucket: string;
  readonly attempt: string;
  readonly memoryMb?: number;
}

type StageInput = Extract<PublishLakeInput, { action: 'stage' }>;

const PARALLEL_UPLOADS = 4;
/** Readers are fastest with files of some hundred megabytes, and each file costs them a request or two. */
const FILE_BYTES = 256 * 1024 * 1024;

export async function stageLake(
  { run, sink, manifests }: StageInput,
  { s3, workBucket, lakeBucket, attempt, memoryMb }: LakeEnvironment,
): Promise<Loaded> {
  const dataset = datasetOf(await readManifests(s3, workBucket, manifests), sink.model, sink.columns);
  const columns = sink.evolve ? dataset.columns : sink.columns;
  const engine = await openEngine({ threads: availableParallelism(), ...(memoryMb === undefined ? {} : { memoryMb }) });
  try {
    const connection = await engine.connect();
    const rows = await stageInput(s3, workBucket, engine, connection, { ...dataset, columns });
    const written = rows === 0 ? [] : await writePartitions(connection, engine, run, sink, columns);
    connection.closeSync();
    const partitions: StagedPartition[] = [];
    for (const { folder, values, rows: partitionRows } of written) {
      const prefix = partitionPrefix(run, sink, attempt, folder);
      const paths = await parquetFiles(join(engine.folder, 'lake', folder));
      const files = await mapLimited(paths, PARALLEL_UPLOADS, (path, index) =>
        putFile(s3, lakeBucket, `${prefix}${index}.parquet`, path, { tags: STAGED_TAG }),
      );
      partitions.push({ values, prefix, rows: partitionRows, files });
    }
    const staged = partitions.reduce((sum, partition) => sum + partition.rows, 0);
    if (staged !== rows) throw new RowsDoNotReconcile(`${rows} rows of ${sink.model} became ${staged} in the lake.`);
    const document: StagedLake = { sink: sink.id, rows, columns: fileColumns(sink, columns), partitions };
    const key = manifestKey(run, `lake-${sink.id.replace(/[^A-Za-z0-9_-]+/g, '-')}`, 'all', attempt);
    return { sink: sink.id, rows, manifest: await writeDocument(s3, workBucket, key, document) };
  } finally {
    await engine.close();
  }
}

/** `<database>/<table>/<column>=<value>/…/_load_id=<load>/g<generation>-<run>-<attempt>/` */
function partitionPrefix(run: Run, sink: LakeSink, attempt: string, folder: string): string {
  const load = sink.write.mode === 'append' ? `_load_id=${run.loadId}/` : '';
  const partition = folder === '' ? '' : `${folder}/`;
  return `${sink.database}/${sink.table}/${partition}${load}g${run.generation}-${run.runId}-${attempt}/`;
}

/** Columns in the files. Partition columns are in the path alone, as Hive has it. */
function fileColumns(sink: LakeSink, columns: readonly OutputColumn[]): OutputColumn[] {
  const append = sink.write.mode === 'append';
  return [
    ...columns.filter(({ name }) => !sink.partitionBy.includes(name)),
    ...BOOKKEEPING_COLUMNS.filter(({ name }) => !append || name !== '_load_id'),
  ];
}

interface WrittenPartition {
  /** relative, with values as they stand in a path; empty for a table without partition columns */
  readonly folder: string;
  readonly values: string[];
  readonly rows: number;
}

async function writePartitions(
  connection: DuckDBConnection,
  engine: Engine,
  run: Run,
  sink: LakeSink,
  columns: readonly OutputColumn[],
): Promise<WrittenPartition[]> {
  const target = join(engine.folder, 'lake');
  const bookkeeping: Readonly<Record<string, string>> = {
    _load_id: quoteText(run.loadId),
    _loaded_at: `CAST(${quoteText(run.startedAt)} AS TIMESTAMPTZ)::TIMESTAMP`,
    _arrival: quoteText(run.arrival),
  };
  const data = fileColumns(sink, columns).map(({ name, type }) =>
    name in bookkeeping
      ? `${bookkeeping[name]} AS ${quoteName(name)}`
      : `CAST(${quoteName(name)} AS ${storedType(type)}) AS ${quoteName(name)}`,
  );
  const by = sink.partitionBy.map((name) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`);
  const select = `SELECT ${[...data, ...by].join(', ')} FROM ${quoteName(sink.model)}`;
  if (by.length === 0) {
    await mkdir(target);
    const path = join(target, 'data.parquet');
    const { rowsChanged } = await connection.run(`COPY (${select}) TO ${quoteText(path)} ${PARQUET_OPTIONS}`);
    return [{ folder: '', values: loadValue(run, sink), rows: Number(rowsChanged) }];
  }
  await refuseUnnamable(connection, sink);
  const names = sink.partitionBy.map(quoteName).join(', ');
  await connection.run(
    `COPY (${select}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (${names}), FILENAME_PATTERN 'data_{i}')`,
  );
  const written: WrittenPartition[] = [];
  for (const folder of await partitionFolders(target, sink.partitionBy.length)) {
    await compact(connection, join(target, folder));
    const files = listOf(await parquetFiles(join(target, folder)));
    const [count] = await rowsOf(
      connection,
      `SELECT count(*) AS rows FROM read_parquet(${files}, hive_partitioning = false)`,
    );
    const values = folder.split('/').map((part) => decodeURIComponent(part.slice(part.indexOf('=') + 1)));
    written.push({ folder, values: [...values, ...loadValue(run, sink)], rows: Number(count!.rows) });
  }
  return written;
}

/** A value is the name of a folder while it is written, and part of a key of at most 1,024 bytes then. */
const MOST_FOLDER_BYTES = 255;

async function refuseUnnamable(connection: DuckDBConnection, { model, partitionBy }: LakeSink): Promise<void> {
  for (const column of partitionBy) {
    const value = `CAST(${quoteName(column)} AS VARCHAR)`;
    const most = MOST_FOLDER_BYTES - column.length - 1;
    // Hive's readers take an empty name for NULL, as they do the name that stands for it.
    const refused = `${value} IN ('', ${quoteText(NULL_PARTITION)}) OR strlen(url_encode(${value})) > ${most}`;
    const [found] = await rowsOf(
      connection,
      `SELECT left(${value}, 60) AS value FROM ${quoteName(model)} WHERE ${refused} LIMIT 1`,
    );
    if (!found) continue;
    throw new ModelFailed(
      `Model ${model} has the value '${found.value}' in partition column ${column}, which cannot be the name of a partition: it is empty, too long or Hive's name for NULL. ` +
        'Nothing was published. Let the model give another value, or partition by another column.',
    );
  }
}

const loadValue = (run: Run, sink: LakeSink): string[] => (sink.write.mode === 'append' ? [run.loadId] : []);

const listOf = (paths: readonly string[]): string => `[${paths.map(quoteText).join(', ')}]`;

const parquetFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(folder, name));

/** DuckDB writes a file for each of its threads, and begins new ones while more than a hundred partitions are open. */
async function compact(connection: DuckDBConnection, folder: string): Promise<void> {
  const files = await parquetFiles(folder);
  if (files.length === 1) return;
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  // Neighbours go together as long as they make one file.
  let group: string[] = [];
  let bytes = 0;
  for (const [index, path] of files.entries()) {
    group.push(path);
    bytes += sizes[index]!;
    const next = sizes[index + 1];
    if (next !== undefined && bytes + next <= FILE_BYTES) continue;
    if (group.length > 1) {
      const from = `FROM read_parquet(${listOf(group)}, hive_partitioning = false)`;
      await connection.run(`COPY (${from}) TO ${quoteText(join(folder, `whole_${index}.parquet`))} ${PARQUET_OPTIONS}`);
      await Promise.all(group.map((one) => rm(one)));
    }
    group = [];
    bytes = 0;
  }
}

async function partitionFolders(target: string, depth: number): Promise<string[]> {
  let folders = [''];
  for (let level = 0; level < depth; level++) {
    const deeper: string[] = [];
    for (const folder of folders) {
      for (const name of (await readdir(join(target, folder))).sort()) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if ((await stat(join(target, path))).isDirectory()) deeper.push(path);
      }
    }
    folders = deeper;
  }
  return folders;
}

/**
 * Makes of a model's rows what a table that has one row for a key is to hold, and stages it in chunks, so that the publication needs no
 * DuckDB and can go on where it stopped. Whatever the table would refuse is found here, before anything is written.
 */
import { availableParallelism } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ManifestRef, OutputColumn, Run, Sink } from '../../lib/tasks/common';
import { ModelFailed } from '../../lib/tasks/errors';
import type { Loaded } from '../../lib/tasks/load';
import { openEngine, quoteName, rowsOf } from './duckdb';
import { datasetOf, manifestKey, partKey, readManifests, writeDocument } from './manifest';
import { putBytes } from './objects';
import { stageInput } from './stage-inputs';
import { type RowTexts, Unfit } from './unfit';

export interface StageRowsEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly attempt: string;
  readonly memoryMb?: number;
  /** of a chunk; for tests */
  readonly chunkItems?: number;
}

/** A table that has one row for a key. */
export interface KeyedTable {
  readonly sink: Pick<Sink, 'id' | 'model' | 'columns' | 'write' | 'evolve'>;
  /** as it is called in names of staged files */
  readonly table: string;
  /** as a person knows it: `DynamoDB table prices`, and what it holds for a key: `DynamoDB has one item` */
  readonly title: string;
  readonly hasOne: string;
  /** what its rows are called in names of staged files */
  readonly items: string;
  readonly keys: readonly string[];
  /** what is staged of a row, as JSON. @throws {Unfit} */
  readonly line: (row: RowTexts, columns: readonly OutputColumn[]) => unknown;
}

/** A chunk is in memory as a whole when it is published. */
const CHUNK_ITEMS = 20_000;
const CHUNK_BYTES = 16 * 1024 * 1024;
/** Rows that DuckDB ranks at once: more would need more memory than there is. */
const BUCKET_ROWS = 1_000_000;

interface Chunk extends ManifestRef {
  readonly items: number;
}

export async function stageRows(
  { run, manifests, sink }: { readonly run: Run; readonly manifests: readonly ManifestRef[]; readonly sink: Sink },
  table: KeyedTable,
  { s3, workBucket, attempt, memoryMb, chunkItems = CHUNK_ITEMS }: StageRowsEnvironment,
): Promise<Loaded> {
  const dataset = datasetOf(await readManifests(s3, workBucket, manifests), sink.model, sink.columns);
  const columns = sink.evolve ? dataset.columns : sink.columns;
  const engine = await openEngine({ threads: availableParallelism(), ...(memoryMb === undefined ? {} : { memoryMb }) });
  const chunks: Chunk[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const key = partKey(run, `${sink.model}-${table.items}`, table.table, attempt, chunks.length, 'ndjson.gz');
    const written = await putBytes(s3, workBucket, key, gzipSync(lines.join('\n'), { level: 1 }));
    chunks.push({ ...written, items: lines.length });
    lines = [];
    bytes = 0;
  };
  try {
    const connection = await engine.connect();
    const rows = await stageInput(s3, workBucket, engine, connection, { ...dataset, columns });
    const buckets = Math.ceil(rows / BUCKET_ROWS);
    for (let bucket = 0; bucket < buckets; bucket++) {
      const some = inBucket(table, bucket, buckets);
      if (sink.write.mode === 'replace') await refuseTwins(connection, table, some);
      const result = await connection.stream(selectRows(table, columns, some));
      const names = result.columnNames();
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        for (const row of chunk.getRowObjects(names) as unknown as RowTexts[]) {
          const line = JSON.stringify(fit(row, columns, table));
          lines.push(line);
          bytes += line.length;
          if (lines.length >= chunkItems || bytes >= CHUNK_BYTES) await flush();
        }
      }
    }
    await flush();
    connection.closeSync();
    const items = chunks.reduce((sum, chunk) => sum + chunk.items, 0);
    const key = manifestKey(run, `${table.items}-${table.table}`, 'all', attempt);
    const manifest = await writeDocument(s3, workBucket, key, { sink, run, items, chunks });
    return { sink: sink.id, rows, manifest };
  } finally {
    await engine.close();
  }
}

/** All rows of a key are in one bucket. */
function inBucket({ keys }: KeyedTable, bucket: number, buckets: number): string {
  return buckets === 1 ? 'true' : `hash(${keys.map(quoteName).join(', ')}) % ${buckets} = ${bucket}`;
}

/**
 * One row of each key: the newest, and of several the one with the greatest values, column by column, as in Redshift. Everything as text, which
 * has every digit.
 */
function selectRows({ sink, keys }: KeyedTable, columns: readonly OutputColumn[], some: string): string {
  const { write } = sink;
  const texts = columns.map((column) => {
    const value = quoteName(column.name);
    if (column.type.type === 'timestamp') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ') AS ${value}`;
    return `CAST(${value} AS VARCHAR) AS ${value}`;
  });
  const select = `SELECT ${texts.join(', ')} FROM ${quoteName(sink.model)} WHERE ${some}`;
  if (write.mode !== 'merge') return select;
  const first = [write.newestBy, write.deletedBy].filter((name) => name !== undefined);
  const others = columns.map(({ name }) => name).filter((name) => !write.keys.includes(name) && !first.includes(name));
  const order = [...first, ...others, ...write.keys].map((name) => `${quoteName(name)} DESC NULLS LAST`).join(', ');
  const ranked =
    `SELECT * FROM ${quoteName(sink.model)} WHERE ${some} ` +
    `QUALIFY row_number() OVER (PARTITION BY ${keys.map(quoteName).join(', ')} ORDER BY ${order}) = 1`;
  return `SELECT ${texts.join(', ')} FROM (${ranked})`;
}

async function refuseTwins(connection: DuckDBConnection, table: KeyedTable, some: string): Promise<void> {
  const keys = table.keys.map(quoteName);
  const shown = keys.map((key) => `CAST(${key} AS VARCHAR)`).join(` || ' / ' || `);
  const [found] = await rowsOf(
    connection,
    `SELECT ${shown} AS shown, count(*) AS rows FROM ${quoteName(table.sink.model)} WHERE ${some} GROUP BY ${keys.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  );
  if (!found) return;
  throw refused(
    table,
    `${found.rows} rows have the key ${String(found.shown).slice(0, 100)}, and ${table.hasOne} for a key`,
    'Make one row of them in the model, or use merge(key, { newestBy }).',
  );
}

function fit(row: RowTexts, columns: readonly OutputColumn[], table: KeyedTable): unknown {
  try {
    return table.line(row, columns);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const key = table.keys.map((name) => `${name} ${String(row[name] ?? 'NULL').slice(0, 60)}`).join(', ');
    const what = error.column === undefined ? error.message : `column ${error.column} ${error.message}`;
    throw refused(table, `the row with ${key}: ${what}`, 'Let the model give another value, or leave the row out.');
  }
}

const refused = ({ sink, title }: KeyedTable, what: string, remedy: string): ModelFailed =>
  new ModelFailed(`Model ${sink.model} does not fit into the ${title}: ${what}. Nothing was published. ${remedy}`);

/**
 * Makes items of a model's rows and stages them in chunks, so that the publication needs no DuckDB and can go on where it stopped.
 * Whatever DynamoDB would refuse is found here, before anything is written.
 */
import { availableParallelism } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DynamoSink, OutputColumn } from '../../lib/tasks/common';
import { ModelFailed } from '../../lib/tasks/errors';
import type { LoadDynamoInput, Loaded } from '../../lib/tasks/load';
import { openEngine, quoteName, rowsOf } from '../shared/duckdb';
import { itemOf } from '../shared/dynamo/item';
import { datasetOf, manifestKey, partKey, readManifests, writeDocument } from '../shared/manifest';
import { putBytes } from '../shared/objects';
import { stageInput } from '../shared/stage-inputs';
import type { StagedItems } from '../shared/staged-items';
import { type RowTexts, Unfit } from '../shared/unfit';

export interface LoadDynamoEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly attempt: string;
  readonly memoryMb?: number;
  /** of a chunk; for tests */
  readonly chunkItems?: number;
}

/** A chunk is in memory as a whole when it is published. */
const CHUNK_ITEMS = 20_000;
const CHUNK_BYTES = 16 * 1024 * 1024;
/** Rows that DuckDB ranks at once: more would need more memory than there is. */
const BUCKET_ROWS = 1_000_000;

export async function stageItems(
  { run, sink, manifests }: LoadDynamoInput,
  { s3, workBucket, attempt, memoryMb, chunkItems = CHUNK_ITEMS }: LoadDynamoEnvironment,
): Promise<Loaded> {
  const dataset = datasetOf(await readManifests(s3, workBucket, manifests), sink.model, sink.columns);
  const columns = sink.evolve ? dataset.columns : sink.columns;
  const engine = await openEngine({ threads: availableParallelism(), ...(memoryMb === undefined ? {} : { memoryMb }) });
  const chunks: StagedItems['chunks'] = [];
  let lines: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const key = partKey(run, `${sink.model}-items`, sink.table, attempt, chunks.length, 'ndjson.gz');
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
      const some = inBucket(sink, bucket, buckets);
      if (sink.write.mode === 'replace') await refuseTwins(connection, sink, some);
      const result = await connection.stream(selectItems(sink, columns, some));
      const names = result.columnNames();
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        for (const row of chunk.getRowObjects(names) as unknown as RowTexts[]) {
          const line = JSON.stringify(fit(row, columns, sink));
          lines.push(line);
          bytes += line.length;
          if (lines.length >= chunkItems || bytes >= CHUNK_BYTES) await flush();
        }
      }
    }
    await flush();
    connection.closeSync();
    const items = chunks.reduce((sum, chunk) => sum + chunk.items, 0);
    const document: StagedItems = { sink, run, items, chunks };
    const key = manifestKey(run, `items-${sink.table}`, 'all', attempt);
    return { sink: sink.id, rows, manifest: await writeDocument(s3, workBucket, key, document) };
  } finally {
    await engine.close();
  }
}

const keysOf = ({ key }: DynamoSink): string[] => [
  key.partitionKey,
  ...(key.sortKey === undefined ? [] : [key.sortKey]),
];

/** All rows of a key are in one bucket. */
function inBucket(sink: DynamoSink, bucket: number, buckets: number): string {
  return buckets === 1 ? 'true' : `hash(${keysOf(sink).map(quoteName).join(', ')}) % ${buckets} = ${bucket}`;
}

/**
 * One row of each key: the newest, and of several the one with the greatest values, column by column, as in Redshift. Everything as text, which
 * has every digit.
 */
function selectItems(sink: DynamoSink, columns: readonly OutputColumn[], some: string): string {
  const { write, ttl } = sink;
  const texts = columns.map(({ name, type }) => {
    const value = quoteName(name);
    if (name === ttl) return `CAST(CAST(floor(epoch(CAST(${value} AS TIMESTAMP))) AS BIGINT) AS VARCHAR) AS ${value}`;
    if (type.type === 'timestamp') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ') AS ${value}`;
    return `CAST(${value} AS VARCHAR) AS ${value}`;
  });
  const select = `SELECT ${texts.join(', ')} FROM ${quoteName(sink.model)} WHERE ${some}`;
  if (write.mode !== 'merge') return select;
  const first = [write.newestBy, write.deletedBy].filter((name) => name !== undefined);
  const others = columns.map(({ name }) => name).filter((name) => !write.keys.includes(name) && !first.includes(name));
  const order = [...first, ...others, ...write.keys].map((name) => `${quoteName(name)} DESC NULLS LAST`).join(', ');
  const keys = keysOf(sink).map(quoteName).join(', ');
  const ranked =
    `SELECT * FROM ${quoteName(sink.model)} WHERE ${some} ` +
    `QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${order}) = 1`;
  return `SELECT ${texts.join(', ')} FROM (${ranked})`;
}

async function refuseTwins(connection: DuckDBConnection, sink: DynamoSink, some: string): Promise<void> {
  const keys = keysOf(sink).map(quoteName);
  const shown = keys.map((key) => `CAST(${key} AS VARCHAR)`).join(` || ' / ' || `);
  const [found] = await rowsOf(
    connection,
    `SELECT ${shown} AS shown, count(*) AS rows FROM ${quoteName(sink.model)} WHERE ${some} GROUP BY ${keys.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  );
  if (!found) return;
  throw refused(
    sink,
    `${found.rows} rows have the key ${String(found.shown).slice(0, 100)}, and DynamoDB has one item for a key`,
    'Make one row of them in the model, or use merge(key, { newestBy }).',
  );
}

function fit(row: RowTexts, columns: readonly OutputColumn[], sink: DynamoSink) {
  try {
    return itemOf(row, columns, sink);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const key = keysOf(sink)
      .map((name) => `${name} ${String(row[name] ?? 'NULL').slice(0, 60)}`)
      .join(', ');
    const what = error.column === undefined ? error.message : `column ${error.column} ${error.message}`;
    throw refused(sink, `the row with ${key}: ${what}`, 'Let the model give another value, or leave the row out.');
  }
}

const refused = (sink: DynamoSink, what: string, remedy: string): ModelFailed =>
  new ModelFailed(
    `Model ${sink.model} does not fit into the DynamoDB table ${sink.table}: ${what}. Nothing was published. ${remedy}`,
  );

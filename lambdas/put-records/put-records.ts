/**
 * Puts a model's rows on a stream, part after part, row after row. Each is there at least once: a retry begins again where its invocation began.
 */
import type { GlueClient } from '@aws-sdk/client-glue';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import type { KinesisSink, OutputColumn } from '../../lib/tasks/common';
import { ModelFailed } from '../../lib/tasks/errors';
import type { PutCheckpoint, PutRecordsInput, PutRecordsOutput } from '../../lib/tasks/put';
import { openEngine } from '../shared/duckdb';
import { datasetOf, readManifests } from '../shared/manifest';
import { versionOf } from '../shared/stream/schema-versions';
import { batched, type StreamRecord, send } from '../shared/stream/send';
import { Unfit } from '../shared/unfit';
import { type NumberedRow, readPart } from './read-part';
import { recordOf } from './record';

export interface PutRecordsEnvironment {
  readonly kinesis: KinesisClient;
  readonly glue: Pick<GlueClient, 'send'>;
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly remainingMs: () => number;
  readonly firstWaitMs?: number;
}

/** What is left of a function's time when it stops: a batch that a busy stream takes slowly has to end. */
const RESERVE_MS = 90_000;

export async function putRecords(
  { sink, manifests, checkpoint }: PutRecordsInput,
  { kinesis, glue, s3, workBucket, remainingMs, firstWaitMs }: PutRecordsEnvironment,
): Promise<PutRecordsOutput> {
  const dataset = datasetOf(await readManifests(s3, workBucket, manifests), sink.model, sink.columns);
  const columns = sink.evolve ? dataset.columns : sink.columns;
  const parts = dataset.parts.filter(({ format }) => format === 'parquet');
  const versionId = sink.schema && (await versionOf(glue, sink.schema, sink.schema.definition));
  const engine = await openEngine({ threads: 1 });
  let at: PutCheckpoint = checkpoint ?? { part: 0, row: 0, rows: 0 };
  try {
    for (; at.part < parts.length; at = { ...at, part: at.part + 1, row: 0 }) {
      const rows = readPart(parts[at.part]!, at.row, columns, { s3, bucket: workBucket, engine });
      for await (const batch of batched(recordsOf(rows, (row) => toRecord(row, columns, sink, versionId)))) {
        await send(kinesis, batch, { stream: sink.stream, firstWaitMs });
        at = { ...at, row: at.row + batch.length, rows: at.rows + batch.length };
        if (remainingMs() < RESERVE_MS) return { checkpoint: at, published: null };
      }
    }
  } finally {
    await engine.close();
  }
  return { checkpoint: null, published: { sink: sink.id, rows: at.rows, changed: at.rows > 0 } };
}

function toRecord(
  { texts }: NumberedRow,
  columns: readonly OutputColumn[],
  sink: KinesisSink,
  versionId: string | undefined,
) {
  try {
    return recordOf(texts, columns, sink, versionId);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const row = `the row with ${sink.partitionBy} ${String(texts[sink.partitionBy] ?? 'NULL').slice(0, 60)}`;
    const what = error.column === undefined ? error.message : `column ${error.column} ${error.message}`;
    throw new ModelFailed(
      `Model ${sink.model} does not fit on the stream ${sink.stream}: ${row}: ${what}. Rows before it are on the stream, and the run's other sinks are published. Let the model give another value or leave the row out, deploy it, and start the run anew.`,
      { cause: error },
    );
  }
}

async function* recordsOf(
  chunks: AsyncIterable<NumberedRow[]>,
  toRecord: (row: NumberedRow) => StreamRecord,
): AsyncGenerator<StreamRecord> {
  for await (const rows of chunks) yield* rows.map(toRecord);
}

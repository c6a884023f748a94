/** Lines of a file, each as a record of a stream. */
import { createHash } from 'node:crypto';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import {
  batched,
  MOST_KEY_CHARACTERS,
  MOST_RECORD_BYTES,
  type StreamRecord,
  send,
  sizeOf,
} from '../../lambdas/shared/stream/send';
import type { Connection, DeployedStream } from './connection';
import { Refused } from './errors';

export interface PutOptions {
  /** member of the JSON that is the partition key, `login.uuid`; where it is missing, and without it, the line decides by its hash */
  readonly key?: string | undefined;
  /** how many are on the stream */
  readonly told?: (records: number) => void;
}

/**
 * Puts each line that is not empty, as it is: whether it fits the contract is judged by the function that takes it. Gives how many.
 *
 * @throws {Refused} for one that no stream takes; what came before it is on the stream
 */
export async function putLines(
  { client }: Pick<Connection, 'client'>,
  { name }: Pick<DeployedStream, 'name'>,
  lines: AsyncIterable<string> | Iterable<string>,
  { key, told }: PutOptions = {},
): Promise<number> {
  const kinesis = new KinesisClient(client);
  let put = 0;
  for await (const batch of batched(recordsOf(lines, key))) {
    await send(kinesis, batch, { stream: name });
    put += batch.length;
    told?.(put);
  }
  kinesis.destroy();
  return put;
}

async function* recordsOf(
  lines: AsyncIterable<string> | Iterable<string>,
  key: string | undefined,
): AsyncGenerator<StreamRecord> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const record = { Data: Buffer.from(line), PartitionKey: partitionKey(line, key) };
    const bytes = sizeOf(record);
    if (bytes > MOST_RECORD_BYTES)
      throw new Refused(
        `Line ${number} is a record of ${bytes} bytes, and a stream takes ${MOST_RECORD_BYTES} at most. The lines before it may be on the stream already.`,
      );
    yield record;
  }
}

function partitionKey(line: string, key: string | undefined): string {
  const value = key === undefined ? undefined : memberOf(line, key.split('.'));
  const text = value === undefined || value === null || typeof value === 'object' ? '' : String(value);
  return text !== '' && [...text].length <= MOST_KEY_CHARACTERS ? text : createHash('md5').update(line).digest('hex');
}

function memberOf(line: string, path: readonly string[]): unknown {
  try {
    return path.reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined,
      JSON.parse(line),
    );
  } catch {
    // A bad record is judged, not refused.
    return undefined;
  }
}

/**
 * One batch of records, until the stream has all of them. A stream that is busy takes some of a batch: those that it refused are put again, and
 * with each of them those of its key that came after it, so that the last word of a key is the last on the stream.
 */
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { StatementFailed } from '../../../lib/tasks/errors';

export interface StreamRecord {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
}

/** As Kinesis counts it. */
export const sizeOf = ({ Data, PartitionKey }: StreamRecord): number => Data.length + Buffer.byteLength(PartitionKey);

/** What a stream takes unless it was told otherwise, partition key included. */
export const MOST_RECORD_BYTES = 1024 * 1024;
export const MOST_KEY_CHARACTERS = 256;

/** A request takes so much; newer streams take more in bytes. */
const MOST_RECORDS = 500;
const MOST_BYTES = 5 * 1024 * 1024;

/** As many as a request takes. */
export async function* batched(
  records: AsyncIterable<StreamRecord> | Iterable<StreamRecord>,
): AsyncGenerator<StreamRecord[]> {
  let batch: StreamRecord[] = [];
  let bytes = 0;
  for await (const record of records) {
    const size = sizeOf(record);
    if (batch.length >= MOST_RECORDS || bytes + size > MOST_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

export interface SendOptions {
  readonly stream: string;
  /** about how long to wait before the second try; default 100 ms */
  readonly firstWaitMs?: number | undefined;
}

/** In a row, without a single record that is taken. After them the state machine waits, longer. */
const MOST_FRUITLESS_TRIES = 8;
const LONGEST_WAIT_MS = 5000;
/** Named as in THROTTLE_ERRORS. */
const THROTTLED = 'ProvisionedThroughputExceededException';

export async function send(
  client: KinesisClient,
  records: readonly StreamRecord[],
  { stream, firstWaitMs = 100 }: SendOptions,
): Promise<void> {
  let left = records;
  for (let fruitless = 0; left.length > 0; ) {
    const refused = await put(client, stream, left);
    if (refused.size === 0) return;
    fruitless = refused.size < left.length ? 0 : fruitless + 1;
    const [code, message] = refused.values().next().value!;
    if (fruitless >= MOST_FRUITLESS_TRIES)
      throw Object.assign(new Error(`The stream ${stream} takes none of ${left.length} records: ${message}`), {
        name: code === THROTTLED ? THROTTLED : 'StreamUnavailable',
      });
    left = fromFirstRefused(left, refused);
    await sleep(Math.random() * Math.min(firstWaitMs * 2 ** (fruitless + 1), LONGEST_WAIT_MS));
  }
}

/** By its place: why a record was not taken. */
type Refused = ReadonlyMap<number, readonly [code: string, message: string]>;

async function put(client: KinesisClient, stream: string, records: readonly StreamRecord[]): Promise<Refused> {
  try {
    const { Records = [] } = await client.send(new PutRecordsCommand({ StreamName: stream, Records: [...records] }));
    return new Map(
      Records.flatMap(({ ErrorCode, ErrorMessage = '' }, index) =>
        ErrorCode === undefined ? [] : [[index, [ErrorCode, `${ErrorCode}: ${ErrorMessage}`]] as const],
      ),
    );
  } catch (error) {
    const { name, message } = error as Error;
    if (name === THROTTLED) return new Map(records.map((_, index) => [index, [name, `${name}: ${message}`]]));
    if (name !== 'ResourceNotFoundException') throw error;
    throw new StatementFailed(
      `There is no stream ${stream} in this account and Region, or it is being made or deleted. Deploy the stack of the pipeline that reads it, and redrive the run: everything else of it is published.`,
      { cause: error },
    );
  }
}

function fromFirstRefused(records: readonly StreamRecord[], refused: Refused): StreamRecord[] {
  const keys = new Set<string>();
  return records.filter(({ PartitionKey }, index) => {
    if (refused.has(index)) keys.add(PartitionKey);
    return keys.has(PartitionKey);
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

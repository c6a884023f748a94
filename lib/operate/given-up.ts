/**
 * Batches of a stream that Lambda has given up: the on-failure queue says which, the records lie in the stream for as long as it keeps them.
 * They are handed to the same function again, which knows what it has done of them already.
 */
import { type _Record, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { type GetEventSourceMappingCommandOutput, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type FailureRecord, failureRecordIn, NOTES, notesIn } from '../tasks/given-up';
import { type Connection, type DeployedStream, regionOf } from './connection';
import { unreachableSentence } from './errors';
import { mappingOf } from './stream-mapping';

export interface GivenUpBatch {
  readonly shard: string;
  /** ISO 8601: when its first record came */
  readonly arrivedAt: string;
  /** RetryAttemptsExhausted, RecordAgeExceeded … */
  readonly why: string;
  readonly records: number;
}

export interface TakenAgain extends GivenUpBatch {
  /**
   * `taken`: all its records are where they belong. `failed`: the function has failed again. `expired`: the stream keeps
   * some of them no more; those it keeps have been taken.
   */
  readonly outcome: 'taken' | 'failed' | 'expired';
  /** of one that failed: what the function said */
  readonly error?: string;
  /** records that the stream keeps no more, at least */
  readonly missing?: number;
}

/** How many there are. */
export async function givenUpIn(
  { client }: Pick<Connection, 'client'>,
  { givenUpQueueUrl }: Pick<DeployedStream, 'givenUpQueueUrl'>,
): Promise<number> {
  const sqs = new SQSClient(client);
  const { Attributes } = await sqs
    .send(new GetQueueAttributesCommand({ QueueUrl: givenUpQueueUrl, AttributeNames: [...NOTES] }))
    .finally(() => sqs.destroy());
  return notesIn(Attributes);
}

/** Longer than a function may need for a call. */
const HIDDEN_SECONDS = 1000;

/**
 * Takes them one after the other, in the order in which the queue has them; each is told as it ends, also where a later one ends all of it. What
 * cannot be taken hinders none of the others, and is tried once.
 */
export async function takeAgain(
  connection: Connection,
  stream: DeployedStream,
  { dropExpired, told }: { readonly dropExpired: boolean; readonly told?: (batch: TakenAgain) => void },
): Promise<TakenAgain[]> {
  const { client } = connection;
  const sqs = new SQSClient(client);
  const QueueUrl = stream.givenUpQueueUrl;
  const mapping = await mappingOf(client, stream);
  const done: TakenAgain[] = [];
  /** by message */
  const left = new Map<string, string>();
  try {
    for (;;) {
      // One at a time: it is hidden from now on, not from when its turn comes.
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 1,
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      if (message === undefined) return done;
      const [id, ReceiptHandle] = [message.MessageId!, message.ReceiptHandle!];
      const wasTried = left.has(id);
      left.set(id, ReceiptHandle);
      // So long ago that it is seen again: whoever goes on with it would never end.
      if (wasTried) continue;
      const keep = () =>
        sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: HIDDEN_SECONDS }));
      const batch = await takeMessage(connection, mapping, message, keep);
      if (batch.outcome === 'taken' || (batch.outcome === 'expired' && dropExpired)) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        left.delete(id);
      }
      done.push(batch);
      told?.(batch);
    }
  } finally {
    // What could not be taken is there for the next time at once; where that fails, it comes by itself.
    for (const ReceiptHandle of left.values())
      await sqs
        .send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
        .catch(() => {});
    sqs.destroy();
  }
}

async function takeMessage(
  connection: Connection,
  mapping: GetEventSourceMappingCommandOutput,
  { Body = '', Attributes }: Message,
  keep: () => Promise<unknown>,
): Promise<TakenAgain> {
  const note = failureRecordIn(Body);
  if (note === undefined)
    return {
      shard: '?',
      arrivedAt: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
      why: '?',
      records: 0,
      outcome: 'failed',
      error: 'the message in the queue is none of those in which Lambda tells of a batch',
    };
  const { requestContext, KinesisBatchInfo: info } = note;
  const batch: GivenUpBatch = {
    shard: info.shardId,
    arrivedAt: info.approximateArrivalOfFirstRecord,
    why: requestContext.condition,
    records: info.batchSize,
  };
  try {
    return { ...batch, ...(await takeBatch(connection, mapping, info, keep)) };
  } catch (error) {
    if (unreachableSentence(error as Error) !== undefined) throw error;
    return { ...batch, outcome: 'failed', error: `${(error as Error).name}: ${(error as Error).message}` };
  }
}

async function takeBatch(
  connection: Connection,
  mapping: GetEventSourceMappingCommandOutput,
  info: FailureRecord['KinesisBatchInfo'],
  keep: () => Promise<unknown>,
): Promise<Pick<TakenAgain, 'outcome' | 'error' | 'missing'>> {
  const records = await recordsOf(connection, info);
  for (const call of callsOf(records, mapping)) {
    await keep();
    const error = await invoke(connection, mapping, info, call);
    if (error !== undefined) return { outcome: 'failed', error };
  }
  // The oldest go first. Lanes of a shard interleave, so that there may be more between the first and the last than the batch had.
  const isWhole = records[0]?.SequenceNumber === info.startSequenceNumber;
  return isWhole ? { outcome: 'taken' } : { outcome: 'expired', missing: Math.max(1, info.batchSize - records.length) };
}

/** What the stream still has between the two, both included. */
async function recordsOf(
  { client }: Connection,
  { shardId, startSequenceNumber, endSequenceNumber, streamArn }: FailureRecord['KinesisBatchInfo'],
): Promise<_Record[]> {
  const kinesis = new KinesisClient(client);
  const last = BigInt(endSequenceNumber);
  const found: _Record[] = [];
  try {
    let { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({
        StreamARN: streamArn,
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        StartingSequenceNumber: startSequenceNumber,
      }),
    );
    while (ShardIterator !== undefined) {
      const page = await kinesis.send(new GetRecordsCommand({ StreamARN: streamArn, ShardIterator }));
      const records = page.Records ?? [];
      found.push(...records.filter(({ SequenceNumber }) => BigInt(SequenceNumber!) <= last));
      const isBehind = records.some(({ SequenceNumber }) => BigInt(SequenceNumber!) >= last);
      if (isBehind || (records.length === 0 && page.MillisBehindLatest === 0)) break;
      ShardIterator = page.NextShardIterator;
    }
    // Of records that are kept no more, the iterator stands at the first one that is.
    return found.filter(({ SequenceNumber }) => BigInt(SequenceNumber!) >= BigInt(startSequenceNumber));
  } catch (error) {
    // A shard goes with its last record.
    if ((error as Error).name === 'ResourceNotFoundException') return found;
    throw error;
  } finally {
    kinesis.destroy();
  }
}

interface Call {
  readonly records: readonly _Record[];
  /** ISO 8601: of a mapping with tumbling windows */
  readonly window?: { readonly start: string; readonly end: string };
}

/** Below Lambda's 6 MB for an event, with what stands around each record. */
const MOST_BYTES = 4_000_000;

/** In order, each as small as the mapping makes them, and in one window. */
function callsOf(
  records: readonly _Record[],
  { BatchSize = 100, TumblingWindowInSeconds }: GetEventSourceMappingCommandOutput,
): Call[] {
  const calls: { records: _Record[]; bytes: number; window?: NonNullable<Call['window']> }[] = [];
  for (const record of records) {
    const window = TumblingWindowInSeconds ? windowAt(record, TumblingWindowInSeconds) : undefined;
    const bytes = Math.ceil(record.Data!.length / 3) * 4;
    const last = calls.at(-1);
    const fits =
      last &&
      last.records.length < BatchSize &&
      last.bytes + bytes <= MOST_BYTES &&
      last.window?.start === window?.start;
    if (fits) {
      last.records.push(record);
      last.bytes += bytes;
    } else calls.push({ records: [record], bytes, ...(window && { window }) });
  }
  return calls;
}

function windowAt({ ApproximateArrivalTimestamp }: _Record, seconds: number): NonNullable<Call['window']> {
  const ms = seconds * 1000;
  const start = Math.floor(ApproximateArrivalTimestamp!.getTime() / ms) * ms;
  return { start: new Date(start).toISOString(), end: new Date(start + ms).toISOString() };
}

/** Returns why it failed. */
async function invoke(
  connection: Connection,
  { FunctionArn }: GetEventSourceMappingCommandOutput,
  { shardId, streamArn }: FailureRecord['KinesisBatchInfo'],
  { records, window }: Call,
): Promise<string | undefined> {
  const lambda = new LambdaClient(connection.client);
  const event = {
    Records: records.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.PartitionKey,
        sequenceNumber: record.SequenceNumber,
        data: Buffer.from(record.Data!).toString('base64'),
        approximateArrivalTimestamp: record.ApproximateArrivalTimestamp!.getTime() / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${record.SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      awsRegion: regionOf(connection),
      eventSourceARN: streamArn,
    })),
    // What the mapping has counted of the same time since then stays as it is.
    isTakenAgain: true,
    ...(window && { window, state: {}, shardId, isFinalInvokeForWindow: true }),
  };
  const { FunctionError, Payload } = await lambda
    .send(new InvokeCommand({ FunctionName: FunctionArn, Payload: Buffer.from(JSON.stringify(event)) }))
    .finally(() => lambda.destroy());
  const answer = JSON.parse(Buffer.from(Payload!).toString()) as {
    errorMessage?: string;
    batchItemFailures?: readonly { itemIdentifier: string }[];
  };
  if (FunctionError !== undefined) return answer.errorMessage ?? FunctionError;
  const [undone] = answer.batchItemFailures ?? [];
  return undone && `not all of it could be written, from record ${undone.itemIdentifier} on: see the function's log`;
}

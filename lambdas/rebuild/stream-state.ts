/** How far a stream has been taken: what Kinesis has, held against the log of what was staged. */
import { type AttributeValue, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { getItem, type Ledger, ledgerKeys } from '../shared/ledger';
import type { BatchItem, ShardItem } from '../shared/stream/batch-items';
import { padded } from '../shared/stream/sequence-set';

export interface StagedFile {
  /** in the landing bucket */
  readonly key: string;
  readonly landed: boolean;
}

export interface StreamState {
  /** In words, where a record that came before this time (ms) is not staged yet. */
  waiting(before: number): Promise<string | undefined>;
  /** Files of the last hours in which records are that came before this time. */
  staged(before: number): Promise<StagedFile[]>;
}

/** In words, where a record that came before this time (ms) is in no file yet that has landed: who reads those would miss it. */
export async function notLanded(stream: StreamState, before: number, now: number): Promise<string | undefined> {
  const waiting = await stream.waiting(before);
  // What was staged earlier the sweeper has landed.
  if (waiting !== undefined || before < now - LOOK_BACK_MS) return waiting;
  const file = (await stream.staged(before)).find(({ landed }) => !landed);
  return file && `${file.key} was staged, and has not landed yet.`;
}

/** What was staged earlier is published, or its run has failed and says so. */
const LOOK_BACK_MS = 6 * 3_600_000;
/** An answer may be empty though there are records behind. */
const MOST_EMPTY = 50;

interface Found {
  readonly sequence: string;
  readonly arrivedAt: number;
}

export function streamState(
  kinesis: KinesisClient,
  ledger: Ledger,
  { pipeline, stream }: { readonly pipeline: string; readonly stream: string },
): StreamState {
  const shards = async (): Promise<string[]> => {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await kinesis.send(new ListShardsCommand(NextToken ? { NextToken } : { StreamName: stream }));
      found.push(...(page.Shards ?? []).map(({ ShardId }) => ShardId!));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  };

  const first = async (from: Omit<GetShardIteratorCommandInput, 'StreamName'>): Promise<Found | undefined> => {
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: stream, ...from }));
    let next = ShardIterator;
    for (let empty = 0; next !== undefined && empty < MOST_EMPTY; empty++) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: next, Limit: 1 }));
      const record = page.Records?.[0];
      if (record)
        return { sequence: record.SequenceNumber!, arrivedAt: record.ApproximateArrivalTimestamp?.getTime() ?? 0 };
      next = page.MillisBehindLatest === 0 ? undefined : page.NextShardIterator;
    }
    return undefined;
  };

  const latestOf = async (shard: string) =>
    (await getItem<ShardItem>(ledger, ledgerKeys.shard(pipeline, shard)))?.latest;

  return {
    async waiting(before) {
      for (const shard of await shards()) {
        // Batches of a shard that are taken side by side are not committed in their order.
        const [noted] = (await page(shard, { Limit: 1 })).batches;
        const latest = await latestOf(shard);
        const last = [noted, latest]
          .flatMap((batch) => (batch ? [batch.last] : []))
          .sort(bySequence)
          .at(-1);
        const found = await first(
          last
            ? { ShardId: shard, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last }
            : { ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' },
        );
        if (found && found.arrivedAt <= before)
          return `Records that came at ${new Date(found.arrivedAt).toISOString()} wait on ${shard} of the stream ${stream}.`;
      }
      return undefined;
    },

    async staged(before) {
      const files: StagedFile[] = [];
      for (const shard of await shards()) {
        const after = await first({ ShardId: shard, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(before) });
        const isOfBefore = ({ first: of }: BatchItem) => !after || padded(of) < padded(after.sequence);
        const latest = await latestOf(shard);
        const noted = await batchesSince(shard, before - LOOK_BACK_MS);
        // Its own item, once there is one, is what says that it has landed.
        const isNoted = noted.some(({ revision }) => revision === latest?.revision);
        for (const batch of latest && !isNoted ? [latest, ...noted] : noted)
          if (batch.key !== undefined && isOfBefore(batch)) files.push({ key: batch.key, landed: batch.landed });
      }
      return files;
    },
  };

  async function batchesSince(shard: string, since: number): Promise<BatchItem[]> {
    const found: BatchItem[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const { batches, next } = await page(shard, from ? { ExclusiveStartKey: from } : {});
      const recent = batches.filter(({ committedAt }) => Date.parse(committedAt) >= since);
      found.push(...recent);
      from = recent.length === batches.length ? next : undefined;
    } while (from !== undefined);
    return found;
  }

  /** The latest come first. */
  async function page(
    shard: string,
    more: Pick<QueryCommandInput, 'Limit' | 'ExclusiveStartKey'>,
  ): Promise<{ readonly batches: readonly BatchItem[]; readonly next: Record<string, AttributeValue> | undefined }> {
    const { Items = [], LastEvaluatedKey } = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': ledgerKeys.stagedBatch(pipeline, shard, '', 0).pk }),
        ScanIndexForward: false,
        ConsistentRead: true,
        ...more,
      }),
    );
    return { batches: Items.map((item) => unmarshall(item) as BatchItem), next: LastEvaluatedKey };
  }
}

const bySequence = (one: string, other: string): number => (padded(one) < padded(other) ? -1 : 1);

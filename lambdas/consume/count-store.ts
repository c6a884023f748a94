/** Where the counts of windows are written: tables of the pipeline, and the ledger, which knows how far. */
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';
import { type Pace, paced } from '../shared/pace';
import { type Aggregate, REBUILT_BY } from '../shared/stream/aggregates';
import type { CountStore } from './count-window';

export interface CountStoreOptions {
  readonly client: DynamoDBClient;
  readonly ledger: Ledger;
  readonly pipeline: string;
  readonly aggregates: readonly Aggregate[];
  readonly pace: Pace;
  /** how long the stream keeps a record: it may come again as long */
  readonly retentionHours: number;
  readonly now: () => number;
}

/** Lambda ends a window early whose state has more than 1 MB: two of them fit in. */
const MOST_STATE_BYTES = 500_000;
const DAY_SECONDS = 24 * 3600;
const never = () => false;
/** A call that is repeated long after must not turn back what a rebuild has counted anew. */
const UNLESS_REBUILT = {
  ConditionExpression: 'attribute_not_exists(#rebuilt)',
  ExpressionAttributeNames: { '#rebuilt': REBUILT_BY },
};

export function countStore({ client, ledger, pipeline, pace, ...options }: CountStoreOptions): CountStore {
  const keyOf = (shard: string, start: string) => ledgerKeys.countedWindow(pipeline, shard, start);
  return {
    aggregates: options.aggregates,
    mostStateBytes: MOST_STATE_BYTES,
    async put(items) {
      await paced(items, 0, pace, never, async ({ table, item }) => {
        try {
          const { $metadata } = await client.send(
            new PutItemCommand({ TableName: table, Item: item, ...UNLESS_REBUILT }),
          );
          pace.answered($metadata.attempts);
        } catch (error) {
          if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
        }
      });
    },
    async writtenUntil(shard, start) {
      return (await getItem<{ last: string }>(ledger, keyOf(shard, start)))?.last;
    },
    async noteWritten(shard, start, last) {
      const expiresAt = Math.ceil(options.now() / 1000) + options.retentionHours * 3600 + DAY_SECONDS;
      await putItem(ledger, keyOf(shard, start), { last, expiresAt });
    },
  };
}

/** Where the counts of windows are: documents in S3, items in tables of the pipeline, and the ledger, which knows what is in those. */
import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { countsPrefix } from '../../lib/tasks/stream';
import type { Ledger } from '../shared/ledger';
import { type Pace, paced } from '../shared/pace';
import { type Aggregate, REBUILT_BY } from '../shared/stream/aggregates';
import { isNotedWritten, noteWritten, readCounted, writeCounted } from '../shared/stream/counted';
import type { CountStore } from './window-counts';

export interface CountStoreOptions {
  readonly client: DynamoDBClient;
  readonly ledger: Ledger;
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly pipeline: string;
  readonly aggregates: readonly Aggregate[];
  readonly windowSeconds: number;
  readonly pace: Pace;
  readonly now: () => number;
}

const MOST_PART_BYTES = 500_000;
const never = () => false;
/**
 * A call that is repeated long after must not turn back what a rebuild has counted anew, nor what the same part has counted since: it only
 * grows.
 */
const UNLESS_NEWER = 'attribute_not_exists(#rebuilt) AND (attribute_not_exists(#count) OR #count <= :count)';

export function countStore(options: CountStoreOptions): CountStore {
  const { client, ledger, s3, workBucket, pipeline, pace, now, aggregates } = options;
  return {
    aggregates,
    windowMs: options.windowSeconds * 1000,
    mostPartBytes: MOST_PART_BYTES,
    now,
    read: (key) => readCounted(s3, workBucket, key),
    async write(shard, counted) {
      const key = `${countsPrefix(pipeline)}${shard}/${randomUUID()}.json.gz`;
      await writeCounted(s3, workBucket, key, counted);
      return key;
    },
    async put(items) {
      await paced(items, 0, pace, never, async ({ table, item, count }) => {
        try {
          const { $metadata } = await client.send(
            new PutItemCommand({
              TableName: table,
              Item: item,
              ConditionExpression: UNLESS_NEWER,
              ExpressionAttributeNames: { '#rebuilt': REBUILT_BY, '#count': count },
              ExpressionAttributeValues: { ':count': item[count]! },
            }),
          );
          pace.answered($metadata.attempts);
        } catch (error) {
          if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
        }
      });
    },
    isWritten: (shard, place) => isNotedWritten(ledger, pipeline, shard, place),
    noteWritten: (shard, place) => noteWritten(ledger, pipeline, shard, place, now()),
  };
}

/** A shard's log in the ledger, and its files in S3. */
import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { attemptsPrefix, COUNTS_KEPT_DAYS } from '../../lib/tasks/stream';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';
import { putBytes } from '../shared/objects';
import {
  type BatchFiles,
  type BatchItem,
  batchKey,
  landBatch,
  markBatchLanded,
  openUntilLanded,
  type ShardItem,
} from '../shared/stream/batch-items';
import { packSequences, padded, unpackSequences } from '../shared/stream/sequence-set';
import { type Entry, firstOf, type LogStore, lastOf } from './shard-log';

export interface LogStoreOptions extends BatchFiles {
  readonly ledger: Ledger;
  readonly pipeline: string;
  readonly shard: string;
  /** how long the stream keeps a record: it may come again as long */
  readonly retentionHours: number;
  readonly now: () => number;
}

const DAY_SECONDS = 24 * 3600;

export function logStore(options: LogStoreOptions): LogStore {
  const { ledger, pipeline, shard, retentionHours, s3, workBucket, now } = options;
  const shardKey = ledgerKeys.shard(pipeline, shard);

  const itemOf = (entry: Entry): BatchItem => ({
    pipeline,
    shard,
    revision: entry.revision,
    first: firstOf(entry),
    last: lastOf(entry),
    decided: packSequences(entry.decided),
    ...entry.file,
    ...(entry.counts === undefined ? {} : { counts: entry.counts }),
    committedAt: entry.committedAt,
    landed: entry.landed,
    expiresAt: Math.ceil(Date.parse(entry.committedAt) / 1000) + retentionHours * 3600 + DAY_SECONDS,
  });

  return {
    now,
    async state() {
      const item = await getItem<ShardItem>(ledger, shardKey);
      return item ? { revision: item.revision, latest: entryOf(item.latest) } : { revision: 0 };
    },
    async entriesFrom(sequence) {
      const entries: Entry[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await ledger.client.send(
          new QueryCommand({
            TableName: ledger.table,
            KeyConditionExpression: 'pk = :pk AND sk >= :sk',
            ExpressionAttributeValues: marshall({
              ':pk': ledgerKeys.stagedBatch(pipeline, shard, '', 0).pk,
              ':sk': padded(sequence),
            }),
            ConsistentRead: true,
            ...(from ? { ExclusiveStartKey: marshall(from) } : {}),
          }),
        );
        entries.push(...Items.map((item) => entryOf(unmarshall(item) as BatchItem)));
        from = LastEvaluatedKey && unmarshall(LastEvaluatedKey);
      } while (from !== undefined);
      return entries;
    },
    async putAside(content) {
      const key = `${attemptsPrefix(pipeline)}${shard}/${randomUUID()}.ndjson.gz`;
      await putBytes(s3, workBucket, key, content);
      return key;
    },
    async note(entry) {
      const item = itemOf(entry);
      await putItem(ledger, batchKey(item), { ...item, ...openUntilLanded(item) }, ABSENT);
    },
    commit(entry) {
      const latest = itemOf(entry);
      const { revision } = latest;
      const keptUntil = Math.ceil(now() / 1000) + COUNTS_KEPT_DAYS * DAY_SECONDS;
      const expiresAt = entry.counts === undefined ? latest.expiresAt : Math.max(latest.expiresAt, keptUntil);
      const before = { ':before': revision - 1 };
      return putItem(
        ledger,
        shardKey,
        { revision, latest, expiresAt, ...openUntilLanded(latest) } satisfies ShardItem,
        revision === 1 ? ABSENT : { expression: 'revision = :before', values: before },
      );
    },
    land: (file, content) => landBatch(options, file, content),
    markLanded: (entry) => markBatchLanded(ledger, itemOf(entry)),
  };
}

const entryOf = ({ revision, decided, attempt, key, counts, committedAt, landed }: BatchItem): Entry => ({
  revision,
  decided: unpackSequences(decided),
  ...(attempt === undefined || key === undefined ? {} : { file: { attempt, key } }),
  ...(counts === undefined ? {} : { counts }),
  committedAt,
  landed,
});

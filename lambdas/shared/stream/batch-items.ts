/** Batches that were staged, in the ledger and in S3: where they stand, and how one lands. */
import type { S3Client } from '@aws-sdk/client-s3';
import { type ItemKey, type Ledger, ledgerKeys, putItem, queryPrefix } from '../ledger';
import { putBytes, readWhole } from '../objects';
import { padded } from './sequence-set';

export interface BatchItem {
  readonly pipeline: string;
  readonly shard: string;
  readonly revision: number;
  readonly first: string;
  readonly last: string;
  /** packed sequence numbers, and what became of them */
  readonly decided: Uint8Array;
  /** in the work bucket; absent: nothing but duplicates */
  readonly attempt?: string;
  /** in the landing bucket */
  readonly key?: string;
  /** in the work bucket: counts of the shard's windows, with this batch */
  readonly counts?: string;
  readonly committedAt: string;
  readonly landed: boolean;
  /** seconds since 1970 */
  readonly expiresAt: number;
}

/** Of the shard itself: its latest batch, which has an item of its own once it has landed, or once the next one is committed. */
export interface ShardItem {
  readonly revision: number;
  readonly latest: BatchItem;
  readonly openPk?: 'stream';
  readonly dueAt?: string;
  readonly expiresAt: number;
}

/** Whoever has committed it lands it within seconds; after so long the sweeper does. */
const DUE_AFTER_MS = 5 * 60_000;

/** For the sweeper; nothing where it has landed. */
export const openUntilLanded = ({ landed, committedAt }: Pick<BatchItem, 'landed' | 'committedAt'>) =>
  landed ? {} : { openPk: 'stream' as const, dueAt: new Date(Date.parse(committedAt) + DUE_AFTER_MS).toISOString() };

export const batchKey = ({ pipeline, shard, last, revision }: BatchItem): ItemKey =>
  ledgerKeys.stagedBatch(pipeline, shard, padded(last), revision);

export interface BatchFiles {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly landingBucket: string;
}

/** Puts the file where runs find it, once: whatever is there already stays. `content`: of what was put aside, where it is at hand. */
export async function landBatch(
  { s3, workBucket, landingBucket }: BatchFiles,
  { attempt, key }: { readonly attempt: string; readonly key: string },
  content?: Uint8Array,
): Promise<void> {
  const bytes = content ?? (await readWhole(s3, { bucket: workBucket, key: attempt }));
  try {
    await putBytes(s3, landingBucket, key, bytes);
  } catch (error) {
    if ((error as Error).name !== 'PreconditionFailed') throw error;
  }
}

/** Beside the shard's item, which may name it or a later one: nobody notes it as open after that. */
export const markBatchLanded = (ledger: Ledger, batch: BatchItem): Promise<boolean> =>
  putItem(ledger, batchKey(batch), { ...batch, landed: true });

/** All shards of which something was staged, open or not, but for those that nothing has come of for long. */
export const shardItems = (ledger: Ledger, pipeline: string): Promise<ShardItem[]> =>
  queryPrefix(ledger, ledgerKeys.shard(pipeline, ''));

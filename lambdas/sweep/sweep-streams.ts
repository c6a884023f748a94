import { getItem, type Ledger, ledgerKeys, queryOpen } from '../shared/ledger';
import {
  type BatchFiles,
  type BatchItem,
  batchKey,
  landBatch,
  markBatchLanded,
  type ShardItem,
} from '../shared/stream/batch-items';
import { eachOf } from './each-of';

const BATCH = 25;

export interface SweepStreams extends BatchFiles {
  readonly ledger: Ledger;
  readonly now: () => number;
}

/** As the index has it: a batch, or a shard with its latest one. */
type Open = BatchItem | ShardItem;

/** Lands batches of streams that were committed, and whose function died before they landed. Returns how many. */
export async function sweepStreams(services: SweepStreams): Promise<number> {
  const due = await queryOpen<Open>(services.ledger, 'stream', new Date(services.now()).toISOString(), BATCH);
  const landed = await eachOf(due, (open) => sweepBatch('latest' in open ? open.latest : open, services));
  return landed.filter(Boolean).length;
}

async function sweepBatch(batch: BatchItem, services: SweepStreams): Promise<boolean> {
  if (await hasLanded(batch, services.ledger)) return false;
  const { attempt, key } = batch;
  if (attempt !== undefined && key !== undefined) await landBatch(services, { attempt, key });
  await markBatchLanded(services.ledger, batch);
  return true;
}

/** The index lags behind the table. */
async function hasLanded(batch: BatchItem, ledger: Ledger): Promise<boolean> {
  const shard = await getItem<ShardItem>(ledger, ledgerKeys.shard(batch.pipeline, batch.shard));
  const now = shard?.revision === batch.revision ? shard.latest : await getItem<BatchItem>(ledger, batchKey(batch));
  return now === undefined || now.landed;
}

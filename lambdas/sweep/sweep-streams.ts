import { getItem, type Ledger, ledgerKeys, queryOpen, updateItem } from '../shared/ledger';
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
  const landed = await eachOf(due, (open) =>
    'latest' in open ? sweepShard(open, services) : sweepBatch(open, services),
  );
  return landed.filter(Boolean).length;
}

/** Nothing has come since its latest batch. */
async function sweepShard({ revision, latest }: ShardItem, services: SweepStreams): Promise<boolean> {
  const landed = await sweepBatch(latest, services);
  await updateItem(
    services.ledger,
    ledgerKeys.shard(latest.pipeline, latest.shard),
    { openPk: undefined, dueAt: undefined },
    { expression: 'revision = :revision', values: { ':revision': revision } },
  );
  return landed;
}

async function sweepBatch(batch: BatchItem, services: SweepStreams): Promise<boolean> {
  // The index lags behind the table.
  if ((await getItem<BatchItem>(services.ledger, batchKey(batch)))?.landed) return false;
  const { attempt, key } = batch;
  if (attempt !== undefined && key !== undefined) await landBatch(services, { attempt, key });
  // As it was read from the index, it may have what that needs.
  const { openPk: _open, dueAt: _due, ...item } = batch as BatchItem & { openPk?: string; dueAt?: string };
  await markBatchLanded(services.ledger, item);
  return true;
}

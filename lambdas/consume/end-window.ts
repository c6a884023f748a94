/** Counts of windows that have ended go into their tables. */
import type { StreamPlan } from '../../lib/tasks/stream';
import type { Ledger } from '../shared/ledger';
import { shardItems } from '../shared/stream/batch-items';
import { windowText } from '../shared/stream/count-part';
import type { ShardLog } from './shard-log';
import type { WindowCounts } from './window-counts';

export interface EndWindowServices {
  readonly log: (shard: string) => ShardLog;
  readonly counts?: WindowCounts;
}

/**
 * A window of the shard has ended, and with it those before: what is counted of them, and is not in the tables. By its end, since
 * a mapping that is being changed may have longer ones than the function counts in.
 */
export async function endWindow(shard: string, end: string, { log, counts }: EndWindowServices): Promise<void> {
  if (counts) await counts.write(shard, await log(shard).counts(), ({ start }) => start < end);
}

export interface WriteLeftServices extends Pick<EndWindowServices, 'counts'> {
  readonly ledger: Ledger;
  readonly pipeline: string;
  readonly plan: Pick<StreamPlan, 'aggregates'>;
}

/** Nothing has come of the shard for so long: whoever was to end its last window has given that up, or has gone. */
const IDLE_MS = 10 * 60_000;

/**
 * What calls have left that were to end a window, and were given up, or never came. `now`: milliseconds since 1970.
 * @throws the first failure, when all shards were tried
 */
export async function writeLeft(now: number, { counts, ledger, pipeline, plan }: WriteLeftServices): Promise<void> {
  if (!counts || !plan.aggregates) return;
  const over = windowText(Math.floor(now / 1000) * 1000 - plan.aggregates.windowSeconds * 1000);
  const failures: unknown[] = [];
  for (const { latest } of await shardItems(ledger, pipeline)) {
    const isIdle = Date.parse(latest.committedAt) + IDLE_MS < now;
    await counts
      .write(latest.shard, latest.counts, ({ start }, isBehind) => isBehind || (isIdle && start <= over))
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** Runs again what has not succeeded of a backfill that has ended, or lacks some partitions, and nothing else. */
import { backfillsOf, findBackfill } from '../../operate/backfill/ledger';
import { planBackfillRerun } from '../../operate/backfill/rerun';
import { connect } from '../connect';
import type { VerbOptions } from '../printer';
import { startAndFollow } from './start';

export interface RerunOptions extends VerbOptions {
  /** as before unless told */
  readonly maxActive?: number;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function rerunBackfill(wanted: string, options: RerunOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await findBackfill(backfills, wanted);
  const { stateMachineArn, ...plan } = await planBackfillRerun(backfills, item);
  const { reprocess, order } = item;
  await startAndFollow(backfills, stateMachineArn, plan, {
    ...options,
    reprocess,
    order,
    maxActive: options.maxActive ?? item.maxActive,
  });
}

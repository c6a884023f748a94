/** The claim of a data interval: which run loads it. One item for each pipeline and interval. */
import type { Run } from '../../lib/tasks/common';
import { type Ledger, ledgerKeys, updateItem } from './ledger';

export interface IntervalClaim {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
  readonly status: 'claimed' | 'loaded';
  /** absent: false; a run before this one failed when it may have published some of it */
  readonly replaces?: boolean | undefined;
  /** ISO 8601 */
  readonly claimedAt: string;
  /** changes with every write by Admit: the condition of the next one */
  readonly revision: number;
}

/** Says that the run has loaded its interval, if it has one that is still its own. */
export async function markIntervalLoaded(ledger: Ledger, { pipeline, interval, executionArn }: Run): Promise<void> {
  if (interval === undefined) return;
  const mine = { expression: '#owner = :mine', names: { '#owner': 'owner' }, values: { ':mine': executionArn } };
  await updateItem(ledger, ledgerKeys.interval(pipeline, interval), { status: 'loaded' }, mine);
}

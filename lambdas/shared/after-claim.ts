/** The claim of another pipeline's load: which run loads it here. One item for each of its loads. */
import type { Run } from '../../lib/tasks/common';
import { type Ledger, ledgerKeys, updateItem } from './ledger';
import { hash } from './names';

/** Of the load that is made of another pipeline's. */
export function identityAfter(pipeline: string, upstreamLoadKey: string): { loadKey: string; loadId: string } {
  const loadKey = `${pipeline}:${hash(`after ${upstreamLoadKey}`)}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}

export interface AfterClaim {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
  readonly status: 'claimed' | 'loaded';
  /** of the load in the pipeline that has published it: a higher one is to be loaded in place of what this one has */
  readonly generation: number;
  /** its owner loads in place of an earlier load, or of what a run that failed has published of this one */
  readonly replaces: boolean;
  /** … since the other pipeline has loaded it anew: absent, false */
  readonly anew?: boolean;
  /** ISO 8601 */
  readonly claimedAt: string;
  /** changes with every write by Admit: the condition of the next one */
  readonly revision: number;
}

/** Says that the run has loaded what it is for, if that is still its own. */
export async function markAfterLoaded(ledger: Ledger, { pipeline, after, loadId, executionArn }: Run): Promise<void> {
  if (after === undefined) return;
  const mine = { expression: '#owner = :mine', names: { '#owner': 'owner' }, values: { ':mine': executionArn } };
  await updateItem(ledger, ledgerKeys.after(pipeline, loadId), { status: 'loaded' }, mine);
}

/**
 * Who loads what the other pipeline has loaded. One item a load, one conditional write a decision. What an attempt that died has claimed
 * is its own execution's, and once that has failed anybody may take it over.
 */
import type { AfterClaim } from '../shared/after-claim';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';

export interface LoadClaimRequest {
  readonly pipeline: string;
  readonly loadId: string;
  readonly execution: { readonly arn: string; readonly name: string };
  readonly upstream: { readonly pipeline: string; readonly runId: string; readonly generation: number };
  readonly reprocess: boolean;
}

export interface LoadClaimServices {
  readonly ledger: Ledger;
  readonly now: () => number;
  /** Whether the execution that owns the claim has ended without success, or is gone. */
  readonly ownerFailed: (claim: AfterClaim) => Promise<boolean>;
  /** Whether one that has failed may have published some of it. */
  readonly mayHavePublished: (claim: AfterClaim) => Promise<boolean>;
}

/** The claim, when it is this execution's now; else why it is not. */
export async function claimLoad(request: LoadClaimRequest, services: LoadClaimServices): Promise<AfterClaim | string> {
  const { pipeline, loadId, execution, upstream, reprocess } = request;
  const at = ledgerKeys.after(pipeline, loadId);
  for (;;) {
    const item = await getItem<AfterClaim>(services.ledger, at);
    if (item?.owner === execution.arn && item.status === 'claimed') return item;
    const isNewer = item !== undefined && upstream.generation > item.generation;
    if (item && !reprocess && !isNewer && !(await mayTakeOver(item, request, services))) {
      return takenBy(item, upstream);
    }
    const claim: AfterClaim = {
      owner: execution.arn,
      runId: execution.name,
      status: 'claimed',
      generation: Math.max(upstream.generation, item?.generation ?? 0),
      replaces: reprocess || isNewer || item?.replaces || (await isLeftHalfDone(item, services)),
      anew: isNewer || (item?.status === 'claimed' && item.anew === true),
      claimedAt: new Date(services.now()).toISOString(),
      revision: (item?.revision ?? 0) + 1,
    };
    const condition = item ? { expression: 'revision = :revision', values: { ':revision': item.revision } } : ABSENT;
    if (await putItem(services.ledger, at, claim, condition)) return claim;
  }
}

/** Who has claimed the load since this execution did, in words. What it has read of the ledger after its claim holds if nobody has. */
export async function claimedSince(
  { pipeline, loadId, execution, upstream }: Omit<LoadClaimRequest, 'reprocess'>,
  ledger: Ledger,
): Promise<string | undefined> {
  const item = await getItem<AfterClaim>(ledger, ledgerKeys.after(pipeline, loadId));
  return item && item.owner !== execution.arn ? takenBy(item, upstream) : undefined;
}

function takenBy({ status, runId }: AfterClaim, upstream: LoadClaimRequest['upstream']): string {
  const state = status === 'loaded' ? 'was loaded' : 'is being loaded';
  return `What run ${upstream.runId} of ${upstream.pipeline} has published ${state} by run ${runId}; start with "reprocess": true to load it again.`;
}

/** Of the one before, which this execution may take over. */
const isLeftHalfDone = async (
  item: AfterClaim | undefined,
  { mayHavePublished }: LoadClaimServices,
): Promise<boolean> => item?.status === 'claimed' && mayHavePublished(item);

async function mayTakeOver(
  claim: AfterClaim,
  { execution, upstream }: LoadClaimRequest,
  services: LoadClaimServices,
): Promise<boolean> {
  if (claim.owner === execution.arn) return true;
  // A later generation has been here: this one is out of date, whatever became of that.
  if (upstream.generation < claim.generation) return false;
  return claim.status === 'claimed' && services.ownerFailed(claim);
}

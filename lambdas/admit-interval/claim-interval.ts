/**
 * Who loads which data interval. One item an interval, one conditional write a decision. As for objects there is no release: what an
 * attempt that died has claimed is its own execution's, and once that has failed anybody may take it over.
 */
import type { Interval } from '../../lib/tasks/schedule';
import type { IntervalClaim } from '../shared/interval-claim';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';

export interface IntervalClaimRequest {
  readonly pipeline: string;
  readonly interval: Interval;
  readonly execution: { readonly arn: string; readonly name: string };
  readonly reprocess: boolean;
  /** the run that has loaded it in part, and whose missing partitions this one adds: it gives way to no other */
  readonly rerunOf?: string;
}

export interface IntervalClaimServices {
  readonly ledger: Ledger;
  readonly now: () => number;
  /** Whether the execution that owns the claim has ended without success, or is gone. */
  readonly ownerFailed: (claim: IntervalClaim) => Promise<boolean>;
  /** Whether one that has failed may have published some of it. */
  readonly mayHavePublished: (claim: IntervalClaim) => Promise<boolean>;
}

/** The claim, when the interval is this execution's now; else why it is not. */
export async function claimInterval(
  request: IntervalClaimRequest,
  services: IntervalClaimServices,
): Promise<IntervalClaim | string> {
  const { pipeline, interval, execution } = request;
  const at = ledgerKeys.interval(pipeline, interval);
  for (;;) {
    const item = await getItem<IntervalClaim>(services.ledger, at);
    if (item?.owner === execution.arn && item.status === 'claimed') return item;
    if (item && !(await mayTakeOver(item, request, services))) {
      if (request.rerunOf !== undefined) return goneOn(item, request);
      return takenBy(item, interval);
    }
    const claim: IntervalClaim = {
      owner: execution.arn,
      runId: execution.name,
      status: 'claimed',
      replaces: item?.replaces || (await isLeftHalfDone(item, services)),
      claimedAt: new Date(services.now()).toISOString(),
      revision: (item?.revision ?? 0) + 1,
    };
    const condition = item ? { expression: 'revision = :revision', values: { ':revision': item.revision } } : ABSENT;
    if (await putItem(services.ledger, at, claim, condition)) return claim;
  }
}

/** Who has claimed the interval since this execution did, in words. What it has read of the ledger after its claim holds if nobody has. */
export async function claimedSince(
  { pipeline, interval, execution }: Pick<IntervalClaimRequest, 'pipeline' | 'interval' | 'execution'>,
  ledger: Ledger,
): Promise<string | undefined> {
  const item = await getItem<IntervalClaim>(ledger, ledgerKeys.interval(pipeline, interval));
  return item && item.owner !== execution.arn ? takenBy(item, interval) : undefined;
}

function takenBy({ status, runId }: IntervalClaim, { start, end }: Interval): string {
  const state = status === 'loaded' ? 'was loaded' : 'is being loaded';
  return `The interval ${start} to ${end} ${state} by run ${runId}; start with "reprocess": true to load it again.`;
}

/** Of the one before, which this execution may take over. */
const isLeftHalfDone = async (
  item: IntervalClaim | undefined,
  { mayHavePublished }: IntervalClaimServices,
): Promise<boolean> => item?.status === 'claimed' && mayHavePublished(item);

async function mayTakeOver(
  claim: IntervalClaim,
  { execution, reprocess, rerunOf }: IntervalClaimRequest,
  services: IntervalClaimServices,
): Promise<boolean> {
  if (claim.owner === execution.arn || claim.runId === rerunOf || reprocess) return true;
  return claim.status === 'claimed' && services.ownerFailed(claim);
}

/** Somebody was faster: what is missing may be there, or on its way. */
function goneOn({ status, runId }: IntervalClaim, { interval, rerunOf }: IntervalClaimRequest): string {
  const span = `${interval.start} to ${interval.end}`;
  return status === 'loaded'
    ? `The interval ${span} was loaded anew by run ${runId} since run ${rerunOf}: if that is partial too, rerun it instead.`
    : `The interval ${span} is being loaded by run ${runId} just now: when that has ended, see whether anything is still missing.`;
}

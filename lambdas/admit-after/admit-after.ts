import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitAfterInput, AdmitAfterOutput } from '../../lib/tasks/admit-after';
import type { Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { begun, recordAdmitted, recordSkipped } from '../shared/admission';
import { type AfterClaim, identityAfter } from '../shared/after-claim';
import { cursorBoundsOf } from '../shared/cursor-bounds';
import { generationOf } from '../shared/generation';
import type { Ledger } from '../shared/ledger';
import { mayHavePublished, ownerFailed } from '../shared/owner-failed';
import { claimedSince, claimLoad } from './claim-load';
import { findUpstream, type UpstreamItem } from './find-upstream';
import { parseTrigger } from './parse-trigger';

export interface AdmitAfterServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly now: () => number;
}

/** Claims the other pipeline's load for this run. A retry, after whatever its answer was lost, answers the same. */
export async function admitAfter(input: AdmitAfterInput, services: AdmitAfterServices): Promise<AdmitAfterOutput> {
  const { pipeline, execution, upstream, reads, cursors, appends } = input;
  const { ledger, now } = services;
  const trigger = parseTrigger(input.trigger, upstream);
  const found = await findUpstream(ledger, upstream, trigger);
  // Nobody's mistake, and of no interest: the other pipeline's ledger has it.
  if (typeof found === 'string') return { outcome: 'ignored', reason: found };
  const { runId, generation, interval, staged } = found;
  const after = { pipeline: upstream, runId };
  if (reads && staged === undefined) throw keptNothing(found);

  const { loadKey, loadId } = identityAfter(pipeline, found.loadKey);
  const failed = (claim: AfterClaim) => ownerFailed(claim, pipeline, services, (run) => run.loadKey === loadKey);
  const skip = async (reason: string): Promise<AdmitAfterOutput> => {
    await recordSkipped(ledger, pipeline, execution, { reason, after, ...(interval ? { interval } : {}) }, now());
    return { outcome: 'duplicate', reason };
  };
  const wanted = { pipeline, loadId, execution, upstream: { ...after, generation } };
  const claim = await claimLoad(
    { ...wanted, reprocess: trigger.reprocess },
    { ledger, now, ownerFailed: failed, mayHavePublished: (of) => mayHavePublished(of, pipeline, services) },
  );
  if (typeof claim === 'string') return skip(claim);

  const run: Run = {
    ...begun(pipeline, execution, { loadKey, loadId }),
    ...(await generationOf(ledger, {
      pipeline,
      loadId,
      execution: execution.arn,
      reprocess: trigger.reprocess || claim.anew === true,
      replaces: claim.replaces,
      yields: trigger.replayOf !== undefined,
    })),
    arrival: found.arrival,
    after,
    ...(interval ? { interval } : {}),
  };
  const since = await claimedSince(wanted, ledger);
  if (since !== undefined) return skip(since);
  const bounds =
    interval === undefined
      ? {}
      : await cursorBoundsOf({ pipeline, interval, cursors, appends, forward: trigger.interval === undefined }, ledger);
  const replay = trigger.replayOf === undefined ? {} : { replayOf: trigger.replayOf };
  await recordAdmitted(ledger, run, { after, ...(interval ? { interval } : {}), ...replay }, now());
  return { outcome: 'admitted', run, cursors: bounds, upstream: { ...after, staged: staged ?? null } };
}

const keptNothing = ({ pipeline, runId }: UpstreamItem) =>
  new InvalidTaskInput(
    `Run ${runId} of ${pipeline} has kept nothing for other pipelines: it began before ${pipeline} was deployed together with this one. ` +
      `Deploy ${pipeline}, and load again what that run has loaded, with "reprocess": true.`,
  );

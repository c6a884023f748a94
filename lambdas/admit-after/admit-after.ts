import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitAfterInput, AdmitAfterOutput } from '../../lib/tasks/admit-after';
import type { Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { recordAdmitted, recordSkipped } from '../shared/admission';
import { type AfterClaim, identityAfter } from '../shared/after-claim';
import { cursorBoundsOf } from '../shared/cursor-bounds';
import { generationOf } from '../shared/generation';
import type { Ledger } from '../shared/ledger';
import { ownerFailed } from '../shared/owner-failed';
import { claimLoad } from './claim-load';
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
  const claim = await claimLoad(
    { pipeline, loadId, execution, upstream: { ...after, generation }, reprocess: trigger.reprocess },
    { ledger, now, ownerFailed: failed },
  );
  if (typeof claim === 'string') {
    await recordSkipped(
      ledger,
      pipeline,
      execution,
      { reason: claim, after, ...(interval ? { interval } : {}) },
      now(),
    );
    return { outcome: 'duplicate', reason: claim };
  }

  const run: Run = {
    pipeline,
    runId: execution.name,
    executionArn: execution.arn,
    startedAt: execution.startedAt,
    loadKey,
    loadId,
    generation: await generationOf(ledger, { pipeline, loadId, execution: execution.arn, reprocess: claim.replaces }),
    arrival: found.arrival,
    after,
    ...(interval ? { interval } : {}),
    ...(trigger.replayOf === undefined ? {} : { yields: true }),
  };
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

import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitIntervalInput, AdmitIntervalOutput } from '../../lib/tasks/admit-interval';
import type { Interval } from '../../lib/tasks/schedule';
import { recordAdmitted, recordSkipped } from '../shared/admission';
import { generationOf } from '../shared/generation';
import type { IntervalClaim } from '../shared/interval-claim';
import type { Ledger } from '../shared/ledger';
import { hash } from '../shared/names';
import { ownerFailed } from '../shared/owner-failed';
import { claimInterval } from './claim-interval';
import { cursorBoundsOf } from './cursor-bounds';
import { parseTrigger } from './parse-trigger';

export interface AdmitIntervalServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly now: () => number;
}

/** Claims the interval for this run. A retry, after whatever its answer was lost, answers the same. */
export async function admitInterval(
  input: AdmitIntervalInput,
  services: AdmitIntervalServices,
): Promise<AdmitIntervalOutput> {
  const { pipeline, execution, cursors, appends } = input;
  const { ledger, now } = services;
  const { interval, reprocess, forward } = parseTrigger(input.trigger, input.schedule, execution.startedAt);
  const failed = (claim: IntervalClaim) =>
    ownerFailed(claim, pipeline, services, ({ interval: other }) => other?.start === interval.start);
  const reason = await claimInterval(
    { pipeline, interval, execution, reprocess },
    { ledger, now, ownerFailed: failed },
  );
  if (reason !== undefined) {
    await recordSkipped(ledger, pipeline, execution, { reason, interval }, now());
    return { outcome: 'duplicate', reason };
  }

  const bounds = await cursorBoundsOf({ pipeline, interval, cursors, appends, forward }, ledger);
  const { loadKey, loadId } = intervalIdentity(pipeline, interval);
  const run = {
    pipeline,
    runId: execution.name,
    executionArn: execution.arn,
    startedAt: execution.startedAt,
    loadKey,
    loadId,
    generation: await generationOf(ledger, { pipeline, loadId, execution: execution.arn, reprocess }),
    arrival: arrivalOf(interval),
    interval,
  };
  await recordAdmitted(ledger, run, { interval }, now());
  return { outcome: 'admitted', run, cursors: bounds };
}

/** The load key of an interval: never the execution. */
function intervalIdentity(pipeline: string, { start, end }: Interval): { loadKey: string; loadId: string } {
  const loadKey = `${pipeline}:${hash(`interval ${start}/${end}`)}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}

/** `_arrival` in the targets: a later interval's row is the newer one, whichever of the two runs was first. */
const arrivalOf = ({ end }: Interval): string => `${end}#${'0'.repeat(32)}`;

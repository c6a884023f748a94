import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitIntervalInput, AdmitIntervalOutput } from '../../lib/tasks/admit-interval';
import type { Run } from '../../lib/tasks/common';
import type { Interval } from '../../lib/tasks/schedule';
import { begun, recordAdmitted, recordSkipped } from '../shared/admission';
import { cursorBoundsOf } from '../shared/cursor-bounds';
import { type GenerationRequest, generationOf, loadOf } from '../shared/generation';
import type { IntervalClaim } from '../shared/interval-claim';
import type { Ledger } from '../shared/ledger';
import { hash } from '../shared/names';
import { mayHavePublished, ownerFailed } from '../shared/owner-failed';
import { claimedSince, claimInterval, type IntervalClaimRequest } from './claim-interval';
import { parseRerun, parseTrigger } from './parse-trigger';
import { readPartialRun } from './partial-run';

export interface AdmitIntervalServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  /** what runs have staged; absent where none can be partial */
  readonly staged?: { readonly s3: S3Client; readonly workBucket: string };
  /** starts runs of intervals before this one that the schedule has missed; absent: nobody does */
  readonly catchUp?: (interval: Interval) => Promise<void>;
  readonly now: () => number;
}

/** Claims the interval for this run. A retry, after whatever its answer was lost, answers the same. */
export async function admitInterval(
  input: AdmitIntervalInput,
  services: AdmitIntervalServices,
): Promise<AdmitIntervalOutput> {
  const rerunOf = parseRerun(input.trigger);
  return rerunOf === undefined ? admitAnew(input, services) : admitRerun(input, rerunOf, services);
}

async function admitAnew(input: AdmitIntervalInput, services: AdmitIntervalServices): Promise<AdmitIntervalOutput> {
  const { pipeline, execution, cursors, appends, sources } = input;
  const { ledger, now } = services;
  const { interval, reprocess, replayOf, forward, scheduled } = parseTrigger(
    input.trigger,
    input.schedule,
    execution.startedAt,
  );
  if (scheduled) await services.catchUp?.(interval);
  const claimed = await claim({ pipeline, interval, execution, reprocess }, services);
  if (typeof claimed === 'string') return skip(input, interval, claimed, services);

  const bounds = await cursorBoundsOf({ pipeline, interval, cursors, appends, forward }, ledger);
  const raised = { reprocess, replaces: claimed.replaces ?? false, yields: replayOf !== undefined };
  const run = await runOf(input, interval, raised, services);
  const since = await claimedSince({ pipeline, interval, execution }, ledger);
  if (since !== undefined) return skip(input, interval, since, services);
  // What a rerun needs to know, if this run should be partial.
  const partial = sources === undefined ? {} : { sources, cursors: bounds };
  await recordAdmitted(ledger, run, { interval, ...partial, ...(replayOf === undefined ? {} : { replayOf }) }, now());
  return {
    outcome: 'admitted',
    run,
    cursors: bounds,
    ...(sources === undefined ? {} : { reused: {} }),
  };
}

/** The missing partitions of a partial run: under its load key, one generation later, so that it takes the place of what that has published. */
async function admitRerun(
  input: AdmitIntervalInput,
  rerunOf: string,
  services: AdmitIntervalServices,
): Promise<AdmitIntervalOutput> {
  const { pipeline, execution } = input;
  const { ledger, now } = services;
  const { interval, loadId, sources, cursors, reused } = await readPartialRun(input, rerunOf, services);
  const { loaded } = (await loadOf(ledger, pipeline, loadId)) ?? {};
  const claimed =
    loaded && loaded.runId !== rerunOf
      ? `The interval ${interval.start} to ${interval.end} was loaded anew by run ${loaded.runId} since run ${rerunOf}: if that is partial too, rerun it instead.`
      : await claim({ pipeline, interval, execution, reprocess: false, rerunOf }, services);
  if (typeof claimed === 'string') return skip(input, interval, claimed, services);

  const run = await runOf(input, interval, { reprocess: true, yields: true }, services);
  const since = await claimedSince({ pipeline, interval, execution }, ledger);
  if (since !== undefined) return skip(input, interval, since, services);
  await recordAdmitted(ledger, run, { interval, sources, cursors, rerunOf }, now());
  return { outcome: 'admitted', run, cursors, reused };
}

function claim(request: IntervalClaimRequest, services: AdmitIntervalServices): Promise<IntervalClaim | string> {
  const { pipeline, interval } = request;
  const { ledger, now } = services;
  const failed = (of: IntervalClaim) =>
    ownerFailed(of, pipeline, services, ({ interval: other }) => other?.start === interval.start);
  return claimInterval(request, {
    ledger,
    now,
    ownerFailed: failed,
    mayHavePublished: (of) => mayHavePublished(of, pipeline, services),
  });
}

async function skip(
  { pipeline, execution }: AdmitIntervalInput,
  interval: Interval,
  reason: string,
  { ledger, now }: AdmitIntervalServices,
): Promise<AdmitIntervalOutput> {
  await recordSkipped(ledger, pipeline, execution, { reason, interval }, now());
  return { outcome: 'duplicate', reason };
}

async function runOf(
  { pipeline, execution }: AdmitIntervalInput,
  interval: Interval,
  raised: Pick<GenerationRequest, 'reprocess' | 'replaces' | 'yields'>,
  { ledger }: AdmitIntervalServices,
): Promise<Run & { interval: Interval }> {
  const { loadKey, loadId } = intervalIdentity(pipeline, interval);
  return {
    ...begun(pipeline, execution, { loadKey, loadId }),
    ...(await generationOf(ledger, { pipeline, loadId, execution: execution.arn, ...raised })),
    arrival: arrivalOf(interval),
    interval,
  };
}

/** The load key of an interval: never the execution. */
function intervalIdentity(pipeline: string, { start, end }: Interval): { loadKey: string; loadId: string } {
  const loadKey = `${pipeline}:${hash(`interval ${start}/${end}`)}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}

/** `_arrival` in the targets: a later interval's row is the newer one, whichever of the two runs was first. */
const arrivalOf = ({ end }: Interval): string => `${end}#${'0'.repeat(32)}`;

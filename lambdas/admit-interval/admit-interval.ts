import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { AdmitIntervalInput, AdmitIntervalOutput } from '../../lib/tasks/admit-interval';
import type { Run } from '../../lib/tasks/common';
import type { Interval } from '../../lib/tasks/schedule';
import { recordAdmitted, recordSkipped } from '../shared/admission';
import { cursorBoundsOf } from '../shared/cursor-bounds';
import { generationOf, loadOf } from '../shared/generation';
import type { IntervalClaim } from '../shared/interval-claim';
import type { Ledger } from '../shared/ledger';
import { hash } from '../shared/names';
import { ownerFailed } from '../shared/owner-failed';
import { claimInterval, type IntervalClaimRequest } from './claim-interval';
import { parseRerun, parseTrigger } from './parse-trigger';
import { readPartialRun } from './partial-run';

export interface AdmitIntervalServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  /** what runs have staged; absent where none can be partial */
  readonly staged?: { readonly s3: S3Client; readonly workBucket: string };
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
  const { interval, reprocess, replayOf, forward } = parseTrigger(input.trigger, input.schedule, execution.startedAt);
  const reason = await claim({ pipeline, interval, execution, reprocess }, services);
  if (reason !== undefined) return skip(input, interval, reason, services);

  const bounds = await cursorBoundsOf({ pipeline, interval, cursors, appends, forward }, ledger);
  const run = await runOf(input, interval, reprocess, services);
  const yielding: Run & { interval: Interval } = replayOf === undefined ? run : { ...run, yields: true };
  // What a rerun needs to know, if this run should be partial.
  const partial = sources === undefined ? {} : { sources, cursors: bounds };
  await recordAdmitted(ledger, run, { interval, ...partial, ...(replayOf === undefined ? {} : { replayOf }) }, now());
  return {
    outcome: 'admitted',
    run: yielding,
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
  const reason =
    loaded && loaded.runId !== rerunOf
      ? `The interval ${interval.start} to ${interval.end} was loaded anew by run ${loaded.runId} since run ${rerunOf}: if that is partial too, rerun it instead.`
      : await claim({ pipeline, interval, execution, reprocess: false, rerunOf }, services);
  if (reason !== undefined) return skip(input, interval, reason, services);

  const run: Run & { interval: Interval } = { ...(await runOf(input, interval, true, services)), yields: true };
  await recordAdmitted(ledger, run, { interval, sources, cursors, rerunOf }, now());
  return { outcome: 'admitted', run, cursors, reused };
}

function claim(request: IntervalClaimRequest, services: AdmitIntervalServices): Promise<string | undefined> {
  const { pipeline, interval } = request;
  const { ledger, now } = services;
  const failed = (of: IntervalClaim) =>
    ownerFailed(of, pipeline, services, ({ interval: other }) => other?.start === interval.start);
  return claimInterval(request, { ledger, now, ownerFailed: failed });
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
  reprocess: boolean,
  { ledger }: AdmitIntervalServices,
): Promise<Run & { interval: Interval }> {
  const { loadKey, loadId } = intervalIdentity(pipeline, interval);
  return {
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
}

/** The load key of an interval: never the execution. */
function intervalIdentity(pipeline: string, { start, end }: Interval): { loadKey: string; loadId: string } {
  const loadKey = `${pipeline}:${hash(`interval ${start}/${end}`)}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}

/** `_arrival` in the targets: a later interval's row is the newer one, whichever of the two runs was first. */
const arrivalOf = ({ end }: Interval): string => `${end}#${'0'.repeat(32)}`;

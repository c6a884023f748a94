/** What a partial run left behind for its rerun, if all of it is still there and still fits. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AdmitIntervalInput } from '../../lib/tasks/admit-interval';
import type { Part } from '../../lib/tasks/common';
import { InvalidTaskInput, UnreadableFile } from '../../lib/tasks/errors';
import type { CursorBounds } from '../../lib/tasks/extract-rows';
import { type KeptSources, keptSources } from '../../lib/tasks/rerun';
import type { Interval } from '../../lib/tasks/schedule';
import { goneError } from '../shared/gone';
import type { Ledger } from '../shared/ledger';
import { mapLimited, readDocument, readManifests } from '../shared/manifest';
import { getRun, type RunItem } from '../shared/run-item';

export interface PartialRun {
  readonly interval: Interval;
  readonly loadId: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly cursors: Record<string, CursorBounds>;
  readonly reused: KeptSources['sources'];
}

interface Services {
  readonly ledger: Ledger;
  readonly staged?: { readonly s3: S3Client; readonly workBucket: string };
}

/** @throws {InvalidTaskInput} that names the remedy */
export async function readPartialRun(
  { pipeline, sources }: AdmitIntervalInput,
  runId: string,
  { ledger, staged }: Services,
): Promise<PartialRun> {
  const run = await getRun(ledger, pipeline, runId);
  const { interval, loadId, kept } = partialOnly(run, runId, pipeline);
  const whole = `Load the interval anew instead: npx stepwell run ${pipeline} --interval ${interval.start}/${interval.end} --reprocess`;
  if (!sources || !staged || !run?.sources) {
    throw new InvalidTaskInput(`The run ${runId} says too little of itself to be run again in part. ${whole}`);
  }
  const changed = changedSources(run.sources, sources);
  if (changed.length > 0) {
    throw new InvalidTaskInput(
      `The definition of ${changed.join(', ')} has changed since run ${runId}: what that has extracted does not fit together with what would be extracted now. ${whole}`,
    );
  }
  let document: KeptSources;
  try {
    document = await readDocument(staged.s3, staged.workBucket, kept, keptSources);
    await requireParts(document, staged);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const gone = `What run ${runId} has extracted is gone: staged files are kept for 30 days.`;
    throw new InvalidTaskInput(`${gone} ${whole}`, { cause: error });
  }
  if (Buffer.byteLength(JSON.stringify(document)) > MOST_STATE_BYTES) {
    throw new InvalidTaskInput(`Too many partitions of run ${runId} are missing to be run again alone. ${whole}`);
  }
  return { interval, loadId, sources: run.sources, cursors: { ...run.cursors }, reused: document.sources };
}

/** Step Functions passes 256 KiB from state to state; later steps add to what Admit returns. */
const MOST_STATE_BYTES = 200 * 1024;

function partialOnly(run: RunItem | undefined, runId: string, pipeline: string) {
  if (!run) throw new InvalidTaskInput(`There is no run ${runId} of ${pipeline}. See: npx stepwell runs ${pipeline}`);
  const { status, interval, loadId, kept, failed = [] } = run;
  if (status === 'FAILED') {
    throw new InvalidTaskInput(`The run ${runId} has failed: npx stepwell redrive ${pipeline} ${runId}`);
  }
  if (status !== 'SUCCEEDED' || failed.length === 0 || !interval || !loadId || !kept) {
    throw new InvalidTaskInput(
      `The run ${runId} is not partial: no partitions are missing${status === 'RUNNING' ? ' yet, as it is still running' : ''}.`,
    );
  }
  return { interval, loadId, kept };
}

function changedSources(then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((name) => then[name] !== now[name]).sort();
}

const PARALLEL_CALLS = 16;

/** Before anything is claimed: what was staged lives for a while only, and a rerun of a rerun reads what is older than that. */
async function requireParts({ sources }: KeptSources, { s3, workBucket }: Required<Services>['staged']): Promise<void> {
  const manifests = await readManifests(
    s3,
    workBucket,
    Object.values(sources).map(({ kept }) => kept.manifest),
  );
  const parts: Part[] = manifests.flatMap(({ datasets }) =>
    Object.values(datasets).flatMap((dataset) => dataset.parts),
  );
  await mapLimited(parts, PARALLEL_CALLS, async ({ key, etag }) => {
    try {
      await s3.send(new HeadObjectCommand({ Bucket: workBucket, Key: key, IfMatch: `"${etag}"` }));
    } catch (error) {
      throw goneError(error, { bucket: workBucket, key }) ?? error;
    }
  });
}

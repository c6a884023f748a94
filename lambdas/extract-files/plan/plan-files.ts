/**
 * Which files a run of a schedule reads, and how they are shared among invocations. A retry lists anew, and may find what has come
 * meanwhile: only the answer that the state machine keeps counts, and a redrive goes on with that one. Versions are pinned, so that
 * all that read a file read the same bytes, whatever is put there while they do.
 */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { FileSlice, Run } from '../../../lib/tasks/common';
import { fillDates } from '../../../lib/tasks/dated-globs';
import { InvalidTaskInput, MissingFiles } from '../../../lib/tasks/errors';
import {
  type PlanFilesInput,
  type PlanFilesOutput,
  type PlannedPartition,
  plannedFiles,
} from '../../../lib/tasks/extract-files';
import { intervalBefore } from '../../../lib/tasks/fires';
import type { Interval } from '../../../lib/tasks/schedule';
import { cutIntoRanges } from '../../shared/files/cut-into-ranges';
import { listFiles } from '../../shared/files/list-files';
import { matcher } from '../../shared/files/matches';
import { goneError } from '../../shared/gone';
import { mapLimited, readSlice, writeDocument, writeManifest } from '../../shared/manifest';
import { putBytes, unquoted } from '../../shared/objects';
import { type FoundFile, makePartitions } from './make-partitions';

export interface PlanEnvironment {
  readonly s3: S3Client;
  readonly landingBucket: string;
  readonly workBucket: string;
  readonly attempt: string;
  readonly warn: (line: string) => void;
}

export type WriteEnvironment = Pick<PlanEnvironment, 's3' | 'workBucket' | 'attempt'>;

/** Nobody reads one file in so many pieces: it would be terabytes. */
export const MOST_RANGES = 1000;
const PARALLEL_READS = 8;

export async function planFiles(input: PlanFilesInput, environment: PlanEnvironment): Promise<PlanFilesOutput> {
  const { source, again } = input;
  const { s3, landingBucket, warn } = environment;
  if (again) return planAgain(input, again, environment);
  const interval = intervalOf(input);
  const patterns = source.files.flatMap(({ glob, format }) =>
    fillDates(glob, interval, source.schedule.timezone).map((one) => ({ glob: one, format, matches: matcher(one) })),
  );
  const objects = await listFiles(
    s3,
    landingBucket,
    patterns.map(({ glob }) => glob),
  );
  const used = new Set<string>();
  const files = objects.map((object): FoundFile => {
    const { glob, format } = patterns.find(({ matches }) => matches(object.key))!;
    used.add(glob);
    return { object, format };
  });
  const unused = patterns.map(({ glob }) => glob).filter((glob) => !used.has(glob));
  const without = `Nothing in s3://${landingBucket} matches ${shorten(unused)}`;
  if (files.length === 0) {
    // Without a pattern, none of the days (or hours, …) that the globs name ends in the interval: it has no files to wait for.
    if (!source.optional && patterns.length > 0) throw missing(input, interval, without);
    return { partitions: 0, files: 0, bytes: 0, document: null, nothing: await stageNothing(input, environment) };
  }
  if (unused.length > 0) warn(without);

  const { rangeBytes, oneByOne } = source;
  const cut = cutIntoRanges(s3, { mostRanges: MOST_RANGES });
  const partitions = await makePartitions(files, { rangeBytes, oneByOne, cut });
  const planned = partitions.map((slices, index) => ({ id: String(index).padStart(5, '0'), slices }));
  return writePlan(input, planned, environment);
}

/**
 * Of an earlier run's plan. A file that was put there anew is read as it is now: nothing of it was loaded. Not so of one in ranges:
 * others of them may be, and they fit the version that they were cut of.
 */
async function planAgain(
  input: PlanFilesInput,
  again: readonly PlannedPartition[],
  environment: PlanEnvironment,
): Promise<PlanFilesOutput> {
  const { s3, workBucket } = environment;
  const partitions = await mapLimited(again, PARALLEL_READS, async ({ id, values: { plan, etag, start, end } }) => {
    const slices = await readSlice(s3, { bucket: workBucket, key: plan, etag }, { start, end }, plannedFiles);
    return { id, slices: await mapLimited(slices, PARALLEL_READS, (slice) => newest(s3, slice, input.run)) };
  });
  return writePlan(input, partitions, environment);
}

async function newest(s3: S3Client, slice: FileSlice, run: Run): Promise<FileSlice> {
  const { bucket, key } = slice.object;
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    if (slice.range) {
      if (unquoted(head.ETag) !== slice.object.etag) throw putAnew(key, run);
      return slice;
    }
    const object = {
      bucket,
      key,
      ...(head.VersionId === undefined ? {} : { versionId: head.VersionId }),
      etag: unquoted(head.ETag),
      size: head.ContentLength ?? 0,
      lastModified: (head.LastModified ?? new Date(0)).toISOString(),
    };
    return { ...slice, object };
  } catch (error) {
    // It was deleted; its version may still be there.
    if (goneError(error, slice.object)) return slice;
    throw error;
  }
}

function putAnew(key: string, { pipeline, interval }: Run): InvalidTaskInput {
  return new InvalidTaskInput(
    `${key} was put there anew since it was read in ranges, and those that were loaded do not fit together with what it holds now. ` +
      `Load the interval anew instead: npx stepwell run ${pipeline} --interval ${interval?.start}/${interval?.end} --reprocess`,
  );
}

interface PlannedSlices {
  readonly id: string;
  readonly slices: readonly FileSlice[];
}

/** Two documents: what the partitions are, a line each, and the items of the Map, which say where. */
export async function writePlan(
  input: { readonly run: Run; readonly source: { readonly name: string } },
  partitions: readonly PlannedSlices[],
  { s3, workBucket, attempt }: WriteEnvironment,
): Promise<PlanFilesOutput> {
  const { run, source } = input;
  const prefix = `runs/${run.pipeline}/${run.runId}/plans/${source.name}-${attempt}`;
  const lines = partitions.map(({ slices }) => Buffer.from(`${JSON.stringify(slices)}\n`));
  const plan = await putBytes(s3, workBucket, `${prefix}.ndjson`, Buffer.concat(lines), 'application/x-ndjson');
  let start = 0;
  const planned = partitions.map(({ id }, index): PlannedPartition => {
    const values = { plan: plan.key, etag: plan.etag, start, end: start + lines[index]!.length };
    start = values.end;
    return { id, values };
  });
  const objects = new Map(partitions.flatMap(({ slices }) => slices.map(({ object }) => [object.key, object.size])));
  return {
    partitions: planned.length,
    files: objects.size,
    bytes: [...objects.values()].reduce((sum, size) => sum + size, 0),
    document: await writeDocument(s3, workBucket, `${prefix}.json`, planned),
    nothing: null,
  };
}

function intervalOf({ run, source }: PlanFilesInput): Interval {
  if (!run.interval) throw new InvalidTaskInput('The run has no data interval, so its files have no date.');
  const { schedule, intervalsBack } = source;
  const interval = intervalBefore(schedule, run.interval, intervalsBack);
  if (interval) return interval;
  throw new InvalidTaskInput(
    `The schedule ${JSON.stringify(schedule.cron)} (${schedule.timezone}) has not fired ${intervalsBack} times before ${run.interval.start}.`,
  );
}

const SHOWN = 5;

function shorten(all: readonly string[]): string {
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '';
  return `${all.slice(0, SHOWN).join(', ')}${more}`;
}

function missing({ run, source }: PlanFilesInput, interval: Interval, without: string): MissingFiles {
  const back = source.intervalsBack;
  const earlier = back === 0 ? '' : `, ${back} before that of the run (${run.interval!.start})`;
  return new MissingFiles(
    `Source ${source.name} has no file for the interval ${interval.start} to ${interval.end}${earlier}. ${without}. ` +
      'Put the file there and redrive the run; where an interval may have none, declare optional: true.',
  );
}

/** The steps that follow want a manifest. */
export async function stageNothing(
  { run, source }: { readonly run: Run; readonly source: { readonly name: string } },
  { s3, workBucket, attempt }: WriteEnvironment,
) {
  const manifest = await writeManifest(s3, workBucket, run, attempt, {
    step: source.name,
    partition: 'none',
    datasets: {},
    source: { name: source.name, read: 0, rejected: 0 },
  });
  return { manifest, rows: 0, bytes: 0, rejected: 0 };
}

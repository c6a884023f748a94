/**
 * Which files a run of a schedule reads, and how they are shared among invocations. A retry lists anew, and may find what has come
 * meanwhile: only the answer that the state machine keeps counts, and a redrive goes on with that one. Versions are pinned, so that
 * all that read a file read the same bytes, whatever is put there while they do.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { fillDates } from '../../../lib/tasks/dated-globs';
import { InvalidTaskInput, MissingFiles } from '../../../lib/tasks/errors';
import type { PlanFilesInput, PlanFilesOutput, PlannedPartition } from '../../../lib/tasks/extract-files';
import { intervalBefore } from '../../../lib/tasks/fires';
import type { Interval } from '../../../lib/tasks/schedule';
import { cutIntoRanges } from '../../shared/files/cut-into-ranges';
import { matcher } from '../../shared/files/matches';
import { writeDocument, writeManifest } from '../../shared/manifest';
import { putBytes } from '../../shared/objects';
import { listFiles } from './list-files';
import { type FoundFile, makePartitions } from './make-partitions';

export interface PlanEnvironment {
  readonly s3: S3Client;
  readonly landingBucket: string;
  readonly workBucket: string;
  readonly attempt: string;
  readonly warn: (line: string) => void;
}

/** Nobody reads one file in so many pieces: it would be terabytes. */
const MOST_RANGES = 1000;

export async function planFiles(input: PlanFilesInput, environment: PlanEnvironment): Promise<PlanFilesOutput> {
  const { run, source } = input;
  const { s3, landingBucket, workBucket, attempt, warn } = environment;
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
    if (!source.optional) throw missing(input, interval, without);
    return { partitions: 0, files: 0, bytes: 0, document: null, nothing: await stageNothing(input, environment) };
  }
  if (unused.length > 0) warn(without);

  const { rangeBytes, oneByOne } = source;
  const cut = cutIntoRanges(s3, { mostRanges: MOST_RANGES });
  const partitions = await makePartitions(files, { rangeBytes, oneByOne, cut });
  const prefix = `runs/${run.pipeline}/${run.runId}/plans/${source.name}-${attempt}`;
  const slices = partitions.map((slices) => Buffer.from(`${JSON.stringify(slices)}\n`));
  const plan = await putBytes(s3, workBucket, `${prefix}.ndjson`, Buffer.concat(slices), 'application/x-ndjson');
  let start = 0;
  const planned = slices.map(({ length }, index): PlannedPartition => {
    const values = { plan: plan.key, etag: plan.etag, start, end: start + length };
    start += length;
    return { id: String(index).padStart(5, '0'), values };
  });
  return {
    partitions: planned.length,
    files: files.length,
    bytes: files.reduce((sum, { object }) => sum + object.size, 0),
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
async function stageNothing({ run, source }: PlanFilesInput, { s3, workBucket, attempt }: PlanEnvironment) {
  const manifest = await writeManifest(s3, workBucket, run, attempt, {
    step: source.name,
    partition: 'none',
    datasets: {},
    source: { name: source.name, read: 0, rejected: 0 },
  });
  return { manifest, rows: 0, bytes: 0, rejected: 0 };
}

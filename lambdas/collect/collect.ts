import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import type { CollectInput, CollectOutput, FailedPartition } from '../../lib/tasks/collect';
import { type Staged, staged as stagedSchema } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { type RowPartition, rowPartition } from '../../lib/tasks/extract-rows';
import { mapLimited, writeManifest } from '../shared/manifest';
import { readWhole } from '../shared/objects';

export interface CollectEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly attempt: string;
}

const PARALLEL_READS = 8;
/** What goes into the state; the rest is counted. */
const SHOWN = 50;

const files = z.array(z.object({ Key: z.string() }));
const manifest = z.object({ ResultFiles: z.object({ SUCCEEDED: files, FAILED: files, PENDING: files }) });
/** The answer of a child: what its invocations staged. */
const answers = z.array(z.array(stagedSchema));
const failures = z.array(
  z.object({ Input: z.string(), Error: z.optional(z.string()), Cause: z.optional(z.string()), Status: z.string() }),
);

/** One manifest of all manifests, so that the state stays small whatever the number of partitions. */
export async function collect(input: CollectInput, environment: CollectEnvironment): Promise<CollectOutput> {
  const { run, source, partitions, results, kept } = input;
  const { s3, workBucket, attempt } = environment;
  const read = async <S extends z.ZodMiniType>(schema: S, key: string): Promise<z.infer<S>> =>
    z.parse(schema, JSON.parse((await readWhole(s3, { bucket: results.Bucket, key })).toString()));
  const { SUCCEEDED, FAILED, PENDING } = (await read(manifest, results.Key)).ResultFiles;

  const good = (await mapLimited(SUCCEEDED, PARALLEL_READS, ({ Key }) => read(answers, Key))).flat();
  const bad = (await mapLimited([...FAILED, ...PENDING], PARALLEL_READS, ({ Key }) => read(failures, Key))).flat();
  if (good.length + bad.length !== partitions) {
    throw new RowsDoNotReconcile(
      `Of the ${partitions} partitions of ${source}, s3://${results.Bucket}/${results.Key} knows ${good.length} that were read and ${bad.length} that failed.`,
    );
  }
  const all = good.flat();
  const staged = kept ? [kept, ...all] : all;
  const ref = await writeManifest(s3, workBucket, run, attempt, {
    step: `collect-${source}`,
    partition: 'all',
    datasets: {},
    manifests: staged.map((one) => one.manifest),
    collected: {
      source,
      partitions: partitions + (kept?.partitions ?? 0),
      missing: bad.map(({ Input }) => partitionOf(Input) ?? UNKNOWN),
    },
  });
  const sum = (count: (one: Pick<Staged, 'rows' | 'bytes' | 'rejected'>) => number) =>
    staged.reduce((total, one) => total + count(one), 0);
  return {
    manifest: ref,
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    rejected: sum(({ rejected }) => rejected),
    failed: bad.slice(0, SHOWN).map((one) => failedPartition(source, one)),
    failedCount: bad.length,
  };
}

function failedPartition(source: string, failure: z.infer<typeof failures>[number]): FailedPartition {
  return {
    source,
    partition: partitionOf(failure.Input)?.id ?? UNKNOWN.id,
    error: failure.Error ?? failure.Status,
    cause: sentenceOf(failure.Cause ?? ''),
  };
}

/** What a child was given. Step Functions leaves out what is very large, and a partition is small. */
function partitionOf(input: string): RowPartition | undefined {
  const parsed = z.safeParse(z.object({ partition: rowPartition }), JSON.parse(input));
  return parsed.success ? parsed.data.partition : undefined;
}

const UNKNOWN: RowPartition = { id: '?', values: {} };

const MOST_CHARACTERS = 300;

/** Lambda's cause is a JSON document with the message in it. */
function sentenceOf(cause: string): string {
  let text = cause;
  try {
    text = (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    // text as it is
  }
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

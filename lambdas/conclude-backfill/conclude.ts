/** How a backfill has ended: counted from what its Map has written, line by line, however many runs there were. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import {
  type BackfillCounts,
  type BackfillFailure,
  type BackfillPartial,
  type BackfillRun,
  backfillKey,
  type ConcludeBackfillInput,
  OUTCOME_FAILED,
  OUTCOME_LOADED,
  OUTCOME_PARTIAL,
} from '../../lib/tasks/backfill';
import { aboutRun, failureOf } from '../../lib/tasks/backfill-failure';
import { type Ledger, updateItem } from '../shared/ledger';
import { readWhole } from '../shared/objects';

export interface ConcludeServices {
  readonly s3: S3Client;
  readonly ledger: Ledger;
  readonly now: () => number;
}

/** What the ledger's item names; the others are counted. */
const MOST_NAMED = 20;

const files = z.array(z.object({ Key: z.string() }));
const manifest = z.object({ ResultFiles: z.object({ SUCCEEDED: files, FAILED: files, PENDING: files }) });
/** A child's answer. It names its run, where that has left something out, or was found ended without success. */
const answer = z.object({ outcome: z.string(), run: z.optional(z.unknown()) });
const failed = z.object({
  Input: z.string(),
  Status: z.string(),
  Error: z.optional(z.string()),
  Cause: z.optional(z.string()),
});

/** A cancelled backfill stays so. */
export async function concludeBackfill(
  { id, results }: ConcludeBackfillInput,
  { s3, ledger, now }: ConcludeServices,
): Promise<BackfillCounts> {
  const { ResultFiles } = z.parse(
    manifest,
    JSON.parse((await readWhole(s3, { bucket: results.Bucket, key: results.Key })).toString()),
  );
  const counts = { succeeded: 0, partial: 0, skipped: 0, failed: 0 };
  const failures: BackfillFailure[] = [];
  const partials: BackfillPartial[] = [];
  const count = (failure: () => BackfillFailure) => {
    counts.failed++;
    if (failures.length < MOST_NAMED) failures.push(failure());
  };
  const each = async (list: z.infer<typeof files>, work: (line: unknown) => void) => {
    for (const { Key } of list) for await (const line of lines(s3, results.Bucket, Key)) work(JSON.parse(line));
  };
  await each(ResultFiles.SUCCEEDED, (line) => {
    const { outcome, run } = z.parse(answer, line);
    if (outcome === OUTCOME_FAILED) count(() => foundEnded(run as BackfillRun));
    else if (outcome === OUTCOME_LOADED || outcome === OUTCOME_PARTIAL) counts.succeeded++;
    else counts.skipped++;
    if (outcome !== OUTCOME_PARTIAL) return;
    counts.partial++;
    if (partials.length < MOST_NAMED) partials.push(aboutRun(run as BackfillRun));
  });
  await each([...ResultFiles.FAILED, ...ResultFiles.PENDING], (line) => count(() => ofLine(z.parse(failed, line))));

  const status = counts.failed > 0 ? 'FAILED' : 'SUCCEEDED';
  await updateItem(
    ledger,
    backfillKey(id),
    { status, counts, failures, partials, endedAt: new Date(now()).toISOString(), tokens: undefined },
    {
      expression: '#status <> :cancelled',
      names: { '#status': 'status' },
      values: { ':cancelled': 'CANCELLED' },
    },
  );
  return counts;
}

async function* lines(s3: S3Client, Bucket: string, Key: string): AsyncGenerator<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  for await (const line of createInterface({ input: Body as Readable, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line.trim() !== '') yield line;
}

const ofLine = ({ Input, Status, Error: error, Cause: cause }: z.infer<typeof failed>): BackfillFailure =>
  failureOf({ input: Input, status: Status, error, cause });

const foundEnded = (run: BackfillRun): BackfillFailure => ({
  ...aboutRun(run),
  error: 'RunFailed',
  cause: 'The run has failed.',
});

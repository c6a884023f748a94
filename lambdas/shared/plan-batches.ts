/** The input of a row-wise model in batches of parts, each behind a manifest of its own: what runs one is told of no other. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Part } from '../../lib/tasks/common';
import type { PlanBatchesInput, PlanBatchesOutput } from '../../lib/tasks/transform';
import { datasetOf, mapLimited, readManifests, writeManifest } from './manifest';

export interface PlanEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  /** of Parquet in a batch, about; for tests */
  readonly batchBytes?: number;
}

const MIB = 1024 * 1024;
/** Some million rows: seconds of work, so that starting a function for it is worth while. */
const BATCH_BYTES = 64 * MIB;
/** Their pointers travel in the state. */
const MOST_BATCHES = 200;
const PARALLEL_WRITES = 8;

export async function planBatches(input: PlanBatchesInput, environment: PlanEnvironment): Promise<PlanBatchesOutput> {
  const { run, model, manifests } = input;
  const { s3, workBucket, attempt, batchBytes = BATCH_BYTES } = environment;
  const documents = await readManifests(s3, workBucket, manifests);
  const { name, columns, parts } = datasetOf(documents, input.input.name, input.input.columns);
  const staged = parts.filter(({ format }) => format === 'parquet');
  const batches = await mapLimited(inBatches(staged, batchBytes), PARALLEL_WRITES, async (batch, index) => {
    const id = String(index).padStart(4, '0');
    const rows = batch.reduce((sum, part) => sum + part.rows, 0);
    const document = {
      step: `plan-${model}`,
      partition: id,
      datasets: { [name]: { rows, columns: [...columns], parts: batch } },
    };
    return { id, manifests: [await writeManifest(s3, workBucket, run, attempt, document)] };
  });
  return { batches };
}

/** Neighbours together, in order; at least one, since a model without rows has columns still. */
function inBatches(parts: readonly Part[], batchBytes: number): Part[][] {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const most = Math.max(batchBytes, Math.ceil((2 * total) / MOST_BATCHES));
  const batches: Part[][] = [[]];
  let bytes = 0;
  for (const part of parts) {
    if (bytes > 0 && bytes + part.length > most) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(part);
    bytes += part.length;
  }
  return batches;
}

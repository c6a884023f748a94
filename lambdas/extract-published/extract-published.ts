/** What another pipeline's run has staged and published, as a source of this run: by pointer, since both read one bucket. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Manifest, OutputColumn } from '../../lib/tasks/common';
import { ContractDrift, InvalidTaskInput, SourceRefused, UnreadableFile } from '../../lib/tasks/errors';
import type { ExtractPublishedInput, ExtractPublishedOutput } from '../../lib/tasks/extract-published';
import { readManifest, writeManifest } from '../shared/manifest';

export interface ExtractPublishedEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
}

export async function extractPublished(
  input: ExtractPublishedInput,
  { s3, workBucket, attempt }: ExtractPublishedEnvironment,
): Promise<ExtractPublishedOutput> {
  const { run, source, model, upstream } = input;
  const of = `${model} of run ${upstream.runId} of ${upstream.pipeline}`;
  if (upstream.staged === null) throw new InvalidTaskInput(`Nothing was kept of ${of}.`);
  const document = await readManifest(s3, workBucket, upstream.staged).catch((error: Error) => {
    throw error instanceof UnreadableFile ? expired(of, upstream.pipeline, error) : error;
  });
  const dataset = document.datasets[model];
  if (dataset === undefined)
    throw drifted(`run ${upstream.runId} of ${upstream.pipeline} has no model ${model}`, input);
  for (const column of input.columns) {
    const given = dataset.columns.find(({ name }) => name === column.name);
    if (given === undefined) throw drifted(`${of} has no column ${column.name}`, input);
    if (given.type.type !== column.type.type) {
      throw drifted(`column ${column.name} of ${of} is ${given.type.type}, not ${column.type.type}`, input);
    }
  }
  const parts = dataset.parts.filter(({ format }) => format === 'parquet');
  const staged: Manifest = {
    step: source,
    partition: 'all',
    datasets: { [source]: { rows: dataset.rows, columns: [...input.columns] satisfies OutputColumn[], parts } },
    source: { name: source, read: dataset.rows, rejected: 0 },
  };
  const manifest = await writeManifest(s3, workBucket, run, attempt, staged);
  return { manifest, rows: dataset.rows, bytes: parts.reduce((sum, { length }) => sum + length, 0), rejected: 0 };
}

const expired = (of: string, pipeline: string, cause: Error) =>
  new SourceRefused(
    `What was staged for ${of} has expired. Load it again in ${pipeline}, with "reprocess": true: that starts a new run here.`,
    { cause },
  );

/** The two were deployed at different times. */
const drifted = (what: string, { upstream }: ExtractPublishedInput) =>
  new ContractDrift(
    `${what}: the pipelines were not deployed together. Deploy both, then load again in ${upstream.pipeline} what that run has loaded.`,
  );

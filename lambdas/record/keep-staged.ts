import type { S3Client } from '@aws-sdk/client-s3';
import type { Manifest, ManifestRef, Run } from '../../lib/tasks/common';
import { datasetOf, writeManifest } from '../shared/manifest';

export interface KeepStagedEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
}

/** Writes down where the rows of models are that other pipelines read, once they are published. `documents`: the run's manifests. */
export function keepStaged(
  run: Run,
  models: readonly string[],
  documents: readonly Manifest[],
  { s3, workBucket, attempt }: KeepStagedEnvironment,
): Promise<ManifestRef> {
  const datasets: Manifest['datasets'] = {};
  for (const model of models) {
    const { rows, columns, parts } = datasetOf(documents, model, []);
    datasets[model] = { rows, columns: [...columns], parts: parts.filter(({ format }) => format === 'parquet') };
  }
  return writeManifest(s3, workBucket, run, attempt, {
    step: 'published',
    partition: 'all',
    datasets,
  });
}

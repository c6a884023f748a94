import type { S3Client } from '@aws-sdk/client-s3';
import type { Manifest, ManifestRef, Run } from '../../lib/tasks/common';
import type { Kept, KeptSources } from '../../lib/tasks/rerun';
import { mapLimited, readManifest, readManifests, writeDocument, writeManifest } from '../shared/manifest';

export interface KeepEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
}

const PARALLEL_READS = 8;

/** Writes down what a partial run has of each source and what is missing, for a rerun of the missing partitions. `refs`: the run's manifests. */
export async function keepExtracted(
  run: Run,
  refs: readonly ManifestRef[],
  environment: KeepEnvironment,
): Promise<{ readonly kept: ManifestRef; readonly missing: number }> {
  const { s3, workBucket, attempt } = environment;
  const documents = await mapLimited(refs, PARALLEL_READS, (ref) => readManifest(s3, workBucket, ref));
  const bySource = new Map<string, { ref: ManifestRef; document: Manifest }[]>();
  for (const [index, document] of documents.entries()) {
    // Models are made anew, those that read rows one by one as well.
    const source = document.source?.isModel ? undefined : document.source?.name;
    const name = document.collected?.source ?? source;
    if (name === undefined) continue;
    bySource.set(name, [...(bySource.get(name) ?? []), { ref: refs[index]!, document }]);
  }
  const sources: KeptSources['sources'] = {};
  for (const [name, all] of bySource) {
    const collected = all.find(({ document }) => document.collected !== undefined);
    const { missing = [], partitions } = collected?.document.collected ?? {};
    const total = partitions ?? partitionsOf(all);
    const manifest = collected?.ref ?? (await standFor(run, { name, partitions: total, all }, environment));
    sources[name] = {
      kept: { manifest, ...(await countsOf(manifest, environment)), partitions: total - missing.length },
      failed: missing,
    };
  }
  const key = `runs/${run.pipeline}/${run.runId}/manifests/kept-${attempt}.json`;
  const document: KeptSources = { sources };
  return {
    kept: await writeDocument(s3, workBucket, key, document),
    missing: Object.values(sources).reduce((sum, { failed }) => sum + failed.length, 0),
  };
}

interface Extracted {
  readonly name: string;
  readonly partitions: number;
  readonly all: readonly { readonly ref: ManifestRef }[];
}

/** One manifest for all of a source's, which a rerun of the rerun knows for that. */
function standFor(
  run: Run,
  { name, partitions, all }: Extracted,
  { s3, workBucket, attempt }: KeepEnvironment,
): Promise<ManifestRef> {
  return writeManifest(s3, workBucket, run, attempt, {
    step: `kept-${name}`,
    partition: 'all',
    datasets: {},
    manifests: all.map(({ ref }) => ref),
    collected: { source: name, partitions, missing: [] },
  });
}

/** A long one was read by several invocations. */
const partitionsOf = (all: readonly { readonly document: Manifest }[]): number =>
  new Set(all.map(({ document }) => document.partition)).size;

async function countsOf(
  manifest: ManifestRef,
  { s3, workBucket }: KeepEnvironment,
): Promise<Pick<Kept, 'rows' | 'bytes' | 'rejected'>> {
  const counts = { rows: 0, bytes: 0, rejected: 0 };
  for (const { source, datasets } of await readManifests(s3, workBucket, [manifest])) {
    counts.rows += (source?.read ?? 0) - (source?.rejected ?? 0);
    counts.rejected += source?.rejected ?? 0;
    for (const { parts } of Object.values(datasets)) for (const part of parts) counts.bytes += part.length;
  }
  return counts;
}

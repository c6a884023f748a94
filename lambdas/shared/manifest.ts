/** Manifests: what a task staged. Only files that a manifest names exist for the next step; nobody lists a bucket. */
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import {
  type Manifest,
  type ManifestRef,
  manifest,
  type OutputColumn,
  type Part,
  type Run,
} from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { putBytes, readBytes, readWhole } from './objects';

/** `runs/<pipeline>/<runId>/<dataset>/<partition>-<attempt>-<n>.<extension>` in the work bucket. */
export function partKey(
  run: Run,
  dataset: string,
  partition: string,
  attempt: string,
  n: number,
  extension: string,
): string {
  return `runs/${run.pipeline}/${run.runId}/${dataset}/${partition}-${attempt}-${n}.${extension}`;
}

export const manifestKey = (run: Run, step: string, partition: string, attempt: string): string =>
  `runs/${run.pipeline}/${run.runId}/manifests/${step}-${partition}-${attempt}.json`;

export const writeManifest = (
  s3: S3Client,
  bucket: string,
  run: Run,
  attempt: string,
  document: Manifest,
): Promise<ManifestRef> =>
  writeDocument(s3, bucket, manifestKey(run, document.step, document.partition, attempt), document);

export const readManifest = (s3: S3Client, bucket: string, ref: ManifestRef): Promise<Manifest> =>
  readDocument(s3, bucket, ref, manifest);

export async function writeDocument(
  s3: S3Client,
  bucket: string,
  key: string,
  document: unknown,
): Promise<ManifestRef> {
  const { etag, length } = await putBytes(s3, bucket, key, JSON.stringify(document), 'application/json');
  return { key, etag, length };
}

export async function readDocument<S extends z.ZodMiniType>(
  s3: S3Client,
  bucket: string,
  ref: ManifestRef,
  schema: S,
): Promise<z.infer<S>> {
  const body = await readWhole(s3, { bucket, key: ref.key, etag: ref.etag });
  if (body.length !== ref.length) {
    throw new RowsDoNotReconcile(
      `The manifest s3://${bucket}/${ref.key} has ${body.length} bytes where the state says ${ref.length}.`,
    );
  }
  return z.parse(schema, JSON.parse(body.toString()));
}

/** The bytes [start, end) of a document: JSON in themselves. */
export async function readSlice<S extends z.ZodMiniType>(
  s3: S3Client,
  document: { readonly bucket: string; readonly key: string; readonly etag: string },
  { start, end }: { readonly start: number; readonly end: number },
  schema: S,
): Promise<z.infer<S>> {
  return z.parse(schema, JSON.parse((await readBytes(s3, document, start, end)).toString()));
}

/** With those that they stand for. */
export async function readManifests(s3: S3Client, bucket: string, refs: readonly ManifestRef[]): Promise<Manifest[]> {
  const own = await mapLimited(refs, PARALLEL_READS, (ref) => readManifest(s3, bucket, ref));
  const more = own.flatMap(({ manifests = [] }) => manifests);
  return more.length === 0 ? own : [...own, ...(await readManifests(s3, bucket, more))];
}

const PARALLEL_READS = 8;

/** A dataset over all manifests: its parts, and its columns (an evolved file may have brought more than another). */
export interface Dataset {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly OutputColumn[];
  readonly parts: readonly Part[];
}

export function datasetOf(manifests: readonly Manifest[], name: string, declared: readonly OutputColumn[]): Dataset {
  const columns = [...declared];
  const parts: Part[] = [];
  let rows = 0;
  for (const { datasets } of manifests) {
    const dataset = datasets[name];
    if (!dataset) continue;
    rows += dataset.rows;
    parts.push(...dataset.parts);
    for (const column of dataset.columns) {
      if (!columns.some(({ name: known }) => known === column.name)) columns.push({ ...column, nullable: true });
    }
  }
  return { name, rows, columns, parts };
}

/** Like `Promise.all` over `map`, with at most `limit` under way. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

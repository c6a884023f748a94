/** The objects of a run that has thousands: a document in the work bucket. */
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { type ManifestRef, type ObjectVersion, objectVersion } from '../../lib/tasks/common';
import { readDocument, writeDocument } from './manifest';
import type { RunItem } from './run-item';

export interface Lists {
  readonly s3: S3Client;
  readonly workBucket: string;
}

/** The run's item in the ledger has room for so many beside the list, for whoever looks at it. */
const MOST_IN_ITEM = 200;

export const writeList = (
  { s3, workBucket }: Lists,
  { pipeline, runId, attempt }: { pipeline: string; runId: string; attempt: string },
  objects: readonly ObjectVersion[],
): Promise<ManifestRef> =>
  writeDocument(s3, workBucket, `gathered/${pipeline}/${runId}/objects-${attempt}.json`, objects);

export const readList = ({ s3, workBucket }: Lists, list: ManifestRef): Promise<ObjectVersion[]> =>
  readDocument(s3, workBucket, list, z.array(objectVersion));

/** Of what the ledger says of a run. `lists` is missing where no run of the pipeline has a list. */
export async function objectsOfRun(
  { objects = [], list }: Pick<RunItem, 'objects' | 'list'>,
  lists: Lists | undefined,
): Promise<readonly ObjectVersion[]> {
  return list && lists ? readList(lists, list) : objects;
}

/** As the run's item has them. */
export const itemised = (
  objects: readonly ObjectVersion[],
  list: ManifestRef | undefined,
): Pick<RunItem, 'objects' | 'list'> => ({
  objects: list && objects.length > MOST_IN_ITEM ? undefined : objects,
  ...(list ? { list } : {}),
});

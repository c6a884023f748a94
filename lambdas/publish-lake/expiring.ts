/**
 * Files of the lake that no partition names go away by the bucket's lifecycle rules, which look at a tag: a file is written with it, loses it
 * before its partition is named in the catalog, and gets it again once the partition has other files. So a live file has none,
 * whatever fails in between.
 */
import {
  DeleteObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { mapLimited } from '../shared/manifest';
import type { StagedPartition } from './staged-lake';

/** Known to the lifecycle rules of `lib/constructs/data-buckets.ts`. */
const TAG = 'stepwell';
export const STAGED_TAG = `${TAG}=staged`;
const SUPERSEDED = 'superseded';

const PARALLEL_CALLS = 16;

/** Fails where a file is gone: then it must not be published. */
export async function keep(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  partitions: readonly StagedPartition[],
): Promise<void> {
  const keys = partitions.flatMap(({ files }) => files.map(({ key }) => key));
  await mapLimited(keys, PARALLEL_CALLS, (Key) => s3.send(new DeleteObjectTaggingCommand({ Bucket: bucket, Key })));
}

/** A prefix that one attempt of one load has written, and nobody else: `…/g0-<run>-<attempt>/`. Never the table's own folder. */
const OF_ONE_ATTEMPT = /^s3:\/\/([^/]+)\/(.+\/g\d+-[^/]+\/)$/;

/** `locations` that are not in `live` any more. Only while the table is held: the next publisher may name them again. */
export async function letGo(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  locations: readonly string[],
  live: ReadonlySet<string>,
): Promise<void> {
  const prefixes = [...new Set(locations)].flatMap((location) => {
    const [, of, prefix] = OF_ONE_ATTEMPT.exec(location) ?? [];
    return of === bucket && prefix !== undefined && !live.has(location) ? [prefix] : [];
  });
  await mapLimited(prefixes, PARALLEL_CALLS, async (Prefix) => {
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken }));
      for (const { Key } of page.Contents ?? []) {
        await s3.send(
          new PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging: { TagSet: [{ Key: TAG, Value: SUPERSEDED }] } }),
        );
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  });
}

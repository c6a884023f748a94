import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../lib/tasks/common';
import { goneError } from '../shared/gone';
import { unquoted } from '../shared/objects';
import type { Wanted } from './parse-trigger';

/** Pins the version that the run will read: whatever is written to the key from now on is another run's. */
export async function resolveObject(s3: S3Client, wanted: Wanted): Promise<ObjectVersion> {
  const { bucket, key, versionId } = wanted;
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    const etag = unquoted(head.ETag);
    return {
      bucket,
      key,
      ...(head.VersionId === undefined ? {} : { versionId: head.VersionId }),
      etag,
      size: head.ContentLength ?? 0,
      lastModified: (head.LastModified ?? new Date(0)).toISOString(),
      // The event's sequencer is that of the event's object: in an unversioned bucket, another one may lie there by now.
      ...(wanted.sequencer && (wanted.etag === undefined || unquoted(wanted.etag) === etag)
        ? { sequencer: wanted.sequencer }
        : {}),
    };
  } catch (error) {
    throw goneError(error, wanted) ?? error;
  }
}

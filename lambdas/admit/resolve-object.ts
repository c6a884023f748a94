import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../lib/tasks/common';
import { UnreadableFile } from '../../lib/tasks/errors';
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
    throw isGone(error) ? new UnreadableFile(goneMessage(wanted), { cause: error }) : error;
  }
}

/** A delete marker answers 405 when asked for by its version. Without s3:ListBucket, S3 says 403 for what does not exist. */
function isGone(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return (
    name === 'NotFound' ||
    name === 'NoSuchKey' ||
    name === 'NoSuchVersion' ||
    [403, 404, 405].includes($metadata?.httpStatusCode ?? 0)
  );
}

function goneMessage({ bucket, key, versionId }: Wanted): string {
  const version = versionId === undefined ? '' : ` (version ${versionId})`;
  return `s3://${bucket}/${key}${version} does not exist, or the pipeline may not read it: it was deleted before the run could read it, or the name is wrong. Put the file there again, which starts a new run.`;
}

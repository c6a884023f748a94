import type { DeleteObjectOutput, DeleteObjectRequest } from '@aws-sdk/client-s3';
import type { AccessRequest, CallContext } from '../../../service';
import { noSuchKey, preconditionFailed } from '../errors';
import { objectDeleted } from '../events';
import { newVersionId, objectArn, type S3, type S3Operation } from '../objects';
import type { Change, ObjectVersion, StoredEvent } from '../types';

export const deleteObject: S3Operation<DeleteObjectRequest, DeleteObjectOutput> = (s3) => ({
  authorize: (input) => [deleteRequest(input.Bucket, input.Key, input.VersionId)],
  async handle(input, context) {
    const { Bucket = '', Key = '', VersionId, IfMatch } = input;
    if (IfMatch !== undefined) {
      const latest = s3.store.bucket(Bucket).latest(Key);
      if (!latest) throw noSuchKey(Key);
      const isSame = IfMatch === '*' || IfMatch.replaceAll('"', '') === latest.etag;
      if (latest.deleteMarker || !isSame) throw preconditionFailed('If-Match');
    }
    return deleteVersion(s3, Bucket, Key, VersionId, context);
  },
});

export const deleteRequest = (bucket?: string, key?: string, versionId?: string): AccessRequest => ({
  action: versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
  resource: objectArn(bucket, key),
});

/** Deletes a version for good, or, where the bucket keeps versions and none is named, hides the key behind a delete marker. */
export async function deleteVersion(
  s3: S3,
  bucketName: string,
  key: string,
  versionId: string | undefined,
  context: CallContext,
): Promise<{ DeleteMarker?: boolean; VersionId?: string }> {
  const bucket = s3.store.bucket(bucketName);
  const now = context.cloud.clock.now();
  const sequencer = s3.store.nextSequencer(now);
  const owing = (events: readonly StoredEvent[]) => (events.length > 0 ? { events } : {});
  const commit = async (change: Change) => {
    await s3.store.commit(change);
    if (bucket.config.eventBridge || bucket.config.notifications) s3.wake();
  };

  if (versionId === undefined && bucket.config.versioning !== 'Disabled') {
    const marker = deleteMarker(key, newVersionId(bucket), sequencer, now);
    const events = objectDeleted(bucket.config, marker, 'Delete Marker Created', context, now);
    await commit({ do: 'put', bucket: bucketName, version: marker, ...owing(events) });
    return { DeleteMarker: true, VersionId: marker.versionId };
  }
  const victim = versionId === undefined ? bucket.latest(key) : bucket.version(key, versionId);
  const answer = versionId === undefined ? {} : { VersionId: versionId };
  if (!victim) return answer;
  const gone = { key, versionId: victim.versionId, etag: victim.etag, sequencer };
  const events = objectDeleted(bucket.config, gone, 'Permanently Deleted', context, now);
  await commit({ do: 'drop', bucket: bucketName, key, versionId: victim.versionId, ...owing(events) });
  return { ...answer, ...(victim.deleteMarker && { DeleteMarker: true }) };
}

function deleteMarker(key: string, versionId: string, sequencer: string, lastModified: number): ObjectVersion {
  return {
    key,
    versionId,
    sequencer,
    lastModified,
    deleteMarker: true,
    segments: [],
    size: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    checksums: {},
    headers: {},
    metadata: {},
    tags: {},
  };
}

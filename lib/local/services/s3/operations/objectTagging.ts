/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging. */
import type {
  DeleteObjectTaggingOutput,
  DeleteObjectTaggingRequest,
  GetObjectTaggingOutput,
  GetObjectTaggingRequest,
  PutObjectTaggingOutput,
  PutObjectTaggingRequest,
} from '@aws-sdk/client-s3';
import type { CallContext } from '../../../service';
import { S3Error } from '../errors';
import { objectTagged } from '../events';
import { findVersion, objectArn, readRequests, type S3, type S3Operation, versionMember } from '../objects';

const MAX_TAGS = 10;

export const getObjectTagging: S3Operation<GetObjectTaggingRequest, GetObjectTaggingOutput> = (s3) => ({
  authorize: (input) => readRequests(s3, 's3:GetObjectTagging', input),
  async handle({ Bucket = '', Key = '', VersionId }) {
    const bucket = s3.store.bucket(Bucket);
    const version = findVersion(bucket, Key, VersionId);
    const TagSet = Object.entries(version.tags).map(([tag, Value]) => ({ Key: tag, Value }));
    return { TagSet, ...versionMember(bucket, version) };
  },
});

export const putObjectTagging: S3Operation<PutObjectTaggingRequest, PutObjectTaggingOutput> = (s3) => ({
  authorize: ({ Bucket, Key, VersionId }) => [writeTags('Put', Bucket, Key, VersionId)],
  async handle({ Bucket = '', Key = '', VersionId, Tagging }, context) {
    const tags = (Tagging?.TagSet ?? []).map(({ Key: tag = '', Value = '' }) => [tag, Value] as const);
    const names = new Set(tags.map(([tag]) => tag));
    if (tags.length > MAX_TAGS) throw new S3Error('BadRequest', 'Object tags cannot be greater than 10', 400);
    if (names.size < tags.length)
      throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key', 400);
    for (const [tag, value] of tags) assertValidTag(tag, value);
    return setTags(s3, Bucket, Key, VersionId, Object.fromEntries(tags), context);
  },
});

export const deleteObjectTagging: S3Operation<DeleteObjectTaggingRequest, DeleteObjectTaggingOutput> = (s3) => ({
  authorize: ({ Bucket, Key, VersionId }) => [writeTags('Delete', Bucket, Key, VersionId)],
  async handle({ Bucket = '', Key = '', VersionId }, context) {
    return setTags(s3, Bucket, Key, VersionId, {}, context, true);
  },
});

/** Of an object: S3 has its own words for each. */
export function assertValidTag(key: string, value: string): void {
  if (key === '' || key.length > 128) throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', 400);
  if (value.length > 256) throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', 400);
}

function writeTags(verb: 'Put' | 'Delete', bucket?: string, key?: string, versionId?: string) {
  const kind = versionId === undefined ? 'Object' : 'ObjectVersion';
  return { action: `s3:${verb}${kind}Tagging`, resource: objectArn(bucket, key) };
}

async function setTags(
  s3: S3,
  bucketName: string,
  key: string,
  versionId: string | undefined,
  tags: Record<string, string>,
  context: CallContext,
  isDeleted = false,
) {
  const bucket = s3.store.bucket(bucketName);
  const version = findVersion(bucket, key, versionId);
  const { config } = bucket;
  const isTold = config.eventBridge || config.notifications !== undefined;
  const events = isTold
    ? objectTagged(config, version, isDeleted, s3.store.nextSequencer(context.cloud.clock.now()), context)
    : [];
  const owing = events.length > 0 ? { events } : {};
  await s3.store.commit({ do: 'tag', bucket: bucketName, key, versionId: version.versionId, tags, ...owing });
  if (events.length > 0) s3.wake();
  return versionMember(bucket, version);
}

import type { CopyObjectOutput, CopyObjectRequest } from '@aws-sdk/client-s3';
import { checksumAlgorithm } from '../checksums';
import { checkCopyConditions, checkWriteConditions } from '../conditions';
import { type CopySource, parseCopySource } from '../copy-source';
import { S3Error } from '../errors';
import {
  checksumAnswer,
  commitVersion,
  describe,
  findVersion,
  newVersion,
  objectArn,
  quoted,
  readRequests,
  type S3,
  type S3Operation,
  storedMembers,
  versionMember,
  writeRequest,
} from '../objects';
import { digestOf } from '../receive';
import type { ChecksumAlgorithm, Content, Description, ObjectVersion } from '../types';
import { assertAcl } from './acl';

export const copyObject: S3Operation<CopyObjectRequest, CopyObjectOutput> = (s3) => ({
  authorize(input) {
    const source = parseCopySource(input.CopySource ?? '');
    const copied = s3.store.buckets.get(source.Bucket)?.latest(source.Key);
    const tags = input.TaggingDirective === 'REPLACE' ? input.Tagging : Object.keys(copied?.tags ?? {}).length > 0;
    return [
      ...readRequests(s3, 's3:GetObject', source),
      writeRequest(input),
      ...(tags ? [{ action: 's3:PutObjectTagging', resource: objectArn(input.Bucket, input.Key) }] : []),
    ];
  },
  async handle(input, context) {
    const { Bucket: bucketName = '', Key: key = '' } = input;
    const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch };
    assertAcl(s3.store.bucket(bucketName).config, input.ACL);
    const copySource = parseCopySource(input.CopySource ?? '');
    const sourceBucket = s3.store.bucket(copySource.Bucket);
    const source = findVersion(sourceBucket, copySource.Key, copySource.VersionId);
    checkCopyConditions(
      {
        ifMatch: input.CopySourceIfMatch,
        ifNoneMatch: input.CopySourceIfNoneMatch,
        ifModifiedSince: input.CopySourceIfModifiedSince,
        ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
      },
      source,
    );
    refuseIdleCopy(input, copySource);
    const description = describeCopy(input, source);

    s3.store.files.retain(source.segments);
    try {
      const content = await copyContent(s3, source, checksumAlgorithm(input.ChecksumAlgorithm));
      const bucket = s3.store.bucket(bucketName);
      checkWriteConditions(conditions, key, bucket.latest(key));
      const version = newVersion(s3, bucket, key, context.cloud.clock.now(), content, description);
      await commitVersion(s3, bucket, version, 'CopyObject', context);
      return {
        ...versionMember(bucket, version),
        ...storedMembers(bucket, version),
        ...(sourceBucket.config.versioning !== 'Disabled' && { CopySourceVersionId: source.versionId }),
        CopyObjectResult: {
          ETag: quoted(version.etag),
          LastModified: new Date(version.lastModified),
          ...checksumAnswer(version),
        },
      };
    } finally {
      await s3.store.files.remove(s3.store.files.release(source.segments));
    }
  },
});

/** A copy is one whole object: one that was uploaded in parts gets the ETag and checksum of its bytes. */
async function copyContent(s3: S3, source: ObjectVersion, asked: ChecksumAlgorithm | undefined): Promise<Content> {
  const { segments, size } = source;
  const [sourceAlgorithm] = Object.keys(source.checksums) as ChecksumAlgorithm[];
  const algorithm = asked ?? sourceAlgorithm;
  const isWhole = !source.parts && source.checksumType !== 'COMPOSITE';
  if (isWhole && algorithm === sourceAlgorithm)
    return { segments, size, etag: source.etag, checksums: source.checksums };
  const digest = await digestOf(s3.store.files, segments, { start: 0, length: size }, algorithm);
  return { segments, size, ...digest };
}

/** The storage class, where a website redirects to and the encryption are the request's, whatever the source has. */
function describeCopy(input: CopyObjectRequest, source: ObjectVersion): Description {
  const own = describe(input);
  const { StorageClass, WebsiteRedirectLocation, ServerSideEncryption, SSEKMSKeyId } = own.headers;
  return {
    ...(input.MetadataDirective === 'REPLACE'
      ? { headers: own.headers, metadata: own.metadata }
      : {
          headers: { ...source.headers, StorageClass, WebsiteRedirectLocation, ServerSideEncryption, SSEKMSKeyId },
          metadata: source.metadata,
        }),
    tags: input.TaggingDirective === 'REPLACE' ? own.tags : source.tags,
  };
}

function refuseIdleCopy(input: CopyObjectRequest, source: CopySource): void {
  const isSame = source.Bucket === input.Bucket && source.Key === input.Key && source.VersionId === undefined;
  const changes =
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    input.StorageClass ||
    input.ServerSideEncryption ||
    input.WebsiteRedirectLocation ||
    input.ChecksumAlgorithm;
  if (isSame && !changes) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      400,
    );
  }
}

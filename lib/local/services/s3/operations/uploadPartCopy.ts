import type { UploadPartCopyOutput, UploadPartCopyRequest } from '@aws-sdk/client-s3';
import { checksumMembers } from '../checksums';
import { checkCopyConditions } from '../conditions';
import { parseCopySource } from '../copy-source';
import { checkPartNumber, findUpload } from '../multipart';
import { findVersion, quoted, readRequests, type S3Operation, writeRequest } from '../objects';
import { parseCopyRange } from '../range';
import { digestOf } from '../receive';
import { sliceSegments } from '../store/files';

export const uploadPartCopy: S3Operation<UploadPartCopyRequest, UploadPartCopyOutput> = (s3) => ({
  authorize: (input) => [
    ...readRequests(s3, 's3:GetObject', parseCopySource(input.CopySource ?? '')),
    writeRequest(input),
  ],
  async handle(input, context) {
    const { Bucket = '', Key = '', UploadId = '' } = input;
    const partNumber = checkPartNumber(input.PartNumber);
    const { upload } = findUpload(s3, Bucket, Key, UploadId);
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
    const range =
      input.CopySourceRange === undefined
        ? { start: 0, length: source.size }
        : parseCopyRange(input.CopySourceRange, source.size);
    const segments = sliceSegments(source.segments, range.start, range.length);

    // The part refers to the source's bytes: it costs a read for its ETag, but no copy.
    s3.store.files.retain(segments);
    try {
      const digest = await digestOf(s3.store.files, source.segments, range, upload.checksumAlgorithm);
      findUpload(s3, Bucket, Key, UploadId);
      const lastModified = context.cloud.clock.now();
      const part = { segments, size: range.length, ...digest, partNumber, lastModified };
      await s3.store.commit({ do: 'part', bucket: Bucket, uploadId: UploadId, part });
      return {
        ...(sourceBucket.config.versioning !== 'Disabled' && { CopySourceVersionId: source.versionId }),
        CopyPartResult: {
          ETag: quoted(digest.etag),
          LastModified: new Date(lastModified),
          ...checksumMembers(digest.checksums),
        },
      };
    } finally {
      await s3.store.files.remove(s3.store.files.release(segments));
    }
  },
});

import { createHash } from 'node:crypto';
import type { CompletedPart, CompleteMultipartUploadOutput, CompleteMultipartUploadRequest } from '@aws-sdk/client-s3';
import { checksumOfParts, statedChecksums, verifyChecksums } from '../checksums';
import { checkWriteConditions } from '../conditions';
import { malformedXml, noSuchUpload, S3Error } from '../errors';
import { findUpload } from '../multipart';
import {
  checksumAnswer,
  commitVersion,
  newVersion,
  quoted,
  type S3,
  type S3Operation,
  storedMembers,
  versionMember,
  writeRequest,
} from '../objects';
import type { OpenUpload } from '../store/bucket';
import type { Checksums, Content, ObjectVersion, Part } from '../types';

const MIN_PART_BYTES = 5 * 1024 * 1024;

export const completeMultipartUpload: S3Operation<CompleteMultipartUploadRequest, CompleteMultipartUploadOutput> = (
  s3,
) => ({
  authorize: (input) => [writeRequest(input)],
  async handle(input, context) {
    const { Bucket = '', Key = '', UploadId = '', IfMatch: ifMatch, IfNoneMatch: ifNoneMatch } = input;
    const done = completedBefore(s3, Bucket, Key, UploadId);
    if (done) return answer(s3, Bucket, done, context.cloud.endpoint);
    const open = findUpload(s3, Bucket, Key, UploadId);
    const parts = chooseParts(open, input.MultipartUpload?.Parts ?? []);
    const content = await joinParts(open, parts, statedChecksums(input));

    // From here to the commit nothing is awaited.
    const { bucket, upload } = findUpload(s3, Bucket, Key, UploadId);
    checkWriteConditions({ ifMatch, ifNoneMatch }, Key, bucket.latest(Key));
    const version: ObjectVersion = {
      ...newVersion(s3, bucket, Key, context.cloud.clock.now(), content, upload),
      parts: parts.map(({ size }) => size),
      ...(upload.checksumAlgorithm && { partChecksums: parts.map(({ checksums }) => checksums) }),
      uploadId: UploadId,
    };
    await commitVersion(s3, bucket, version, 'CompleteMultipartUpload', context, UploadId);
    return answer(s3, Bucket, version, context.cloud.endpoint);
  },
});

/** An answer may be lost: completing once more tells the same, as long as the object is the latest. */
function completedBefore(s3: S3, bucketName: string, key: string, uploadId: string): ObjectVersion | undefined {
  const bucket = s3.store.bucket(bucketName);
  if (bucket.uploads.has(uploadId)) return undefined;
  const latest = bucket.latest(key);
  if (latest?.uploadId !== uploadId) throw noSuchUpload(uploadId);
  return latest;
}

function answer(s3: S3, bucketName: string, version: ObjectVersion, endpoint: string): CompleteMultipartUploadOutput {
  return {
    Location: `${endpoint}/${bucketName}/${encodeURIComponent(version.key)}`,
    Bucket: bucketName,
    Key: version.key,
    ETag: quoted(version.etag),
    ...versionMember(s3.store.bucket(bucketName), version),
    ...storedMembers(s3.store.bucket(bucketName), version),
    ...checksumAnswer(version),
  };
}

/** Throws InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest. */
function chooseParts({ parts }: OpenUpload, listed: readonly CompletedPart[]): Part[] {
  if (listed.length === 0) throw malformedXml();
  const chosen = listed.map((entry, index) => {
    const partNumber = entry.PartNumber ?? 0;
    if (index > 0 && partNumber <= (listed[index - 1]?.PartNumber ?? 0)) {
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        400,
      );
    }
    const part = parts.get(partNumber);
    if (!part || (entry.ETag ?? '').replaceAll('"', '') !== part.etag) {
      throw new S3Error(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { PartNumber: partNumber, ETag: entry.ETag ?? '' },
      );
    }
    const stated = statedChecksums(entry);
    const known = Object.fromEntries(Object.entries(stated).filter(([algorithm]) => algorithm in part.checksums));
    verifyChecksums(known, part.checksums);
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (small) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
      ProposedSize: small.size,
      MinSizeAllowed: MIN_PART_BYTES,
      PartNumber: small.partNumber,
      ETag: small.etag,
    });
  }
  return chosen;
}

async function joinParts({ upload }: OpenUpload, parts: readonly Part[], stated: Checksums): Promise<Content> {
  const digests = createHash('md5');
  for (const { etag } of parts) digests.update(Buffer.from(etag, 'hex'));
  const content = {
    segments: parts.flatMap(({ segments }) => segments),
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: `${digests.digest('hex')}-${parts.length}`,
  };
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm || !type) return { ...content, checksums: {} };
  const own = await checksumOfParts(
    algorithm,
    type,
    parts.map(({ checksums, size }) => ({ checksum: checksums[algorithm] ?? '', size })),
  );
  const checksums: Checksums = { [algorithm]: own };
  const statedValue = stated[algorithm];
  // Clients state a composite checksum with or without its number of parts.
  if (statedValue !== undefined && statedValue !== own.split('-')[0])
    verifyChecksums({ [algorithm]: statedValue }, checksums);
  return { ...content, checksums, checksumType: type };
}

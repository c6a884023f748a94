import type { ListPartsOutput, ListPartsRequest } from '@aws-sdk/client-s3';
import { checksumMembers } from '../checksums';
import { findUpload } from '../multipart';
import { objectArn, quoted, type S3Operation } from '../objects';

const MAX_PARTS = 1000;

export const listParts: S3Operation<ListPartsRequest, ListPartsOutput> = (s3) => ({
  authorize: ({ Bucket, Key }) => [{ action: 's3:ListMultipartUploadParts', resource: objectArn(Bucket, Key) }],
  async handle({ Bucket = '', Key = '', UploadId = '', PartNumberMarker, MaxParts = MAX_PARTS }) {
    const { upload, parts } = findUpload(s3, Bucket, Key, UploadId);
    const after = Number(PartNumberMarker ?? 0);
    const all = [...parts.values()]
      .filter(({ partNumber }) => partNumber > after)
      .sort((left, right) => left.partNumber - right.partNumber);
    const page = all.slice(0, Math.min(MaxParts, MAX_PARTS));
    const isTruncated = page.length < all.length;
    return {
      Bucket,
      Key,
      UploadId,
      PartNumberMarker: String(after),
      MaxParts: Math.min(MaxParts, MAX_PARTS),
      IsTruncated: isTruncated,
      ...(isTruncated && { NextPartNumberMarker: String(page.at(-1)?.partNumber ?? after) }),
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
      Parts: page.map((part) => ({
        PartNumber: part.partNumber,
        LastModified: new Date(part.lastModified),
        ETag: quoted(part.etag),
        Size: part.size,
        ...checksumMembers(part.checksums),
      })),
    };
  },
});

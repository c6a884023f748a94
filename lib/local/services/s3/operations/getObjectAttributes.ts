import type {
  GetObjectAttributesOutput,
  GetObjectAttributesParts,
  GetObjectAttributesRequest,
} from '@aws-sdk/client-s3';
import { checksumMembers } from '../checksums';
import { checksumAnswer, findVersion, objectArn, readRequests, type S3Operation, versionMember } from '../objects';
import type { ObjectVersion } from '../types';

const MAX_PARTS = 1_000;

export const getObjectAttributes: S3Operation<GetObjectAttributesRequest, GetObjectAttributesOutput> = (s3) => ({
  authorize: (input) => [
    ...readRequests(s3, 's3:GetObject', input),
    {
      action: input.VersionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes',
      resource: objectArn(input.Bucket, input.Key),
    },
  ],
  async handle(input) {
    const { Bucket = '', Key = '', VersionId, ObjectAttributes } = input;
    const bucket = s3.store.bucket(Bucket);
    const version = findVersion(bucket, Key, VersionId);
    const asked = new Set<string>(ObjectAttributes ?? []);
    return {
      LastModified: new Date(version.lastModified),
      ...versionMember(bucket, version),
      ...(asked.has('ETag') && { ETag: version.etag }),
      ...(asked.has('ObjectSize') && { ObjectSize: version.size }),
      ...(asked.has('StorageClass') && { StorageClass: version.headers.StorageClass ?? 'STANDARD' }),
      ...(asked.has('Checksum') && Object.keys(version.checksums).length > 0 && { Checksum: checksumAnswer(version) }),
      ...(asked.has('ObjectParts') && version.parts && { ObjectParts: partsOf(version, input) }),
    } as GetObjectAttributesOutput;
  },
});

/** Only parts with checksums are told one by one. */
function partsOf(version: ObjectVersion, input: GetObjectAttributesRequest): GetObjectAttributesParts {
  const { parts: sizes = [], partChecksums } = version;
  if (!partChecksums) return { TotalPartsCount: sizes.length };
  const after = Number(input.PartNumberMarker ?? 0);
  const maxParts = Math.min(input.MaxParts ?? MAX_PARTS, MAX_PARTS);
  const page = sizes
    .map((Size, index) => ({ PartNumber: index + 1, Size, ...checksumMembers(partChecksums[index] ?? {}) }))
    .slice(after, after + maxParts);
  return {
    TotalPartsCount: sizes.length,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.PartNumber ?? 0),
    MaxParts: maxParts,
    IsTruncated: after + page.length < sizes.length,
    Parts: page,
  };
}

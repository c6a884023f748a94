import type { GetObjectAttributesOutput, GetObjectAttributesRequest } from '@aws-sdk/client-s3';
import { checksumAnswer, findVersion, objectArn, readRequests, type S3Operation, versionMember } from '../objects';

export const getObjectAttributes: S3Operation<GetObjectAttributesRequest, GetObjectAttributesOutput> = (s3) => ({
  authorize: (input) => [
    ...readRequests(s3, 's3:GetObject', input),
    {
      action: input.VersionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes',
      resource: objectArn(input.Bucket, input.Key),
    },
  ],
  async handle({ Bucket = '', Key = '', VersionId, ObjectAttributes }) {
    const bucket = s3.store.bucket(Bucket);
    const version = findVersion(bucket, Key, VersionId);
    const asked = new Set<string>(ObjectAttributes ?? []);
    return {
      LastModified: new Date(version.lastModified),
      ...versionMember(bucket, version),
      ...(asked.has('ETag') && { ETag: version.etag }),
      ...(asked.has('ObjectSize') && { ObjectSize: version.size }),
      ...(asked.has('StorageClass') && { StorageClass: 'STANDARD' }),
      ...(asked.has('Checksum') && Object.keys(version.checksums).length > 0 && { Checksum: checksumAnswer(version) }),
      ...(asked.has('ObjectParts') && version.parts && { ObjectParts: { TotalPartsCount: version.parts.length } }),
    };
  },
});

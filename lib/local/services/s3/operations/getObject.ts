import type { GetObjectOutput, GetObjectRequest } from '@aws-sdk/client-s3';
import { checkReadConditions } from '../conditions';
import { invalidArgument } from '../errors';
import {
  checksumAnswer,
  describeMembers,
  findVersion,
  readRequests,
  type S3,
  type S3Operation,
  storedMembers,
  versionMember,
} from '../objects';
import { parseRange, partRange } from '../range';
import type { ObjectVersion } from '../types';

export const getObject: S3Operation<GetObjectRequest, object> = (s3) => ({
  authorize: (input) => readRequests(s3, 's3:GetObject', input),
  async handle(input) {
    const { version, start, length, members } = readPlan(s3, input);
    return { ...members, Body: s3.store.files.read(version.segments, start, length) };
  },
});

/** What GetObject and HeadObject answer, and which bytes that is about. */
export function readPlan(s3: S3, input: GetObjectRequest) {
  const { Bucket: bucketName = '', Key: key = '', VersionId, Range, PartNumber } = input;
  const bucket = s3.store.bucket(bucketName);
  const version = findVersion(bucket, key, VersionId);
  checkReadConditions(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    version,
  );
  if (PartNumber !== undefined && Range !== undefined) {
    throw invalidArgument('Cannot specify both Range header and partNumber query parameter', 'partNumber', PartNumber);
  }
  const part = PartNumber === undefined ? undefined : partRange(version.parts, PartNumber, version.size);
  const range = part ?? parseRange(Range, version.size);
  const start = range?.start ?? 0;
  const length = range?.length ?? version.size;
  const members: Omit<GetObjectOutput, 'Body'> & { $metadata?: { httpStatusCode: number } } = {
    ...describeMembers(version),
    ...versionMember(bucket, version),
    ...storedMembers(bucket, version),
    ...overrides(input),
    ContentLength: length,
    ...(part && version.parts && { PartsCount: version.parts.length }),
    ...(range &&
      (version.size > 0 || !part) && {
        ContentRange: `bytes ${start}-${start + length - 1}/${version.size}`,
        $metadata: { httpStatusCode: 206 },
      }),
    ...(input.ChecksumMode === 'ENABLED' && length === version.size && checksumAnswer(version)),
  };
  return { version: version as ObjectVersion, start, length, members };
}

function overrides(input: GetObjectRequest): Partial<GetObjectOutput> {
  const {
    ResponseCacheControl: CacheControl,
    ResponseContentDisposition: ContentDisposition,
    ResponseContentEncoding: ContentEncoding,
    ResponseContentLanguage: ContentLanguage,
    ResponseContentType: ContentType,
    ResponseExpires: Expires,
  } = input;
  const members = { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Expires };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

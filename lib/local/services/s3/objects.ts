/** What the operations on objects share: finding a version, describing it, making a new one. */
import { randomBytes } from 'node:crypto';
import type { AccessRequest, CallContext, Operation } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { checksumMembers } from './checksums';
import { noSuchKey, noSuchVersion, S3Error } from './errors';
import { type CreationReason, objectCreated } from './events';
import { expirationHeader } from './lifecycle-rules';
import type { Bucket } from './store/bucket';
import type { Store } from './store/store';
import { type Content, type Description, type ObjectVersion, STORED_HEADERS, type StoredHeaders } from './types';

export interface S3 {
  readonly store: Store;
  /** where bucket policies count */
  readonly policies?: ResourcePolicies;
  /** Tells the deliverer that an event is owed. */
  wake(): void;
}

export type S3Operation<I, O> = (s3: S3) => Operation<I, O>;

export const bucketArn = (bucket: string | undefined) => `arn:aws:s3:::${bucket}`;
export const objectArn = (bucket: string | undefined, key: string | undefined) => `arn:aws:s3:::${bucket}/${key}`;

interface ObjectName {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly VersionId?: string;
}

/**
 * To read an object needs the action on it (that with `Version` when a version is named), and s3:ListBucket where it does not exist:
 * without it AWS answers 403 rather than tell that there is nothing.
 */
export function readRequests(
  s3: S3,
  action: 's3:GetObject' | 's3:GetObjectTagging',
  input: ObjectName,
): AccessRequest[] {
  const requests: AccessRequest[] = [
    {
      action: input.VersionId === undefined ? action : `${action.replace('Object', 'ObjectVersion')}`,
      resource: objectArn(input.Bucket, input.Key),
    },
  ];
  const bucket = s3.store.buckets.get(input.Bucket ?? '');
  const latest = bucket?.latest(input.Key ?? '');
  if (bucket && input.VersionId === undefined && (!latest || latest.deleteMarker)) {
    requests.push({
      action: 's3:ListBucket',
      resource: bucketArn(input.Bucket),
      context: { 's3:prefix': input.Key ?? '' },
    });
  }
  return requests;
}

export const writeRequest = (input: ObjectName): AccessRequest => ({
  action: 's3:PutObject',
  resource: objectArn(input.Bucket, input.Key),
});

export function tagRequests(input: ObjectName & { readonly Tagging?: unknown }): AccessRequest[] {
  return input.Tagging === undefined
    ? []
    : [{ action: 's3:PutObjectTagging', resource: objectArn(input.Bucket, input.Key) }];
}

/** The version that a read means. Throws NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker. */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  if (versionId === undefined) {
    const latest = bucket.latest(key);
    if (!latest) throw noSuchKey(key);
    if (latest.deleteMarker)
      throw noSuchKey(key, { 'x-amz-delete-marker': 'true', 'x-amz-version-id': latest.versionId });
    return latest;
  }
  const version = bucket.version(key, versionId);
  if (!version) throw noSuchVersion(key, versionId);
  if (version.deleteMarker) {
    throw new S3Error(
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
      405,
      {},
      { 'x-amz-delete-marker': 'true', allow: 'DELETE' },
    );
  }
  return version;
}

/** The next version of a key: `null` where the bucket does not keep versions. Sees the clock and the sequencer, changes nothing. */
export function newVersion(
  s3: S3,
  bucket: Bucket,
  key: string,
  nowMs: number,
  content: Content,
  description: Description,
): ObjectVersion {
  return {
    key,
    versionId: newVersionId(bucket),
    sequencer: s3.store.nextSequencer(nowMs),
    lastModified: nowMs,
    segments: content.segments,
    size: content.size,
    etag: content.etag,
    checksums: content.checksums,
    ...(content.checksumType && { checksumType: content.checksumType }),
    headers: description.headers,
    metadata: description.metadata,
    tags: description.tags,
  };
}

export function newVersionId(bucket: Bucket): string {
  return bucket.config.versioning === 'Enabled' ? randomBytes(24).toString('base64url').replaceAll('-', '.') : 'null';
}

/** Stores a version and owes its event. */
export async function commitVersion(
  s3: S3,
  bucket: Bucket,
  version: ObjectVersion,
  reason: CreationReason,
  context: CallContext,
  ends?: string,
): Promise<void> {
  const events = objectCreated(bucket.config, version, reason, context);
  await s3.store.commit({
    do: 'put',
    bucket: bucket.config.name,
    version,
    ...(ends !== undefined && { ends }),
    ...(events.length > 0 && { events }),
  });
  if (events.length > 0) s3.wake();
}

const MAX_METADATA_BYTES = 2048;

/** Of the members that PutObject, CopyObject and CreateMultipartUpload share. Throws for what S3 does not store. */
export function describe(input: object): Description {
  const members = input as Readonly<Record<string, unknown>>;
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) if (typeof members[name] === 'string') headers[name] = members[name];
  if (members.Expires instanceof Date) headers.Expires = members.Expires.toISOString();
  const metadata = (members.Metadata ?? {}) as Record<string, string>;
  const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      Size: bytes,
      MaxSizeAllowed: MAX_METADATA_BYTES,
    });
  }
  return {
    headers: { ContentType: 'binary/octet-stream', ...headers } as StoredHeaders,
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value])),
    tags: typeof members.Tagging === 'string' ? Object.fromEntries(new URLSearchParams(members.Tagging)) : {},
  };
}

/** The members of an answer that tell what is stored. */
export function describeMembers(version: ObjectVersion): Record<string, unknown> {
  const { Expires, StorageClass, ...headers } = version.headers;
  return {
    ...headers,
    ...(Expires !== undefined && { Expires: new Date(Expires) }),
    // AWS leaves STANDARD out of the headers.
    ...(StorageClass !== undefined && StorageClass !== 'STANDARD' && { StorageClass }),
    Metadata: version.metadata,
    ETag: `"${version.etag}"`,
    LastModified: new Date(version.lastModified),
    AcceptRanges: 'bytes',
    ...(Object.keys(version.tags).length > 0 && { TagCount: Object.keys(version.tags).length }),
  };
}

export const quoted = (etag: string) => `"${etag}"`;

/** `VersionId` in an answer: only from buckets that keep versions. */
export function versionMember(bucket: Bucket, version: { readonly versionId: string }): { VersionId?: string } {
  return bucket.config.versioning === 'Disabled' ? {} : { VersionId: version.versionId };
}

/** What every answer about a stored object tells of its storing. */
export const storedMembers = (bucket: Bucket, version: ObjectVersion): Record<string, string> => ({
  ServerSideEncryption: version.headers.ServerSideEncryption ?? 'AES256',
  ...(version.headers.SSEKMSKeyId && { SSEKMSKeyId: version.headers.SSEKMSKeyId }),
  ...expirationHeader(bucket.config, version),
});

export const checksumAnswer = (version: Content) =>
  checksumMembers(version.checksums, version.checksumType ?? 'FULL_OBJECT');

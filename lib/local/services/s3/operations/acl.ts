/** Access control lists: every object is its bucket owner's, as in all buckets of AWS unless somebody asks for lists. */
import type { Operation } from '../../../service';
import { S3Error } from '../errors';
import { bucketArn, findVersion, objectArn, readRequests, type S3 } from '../objects';
import { ownerOf, settingOf } from '../settings';
import type { BucketConfig } from '../types';

/** These say what is so anyway. */
const HARMLESS = [undefined, 'private', 'bucket-owner-full-control'];

/** Of any request that may bring a list along. Throws AccessControlListNotSupported. */
export function assertAcl(config: BucketConfig, acl: string | undefined): void {
  if (HARMLESS.includes(acl)) return;
  const { Rules = [] } = (settingOf(config, 'ownership') ?? {}) as { Rules?: { ObjectOwnership?: string }[] };
  if (Rules[0]?.ObjectOwnership === 'BucketOwnerEnforced')
    throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs', 400);
  throw new S3Error('NotImplemented', 'The local S3 keeps no access control lists: write a bucket policy.', 501);
}

export function aclOperations(s3: S3): Record<string, Operation> {
  const told = (context: Parameters<typeof ownerOf>[0]) => {
    const Owner = ownerOf(context);
    return { Owner, Grants: [{ Grantee: { ...Owner, Type: 'CanonicalUser' as const }, Permission: 'FULL_CONTROL' }] };
  };
  return {
    GetBucketAcl: {
      authorize: ({ Bucket }) => [{ action: 's3:GetBucketAcl', resource: bucketArn(Bucket) }],
      async handle({ Bucket }, context) {
        s3.store.bucket(Bucket);
        return told(context);
      },
    },
    PutBucketAcl: {
      authorize: ({ Bucket }) => [{ action: 's3:PutBucketAcl', resource: bucketArn(Bucket) }],
      async handle({ Bucket, ACL, AccessControlPolicy }) {
        assertAcl(s3.store.bucket(Bucket).config, ACL ?? (AccessControlPolicy ? 'a list' : undefined));
        return {};
      },
    },
    GetObjectAcl: {
      authorize: (input) => [
        ...readRequests(s3, 's3:GetObject', input).slice(1),
        { action: 's3:GetObjectAcl', resource: objectArn(input.Bucket, input.Key) },
      ],
      async handle({ Bucket, Key, VersionId }, context) {
        findVersion(s3.store.bucket(Bucket), Key, VersionId);
        return told(context);
      },
    },
    PutObjectAcl: {
      authorize: ({ Bucket, Key }) => [{ action: 's3:PutObjectAcl', resource: objectArn(Bucket, Key) }],
      async handle({ Bucket, Key, VersionId, ACL, AccessControlPolicy }) {
        const bucket = s3.store.bucket(Bucket);
        findVersion(bucket, Key, VersionId);
        assertAcl(bucket.config, ACL ?? (AccessControlPolicy ? 'a list' : undefined));
        return {};
      },
    },
    GetObjectLockConfiguration: {
      authorize: ({ Bucket }) => [{ action: 's3:GetBucketObjectLockConfiguration', resource: bucketArn(Bucket) }],
      async handle({ Bucket }) {
        s3.store.bucket(Bucket);
        throw new S3Error(
          'ObjectLockConfigurationNotFoundError',
          'Object Lock configuration does not exist for this bucket',
          404,
          { BucketName: Bucket },
        );
      },
    },
  };
}

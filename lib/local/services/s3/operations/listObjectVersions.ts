import type { ListObjectVersionsOutput, ListObjectVersionsRequest } from '@aws-sdk/client-s3';
import { invalidArgument } from '../errors';
import { keyEncoder, listContext, listQuery } from '../list-query';
import { listVersions } from '../listing';
import { bucketArn, quoted, type S3Operation } from '../objects';
import { ownerOf } from '../settings';

export const listObjectVersions: S3Operation<ListObjectVersionsRequest, ListObjectVersionsOutput> = (s3) => ({
  authorize: (input) => [
    { action: 's3:ListBucketVersions', resource: bucketArn(input.Bucket), context: listContext(input) },
  ],
  async handle(input, context) {
    const { Bucket = '', KeyMarker, VersionIdMarker } = input;
    const bucket = s3.store.bucket(Bucket);
    if (VersionIdMarker !== undefined && KeyMarker === undefined) {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        VersionIdMarker,
      );
    }
    const encode = keyEncoder(input.EncodingType);
    const query = listQuery(input, KeyMarker === '' ? undefined : KeyMarker);
    const page = listVersions(bucket, {
      ...query,
      ...(VersionIdMarker !== undefined && { afterVersion: VersionIdMarker }),
    });
    const common = page.versions.map(({ version, isLatest }) => ({
      isMarker: version.deleteMarker === true,
      version,
      entry: {
        Key: encode(version.key),
        VersionId: version.versionId,
        IsLatest: isLatest,
        LastModified: new Date(version.lastModified),
        Owner: ownerOf(context),
      },
    }));
    return {
      Name: Bucket,
      Prefix: encode(query.prefix),
      KeyMarker: encode(KeyMarker ?? ''),
      VersionIdMarker: VersionIdMarker ?? '',
      ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
      MaxKeys: query.maxKeys,
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
      IsTruncated: page.next !== undefined,
      ...(page.next && { NextKeyMarker: encode(page.next.key), NextVersionIdMarker: page.next.versionId }),
      Versions: common
        .filter(({ isMarker }) => !isMarker)
        .map(({ entry, version }) => ({
          ...entry,
          ETag: quoted(version.etag),
          Size: version.size,
          StorageClass: 'STANDARD',
        })),
      DeleteMarkers: common.filter(({ isMarker }) => isMarker).map(({ entry }) => entry),
      CommonPrefixes: page.commonPrefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
    };
  },
});

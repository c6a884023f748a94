import type { _Object, ListObjectsV2Output, ListObjectsV2Request } from '@aws-sdk/client-s3';
import { fromToken, keyEncoder, listContext, listQuery, toToken } from '../list-query';
import { listObjects } from '../listing';
import { bucketArn, quoted, type S3Operation } from '../objects';
import { ownerOf } from '../settings';
import type { ObjectVersion } from '../types';

export const listObjectsV2: S3Operation<ListObjectsV2Request, ListObjectsV2Output> = (s3) => ({
  authorize: (input) => [{ action: 's3:ListBucket', resource: bucketArn(input.Bucket), context: listContext(input) }],
  async handle(input, context) {
    const { Bucket = '', ContinuationToken, StartAfter } = input;
    const bucket = s3.store.bucket(Bucket);
    const encode = keyEncoder(input.EncodingType);
    const query = listQuery(input, ContinuationToken === undefined ? StartAfter : fromToken(ContinuationToken));
    const page = listObjects(bucket, query);
    return {
      Name: Bucket,
      Prefix: encode(query.prefix),
      ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
      MaxKeys: query.maxKeys,
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
      ...(ContinuationToken !== undefined && { ContinuationToken }),
      ...(StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
      KeyCount: page.contents.length + page.commonPrefixes.length,
      IsTruncated: page.next !== undefined,
      ...(page.next !== undefined && { NextContinuationToken: toToken(page.next) }),
      Contents: page.contents.map((version) => ({
        ...contentsEntry(version, encode),
        ...(input.FetchOwner && { Owner: ownerOf(context) }),
      })),
      CommonPrefixes: page.commonPrefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
    };
  },
});

export function contentsEntry(version: ObjectVersion, encode: (key: string) => string): _Object {
  const [algorithm] = Object.keys(version.checksums);
  return {
    Key: encode(version.key),
    LastModified: new Date(version.lastModified),
    ETag: quoted(version.etag),
    ...(algorithm && {
      ChecksumAlgorithm: [algorithm as 'CRC32'],
      ChecksumType: version.checksumType ?? 'FULL_OBJECT',
    }),
    Size: version.size,
    StorageClass: (version.headers.StorageClass ?? 'STANDARD') as 'STANDARD',
  };
}

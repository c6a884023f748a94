import type { ListObjectsOutput, ListObjectsRequest } from '@aws-sdk/client-s3';
import { keyEncoder, listContext, listQuery } from '../list-query';
import { listObjects as page } from '../listing';
import { bucketArn, type S3Operation } from '../objects';
import { ownerOf } from '../settings';
import { contentsEntry } from './listObjectsV2';

export const listObjects: S3Operation<ListObjectsRequest, ListObjectsOutput> = (s3) => ({
  authorize: (input) => [{ action: 's3:ListBucket', resource: bucketArn(input.Bucket), context: listContext(input) }],
  async handle(input, context) {
    const { Bucket = '', Marker } = input;
    const bucket = s3.store.bucket(Bucket);
    const encode = keyEncoder(input.EncodingType);
    const query = listQuery(input, Marker === '' ? undefined : Marker);
    const { contents, commonPrefixes, next } = page(bucket, query);
    return {
      Name: Bucket,
      Prefix: encode(query.prefix),
      Marker: encode(Marker ?? ''),
      ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
      MaxKeys: query.maxKeys,
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
      IsTruncated: next !== undefined,
      // Without a delimiter the last key is the marker, and S3 leaves this out.
      ...(next !== undefined && query.delimiter !== '' && { NextMarker: encode(next) }),
      Contents: contents.map((version) => ({ ...contentsEntry(version, encode), Owner: ownerOf(context) })),
      CommonPrefixes: commonPrefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
    };
  },
});

import type { ListMultipartUploadsOutput, ListMultipartUploadsRequest } from '@aws-sdk/client-s3';
import { keyEncoder } from '../list-query';
import { bucketArn, type S3Operation } from '../objects';
import { compareKeys } from '../store/keys';

const MAX_UPLOADS = 1000;

export const listMultipartUploads: S3Operation<ListMultipartUploadsRequest, ListMultipartUploadsOutput> = (s3) => ({
  authorize: ({ Bucket }) => [{ action: 's3:ListBucketMultipartUploads', resource: bucketArn(Bucket) }],
  async handle(input) {
    const { Bucket = '', Prefix = '', KeyMarker = '', UploadIdMarker = '' } = input;
    const maxUploads = Math.min(input.MaxUploads ?? MAX_UPLOADS, MAX_UPLOADS);
    const encode = keyEncoder(input.EncodingType);
    const order = (left: { key: string; uploadId: string }, right: { key: string; uploadId: string }) =>
      compareKeys(left.key, right.key) || compareKeys(left.uploadId, right.uploadId);
    const marker = { key: KeyMarker, uploadId: UploadIdMarker === '' ? '\uffff' : UploadIdMarker };
    const all = [...s3.store.bucket(Bucket).uploads.values()]
      .map(({ upload }) => upload)
      .filter(({ key }) => key.startsWith(Prefix))
      .filter((upload) => KeyMarker === '' || order(upload, marker) > 0)
      .sort(order);
    const page = all.slice(0, maxUploads);
    const last = page.length < all.length ? page.at(-1) : undefined;
    return {
      Bucket,
      Prefix: encode(Prefix),
      KeyMarker: encode(KeyMarker),
      UploadIdMarker,
      MaxUploads: maxUploads,
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
      IsTruncated: last !== undefined,
      ...(last && { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId }),
      Uploads: page.map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.uploadId,
        Initiated: new Date(upload.initiatedAt),
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: upload.checksumAlgorithm,
        ChecksumType: upload.checksumType,
      })),
    };
  },
});

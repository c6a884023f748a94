import type { ListMultipartUploadsOutput, ListMultipartUploadsRequest } from '@aws-sdk/client-s3';
import { keyEncoder } from '../list-query';
import { bucketArn, type S3Operation } from '../objects';
import { ownerOf } from '../settings';
import { compareKeys } from '../store/keys';
import type { Upload } from '../types';

const MAX_UPLOADS = 1000;

export const listMultipartUploads: S3Operation<ListMultipartUploadsRequest, ListMultipartUploadsOutput> = (s3) => ({
  authorize: ({ Bucket }) => [{ action: 's3:ListBucketMultipartUploads', resource: bucketArn(Bucket) }],
  async handle(input, context) {
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
    const entries = grouped(all, Prefix, input.Delimiter ?? '').filter(
      ({ prefix }) => prefix === undefined || compareKeys(prefix, KeyMarker) > 0,
    );
    const shown = entries.slice(0, maxUploads);
    const page = shown.flatMap(({ upload }) => (upload ? [upload] : []));
    const end = shown.length < entries.length ? shown.at(-1) : undefined;
    const last = end && { key: end.prefix ?? end.upload?.key ?? '', uploadId: end.upload?.uploadId };
    const owner = ownerOf(context);
    return {
      Bucket,
      Prefix: encode(Prefix),
      KeyMarker: encode(KeyMarker),
      UploadIdMarker,
      MaxUploads: maxUploads,
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
      IsTruncated: last !== undefined,
      ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
      ...(last && { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId ?? '' }),
      Uploads: page.map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.uploadId,
        Initiated: new Date(upload.initiatedAt),
        StorageClass: 'STANDARD',
        Owner: owner,
        Initiator: owner,
        ChecksumAlgorithm: upload.checksumAlgorithm,
        ChecksumType: upload.checksumType,
      })),
      CommonPrefixes: shown.flatMap(({ prefix }) => (prefix === undefined ? [] : [{ Prefix: encode(prefix) }])),
    };
  },
});

/** Uploads of keys that go on after the delimiter are told by what comes before it. */
function grouped(uploads: readonly Upload[], prefix: string, delimiter: string) {
  const seen = new Set<string>();
  return uploads.flatMap((upload): { upload?: Upload; prefix?: string }[] => {
    const at = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    if (at < 0) return [{ upload }];
    const common = upload.key.slice(0, at + delimiter.length);
    if (seen.has(common)) return [];
    seen.add(common);
    return [{ prefix: common }];
  });
}

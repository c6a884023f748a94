import type { AbortMultipartUploadOutput, AbortMultipartUploadRequest } from '@aws-sdk/client-s3';
import { findUpload } from '../multipart';
import { objectArn, type S3Operation } from '../objects';

export const abortMultipartUpload: S3Operation<AbortMultipartUploadRequest, AbortMultipartUploadOutput> = (s3) => ({
  authorize: ({ Bucket, Key }) => [{ action: 's3:AbortMultipartUpload', resource: objectArn(Bucket, Key) }],
  async handle({ Bucket = '', Key = '', UploadId = '' }) {
    findUpload(s3, Bucket, Key, UploadId);
    await s3.store.commit({ do: 'drop-upload', bucket: Bucket, uploadId: UploadId });
    return {};
  },
});

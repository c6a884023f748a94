/** What the operations of a multipart upload share. */
import { invalidArgument, noSuchUpload } from './errors';
import type { S3 } from './objects';
import type { Bucket, OpenUpload } from './store/bucket';

const MAX_PART_NUMBER = 10_000;

/** Throws NoSuchUpload, also for an upload of another key. */
export function findUpload(s3: S3, bucketName: string, key: string, uploadId: string): OpenUpload & { bucket: Bucket } {
  const bucket = s3.store.bucket(bucketName);
  const found = bucket.uploads.get(uploadId);
  if (!found || found.upload.key !== key) throw noSuchUpload(uploadId);
  return { ...found, bucket };
}

export function checkPartNumber(partNumber: number | undefined): number {
  if (partNumber === undefined || !Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PART_NUMBER) {
    throw invalidArgument(
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
      'partNumber',
      partNumber,
    );
  }
  return partNumber;
}

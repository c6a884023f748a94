import type { Readable } from 'node:stream';
import type { UploadPartOutput, UploadPartRequest } from '@aws-sdk/client-s3';
import { checksumAlgorithm, checksumMembers, statedChecksums } from '../checksums';
import { checkPartNumber, findUpload } from '../multipart';
import { quoted, type S3Operation, writeRequest } from '../objects';
import { receive } from '../receive';

type Input = Omit<UploadPartRequest, 'Body'> & { Body?: Readable | Uint8Array | string };

export const uploadPart: S3Operation<Input, UploadPartOutput> = (s3) => ({
  authorize: (input) => [writeRequest(input)],
  async handle(input, context) {
    const { Bucket = '', Key = '', UploadId = '' } = input;
    const partNumber = checkPartNumber(input.PartNumber);
    const { upload } = findUpload(s3, Bucket, Key, UploadId);

    const content = await receive(s3.store.files, input.Body, {
      algorithms: [checksumAlgorithm(input.ChecksumAlgorithm), upload.checksumAlgorithm],
      checksums: statedChecksums(input),
      md5: input.ContentMD5,
    });

    try {
      // The upload may have ended while its part came in.
      findUpload(s3, Bucket, Key, UploadId);
      const lastModified = context.cloud.clock.now();
      await s3.store.commit({
        do: 'part',
        bucket: Bucket,
        uploadId: UploadId,
        part: { ...content, partNumber, lastModified },
      });
    } catch (error) {
      await s3.store.files.remove(content.segments.map(({ file }) => file));
      throw error;
    }
    return { ETag: quoted(content.etag), ...checksumMembers(content.checksums) };
  },
});

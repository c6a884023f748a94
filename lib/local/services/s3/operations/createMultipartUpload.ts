import { randomBytes } from 'node:crypto';
import type { CreateMultipartUploadOutput, CreateMultipartUploadRequest } from '@aws-sdk/client-s3';
import { checksumAlgorithm, checksumTypeOf } from '../checksums';
import { describe, type S3Operation, tagRequests, writeRequest } from '../objects';
import { assertAcl } from './acl';

export const createMultipartUpload: S3Operation<CreateMultipartUploadRequest, CreateMultipartUploadOutput> = (s3) => ({
  authorize: (input) => [writeRequest(input), ...tagRequests(input)],
  async handle(input, context) {
    const { Bucket = '', Key = '' } = input;
    assertAcl(s3.store.bucket(Bucket).config, input.ACL);
    const algorithm = checksumAlgorithm(input.ChecksumAlgorithm);
    const uploadId = randomBytes(32).toString('hex');
    const checksum = algorithm && {
      checksumAlgorithm: algorithm,
      checksumType: checksumTypeOf(algorithm, input.ChecksumType),
    };
    await s3.store.commit({
      do: 'upload',
      bucket: Bucket,
      upload: { uploadId, key: Key, initiatedAt: context.cloud.clock.now(), ...describe(input), ...checksum },
    });
    return {
      Bucket,
      Key,
      UploadId: uploadId,
      ServerSideEncryption: input.ServerSideEncryption ?? 'AES256',
      ChecksumAlgorithm: checksum?.checksumAlgorithm,
      ChecksumType: checksum?.checksumType,
    };
  },
});

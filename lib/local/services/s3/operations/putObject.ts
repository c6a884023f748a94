import type { Readable } from 'node:stream';
import type { PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3';
import { checksumAlgorithm, statedChecksums } from '../checksums';
import { checkWriteConditions } from '../conditions';
import {
  checksumAnswer,
  commitVersion,
  describe,
  newVersion,
  quoted,
  type S3Operation,
  storedMembers,
  tagRequests,
  versionMember,
  writeRequest,
} from '../objects';
import { receive } from '../receive';
import { assertAcl } from './acl';

type Input = Omit<PutObjectRequest, 'Body'> & { Body?: Readable | Uint8Array | string };

export const putObject: S3Operation<Input, PutObjectOutput> = (s3) => ({
  authorize: (input) => [writeRequest(input), ...tagRequests(input)],
  async handle(input, context) {
    const { Bucket: bucketName = '', Key: key = '', IfMatch: ifMatch, IfNoneMatch: ifNoneMatch } = input;
    const conditions = { ifMatch, ifNoneMatch };
    const found = s3.store.bucket(bucketName);
    assertAcl(found.config, input.ACL);
    checkWriteConditions(conditions, key, found.latest(key));
    const description = describe(input);

    const content = await receive(s3.store.files, input.Body, {
      algorithms: [checksumAlgorithm(input.ChecksumAlgorithm)],
      checksums: statedChecksums(input),
      md5: input.ContentMD5,
    });

    // Between here and the commit nothing is awaited: no other writer comes between the check and the change.
    try {
      const bucket = s3.store.bucket(bucketName);
      checkWriteConditions(conditions, key, bucket.latest(key));
      const version = newVersion(s3, bucket, key, context.cloud.clock.now(), content, description);
      await commitVersion(s3, bucket, version, 'PutObject', context);
      return {
        ETag: quoted(version.etag),
        ...versionMember(bucket, version),
        ...storedMembers(bucket, version),
        ...checksumAnswer(version),
      };
    } catch (error) {
      await s3.store.files.remove(content.segments.map(({ file }) => file));
      throw error;
    }
  },
});

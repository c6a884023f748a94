import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { emptyBucket } from '../../../lambdas/empty-bucket/empty-bucket';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

const Bucket = 'stepwell-trial-landing';
let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
  await cloud.s3.send(new CreateBucketCommand({ Bucket }));
  await cloud.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const Body of ['one', 'two', 'three']) await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'a b+ü', Body }));
  await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
  await cloud.s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
});
afterAll(() => cloud.close());

test('when the time is up it says so, and that another attempt goes on', async () => {
  await expect(emptyBucket(cloud.s3, Bucket, () => false)).rejects.toThrow(
    `0 versions of objects in ${Bucket} are deleted, and there are more. Destroy the stack again: it goes on.`,
  );
});

test('every version and every mark of a deletion goes', async () => {
  expect(await emptyBucket(cloud.s3, Bucket, () => true)).toBe(5);

  const { Versions = [], DeleteMarkers = [] } = await cloud.s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect([...Versions, ...DeleteMarkers]).toEqual([]);
});

test('a bucket that somebody has deleted already is empty', async () => {
  expect(await emptyBucket(cloud.s3, 'stepwell-not-there', () => true)).toBe(0);
});

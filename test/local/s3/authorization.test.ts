import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type S3Cloud, startS3 } from './cloud';

let cloud: S3Cloud;
beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket('bbb', { versioned: true });
});
afterAll(() => cloud.destroy());

/** What the request asks of IAM, whether it succeeds or not. */
async function asked(command: unknown): Promise<(string | object)[][]> {
  cloud.asked.length = 0;
  const answer = (await cloud.client.send(command as never).catch(() => undefined)) as
    | { Body?: { transformToString(): Promise<string> } }
    | undefined;
  await answer?.Body?.transformToString?.();
  return cloud.asked.flatMap(({ requests }) =>
    requests.map(({ action, resource, context }) => [action, resource, ...(context ? [context] : [])]),
  );
}
const k = { Bucket: 'bbb', Key: 'a/k' };
const object = 'arn:aws:s3:::bbb/a/k';
const bucket = 'arn:aws:s3:::bbb';

test('each operation asks for the actions that AWS documents', async () => {
  const list = ['s3:ListBucket', bucket, { 's3:prefix': 'a/k' }];

  expect(await asked(new GetObjectCommand(k))).toEqual([['s3:GetObject', object], list]);
  expect(await asked(new PutObjectCommand({ ...k, Body: 'x' }))).toEqual([['s3:PutObject', object]]);
  expect(await asked(new PutObjectCommand({ ...k, Body: 'x', Tagging: 'a=b' }))).toEqual([
    ['s3:PutObject', object],
    ['s3:PutObjectTagging', object],
  ]);
  expect(await asked(new GetObjectCommand(k))).toEqual([['s3:GetObject', object]]);
  expect(await asked(new HeadObjectCommand(k))).toEqual([['s3:GetObject', object]]);
  expect(await asked(new GetObjectCommand({ ...k, VersionId: 'v' }))).toEqual([['s3:GetObjectVersion', object]]);
  expect(await asked(new GetObjectTaggingCommand({ ...k, VersionId: 'v' }))).toEqual([
    ['s3:GetObjectVersionTagging', object],
  ]);
  expect(await asked(new CopyObjectCommand({ Bucket: 'bbb', Key: 'copy', CopySource: 'bbb/a/k?versionId=v' }))).toEqual(
    [
      ['s3:GetObjectVersion', object],
      ['s3:PutObject', 'arn:aws:s3:::bbb/copy'],
      ['s3:PutObjectTagging', 'arn:aws:s3:::bbb/copy'],
    ],
  );
  expect(await asked(new CreateMultipartUploadCommand(k))).toEqual([['s3:PutObject', object]]);
  expect(await asked(new AbortMultipartUploadCommand({ ...k, UploadId: 'u' }))).toEqual([
    ['s3:AbortMultipartUpload', object],
  ]);
  expect(await asked(new ListPartsCommand({ ...k, UploadId: 'u' }))).toEqual([['s3:ListMultipartUploadParts', object]]);
  expect(await asked(new ListObjectsV2Command({ Bucket: 'bbb', Prefix: 'a/', Delimiter: '/', MaxKeys: 5 }))).toEqual([
    ['s3:ListBucket', bucket, { 's3:prefix': 'a/', 's3:delimiter': '/', 's3:max-keys': '5' }],
  ]);
  expect(await asked(new ListObjectVersionsCommand({ Bucket: 'bbb' }))).toEqual([
    ['s3:ListBucketVersions', bucket, { 's3:prefix': '' }],
  ]);
  expect(await asked(new ListBucketsCommand({}))).toEqual([['s3:ListAllMyBuckets', '*']]);
  expect(await asked(new DeleteObjectCommand({ ...k, VersionId: 'v' }))).toEqual([['s3:DeleteObjectVersion', object]]);
  expect(
    await asked(
      new DeleteObjectsCommand({ Bucket: 'bbb', Delete: { Objects: [{ Key: 'x' }, { Key: 'y', VersionId: 'v' }] } }),
    ),
  ).toEqual([
    ['s3:DeleteObject', 'arn:aws:s3:::bbb/x'],
    ['s3:DeleteObjectVersion', 'arn:aws:s3:::bbb/y'],
  ]);
});

test('a role is asked about as the role that its access key stands for', async () => {
  cloud.asked.length = 0;
  const role = cloud.newClient({ credentials: { accessKeyId: 'ASIALOADER', secretAccessKey: 'x', sessionToken: 'y' } });
  await role.send(new PutObjectCommand({ ...k, Body: 'x' }));

  expect(cloud.asked).toEqual([
    {
      principal: { kind: 'role', roleArn: 'arn:aws:iam::000000000000:role/ASIALOADER', sessionName: 'test' },
      requests: [{ action: 's3:PutObject', resource: object }],
    },
  ]);
});

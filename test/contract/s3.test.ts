/**
 * What S3 does, asked of the local one, or with `REMOTE=1` of AWS (with the credentials and region of the environment; it makes one
 * bucket and removes it).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type S3Cloud, startS3 } from '../local/s3/cloud';

const isRemote = process.env.REMOTE === '1';
const Bucket = `stepwell-contract-${randomUUID()}`;
let cloud: S3Cloud | undefined;
let client: S3Client;

beforeAll(async () => {
  cloud = isRemote ? undefined : await startS3();
  client = cloud?.client ?? new S3Client({});
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
});

afterAll(async () => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  await cloud?.destroy();
});

const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more: object = {}) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToString();
/** The name and status of the error; fails where there is none. */
const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect(undefined).toBe('an error'),
    (error) => [error.name, error.$metadata.httpStatusCode],
  );

test('a conditional write has one winner', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => put('race', String(index), { IfNoneMatch: '*' })),
  );
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await read('race')).toBe(String(winner));
  expect(await failure(put('race', 'late', { IfNoneMatch: '*' }))).toEqual(['PreconditionFailed', 412]);
  expect(await failure(put('race', 'late', { IfMatch: '"0"' }))).toEqual(['PreconditionFailed', 412]);
  expect(await failure(put('absent', 'late', { IfMatch: '"0"' }))).toEqual(['NoSuchKey', 404]);
});

test('a read pins a version, whatever comes after it', async () => {
  const { VersionId, ETag } = await put('pinned', 'old');
  await put('pinned', 'new');

  expect(await read('pinned', { VersionId })).toBe('old');
  expect(await read('pinned', { VersionId, IfMatch: ETag, Range: 'bytes=1-' })).toBe('ld');
  expect(await failure(read('pinned', { IfMatch: ETag }))).toEqual(['PreconditionFailed', 412]);
  expect(await failure(read('pinned', { VersionId, IfNoneMatch: ETag }))).toEqual([expect.any(String), 304]);
});

test('a range beyond the end is cut off, and one after it refused', async () => {
  await put('range', '0123456789');

  expect(await read('range', { Range: 'bytes=8-99' })).toBe('89');
  expect(await read('range', { Range: 'bytes=-3' })).toBe('789');
  expect(await failure(read('range', { Range: 'bytes=10-' }))).toEqual(['InvalidRange', 416]);
});

test('a deleted key is hidden behind a marker', async () => {
  const { VersionId } = await put('hidden', 'x');
  const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));

  expect(marker.DeleteMarker).toBe(true);
  expect(await failure(read('hidden'))).toEqual(['NoSuchKey', 404]);
  expect(await failure(read('hidden', { VersionId: marker.VersionId }))).toEqual(['MethodNotAllowed', 405]);
  expect(await read('hidden', { VersionId })).toBe('x');
});

test('keys are listed in the order of their bytes, with their common prefixes', async () => {
  const keys = ['list/a b+c', 'list/d/1', 'list/d/2', 'list/é', 'list/🎉'];
  for (const key of keys) await put(key, 'x');

  const flat = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/' }));
  const folded = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/', MaxKeys: 2 }));
  const rest = await client.send(
    new ListObjectsV2Command({
      Bucket,
      Prefix: 'list/',
      Delimiter: '/',
      ContinuationToken: folded.NextContinuationToken,
    }),
  );

  expect(flat.Contents?.map(({ Key }) => Key)).toEqual(keys);
  expect([folded.Contents?.map(({ Key }) => Key), folded.CommonPrefixes, folded.IsTruncated]).toEqual([
    ['list/a b+c'],
    [{ Prefix: 'list/d/' }],
    true,
  ]);
  expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['list/é', 'list/🎉']);
});

test('an upload in parts has an ETag of its parts, and refuses small ones', async () => {
  const name = { Bucket, Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const upload = (PartNumber: number, Body: Uint8Array) =>
    client.send(new UploadPartCommand({ ...name, UploadId, PartNumber, Body }));
  const one = await upload(1, randomBytes(5 * 1024 * 1024));
  const two = await upload(2, Buffer.from('end'));
  const three = await upload(3, Buffer.from('more'));
  const complete = (parts: { PartNumber: number; ETag?: string }[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts: parts } }));

  expect(
    await failure(
      complete([
        { PartNumber: 2, ETag: two.ETag },
        { PartNumber: 3, ETag: three.ETag },
      ]),
    ),
  ).toEqual(['EntityTooSmall', 400]);
  expect(await failure(complete([{ PartNumber: 9, ETag: one.ETag }]))).toEqual(['InvalidPart', 400]);
  const done = await complete([
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ]);
  expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  expect((await client.send(new HeadObjectCommand(name))).ContentLength).toBe(5 * 1024 * 1024 + 3);
  expect(await read('parts', { Range: 'bytes=-3' })).toBe('end');
});

test('a copy keeps content and metadata, and refuses to do nothing', async () => {
  await put('copied from', 'x', { Metadata: { a: '1' }, ContentType: 'text/csv' });
  const CopySource = `${Bucket}/copied%20from`;
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copied to', CopySource }));

  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'copied to' }))).toMatchObject({
    Metadata: { a: '1' },
    ContentType: 'text/csv',
    ContentLength: 1,
  });
  expect(await failure(client.send(new CopyObjectCommand({ Bucket, Key: 'copied from', CopySource })))).toEqual([
    'InvalidRequest',
    400,
  ]);
});

test('a wrong checksum stores nothing', async () => {
  expect(await failure(put('digest', 'hello', { ChecksumCRC32: 'AAAAAA==' }))).toEqual(['BadDigest', 400]);
  expect(await failure(read('digest'))).toEqual(['NoSuchKey', 404]);
});

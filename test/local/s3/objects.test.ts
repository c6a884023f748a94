import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { type S3Cloud, startS3 } from './cloud';

let cloud: S3Cloud;
const send: S3Cloud['client']['send'] = ((command: never) => cloud.client.send(command)) as never;

beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket('plain', {});
  await cloud.s3.configureBucket('versioned', { versioned: true });
});
afterAll(() => cloud.destroy());

const put = (Key: string, Body: string | Uint8Array | Readable, more: object = {}) =>
  send(new PutObjectCommand({ Bucket: 'plain', Key, Body, ...more }));
const read = async (Key: string, more: object = {}) => {
  const answer = await send(new GetObjectCommand({ Bucket: 'plain', Key, ...more }));
  return Buffer.from(await answer.Body!.transformToByteArray());
};
const md5 = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest('hex');

describe('an object', () => {
  test('comes back with its bytes, headers, metadata and tags', async () => {
    const Expires = new Date('2030-01-02T03:04:05Z');
    const answer = await put('whole', 'hello', {
      ContentType: 'text/csv; charset=utf-8',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a b.csv"',
      ContentLanguage: 'de',
      Expires,
      Metadata: { Author: 'me & you', 'x-y': '1' },
      Tagging: 'a=1&b=two%20words',
    });
    const got = await send(new GetObjectCommand({ Bucket: 'plain', Key: 'whole' }));

    expect(answer.ETag).toBe(`"${md5('hello')}"`);
    expect(answer.VersionId).toBeUndefined();
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({
      ContentLength: 5,
      ContentType: 'text/csv; charset=utf-8',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a b.csv"',
      ContentLanguage: 'de',
      ExpiresString: Expires.toUTCString(),
      Metadata: { author: 'me & you', 'x-y': '1' },
      ETag: `"${md5('hello')}"`,
      AcceptRanges: 'bytes',
      TagCount: 2,
    });
    expect(got.LastModified?.getMilliseconds()).toBe(0);
  });

  test('is binary/octet-stream where nothing is said, and may be empty', async () => {
    const url = `${cloud.endpoint}/plain/empty`;
    expect((await fetch(url, { method: 'PUT' })).status).toBe(200);

    const got = await fetch(url);

    expect(got.status).toBe(200);
    expect(got.headers.get('content-type')).toBe('binary/octet-stream');
    expect(got.headers.get('content-length')).toBe('0');
    expect(got.headers.get('etag')).toBe(`"${md5('')}"`);
    expect(await got.text()).toBe('');
  });

  test('of several megabytes streams in and out', async () => {
    const bytes = randomBytes(9_000_001);
    const chunks = Array.from({ length: 10 }, (_, index) => bytes.subarray(index * 1_000_000, (index + 1) * 1_000_000));
    const answer = await put('large', Readable.from(chunks), { ContentLength: bytes.length });

    expect(answer.ETag).toBe(`"${md5(bytes)}"`);
    expect((await read('large')).equals(bytes)).toBe(true);
  });

  test('is replaced whole, and the bytes of the old one leave the disk', async () => {
    const files = async () => (await readdir(join(cloud.stateDir, 's3', 'data'))).length;
    await put('replaced', 'one');
    const before = await files();
    await put('replaced', 'two');

    expect((await read('replaced')).toString()).toBe('two');
    expect(await files()).toBe(before);

    await send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'replaced' }));

    expect(await files()).toBe(before - 1);
    await expect(read('replaced')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  });

  test('that is replaced while it is read is read to its end', async () => {
    const bytes = randomBytes(8 * 1024 * 1024);
    await put('raced', bytes);
    const got = await send(new GetObjectCommand({ Bucket: 'plain', Key: 'raced' }));
    await put('raced', 'new');

    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(bytes)).toBe(true);
  });

  test('is described by HeadObject and GetObjectAttributes', async () => {
    await put('described', 'hello', { Metadata: { a: 'b' } });

    const head = await send(new HeadObjectCommand({ Bucket: 'plain', Key: 'described' }));
    const attributes = await send(
      new GetObjectAttributesCommand({
        Bucket: 'plain',
        Key: 'described',
        ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum'],
      }),
    );

    expect(head).toMatchObject({ ContentLength: 5, ETag: `"${md5('hello')}"`, Metadata: { a: 'b' } });
    expect(attributes).toMatchObject({
      ETag: md5('hello'),
      ObjectSize: 5,
      Checksum: { ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' },
    });
    await expect(send(new HeadObjectCommand({ Bucket: 'plain', Key: 'nothing' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  test('takes other headers from the request, as presigned URLs do', async () => {
    await put('override', 'x');
    const got = await send(
      new GetObjectCommand({
        Bucket: 'plain',
        Key: 'override',
        ResponseContentType: 'text/x',
        ResponseContentDisposition: 'inline',
        ResponseCacheControl: 'c',
      }),
    );

    expect(got).toMatchObject({ ContentType: 'text/x', ContentDisposition: 'inline', CacheControl: 'c' });
  });

  test('has tags that can be read, set and deleted', async () => {
    const name = { Bucket: 'plain', Key: 'tagged' };
    await put('tagged', 'x', { Tagging: 'a=1' });
    expect((await send(new GetObjectTaggingCommand(name))).TagSet).toEqual([{ Key: 'a', Value: '1' }]);

    await send(
      new PutObjectTaggingCommand({
        ...name,
        Tagging: {
          TagSet: [
            { Key: 'b', Value: 'ü <' },
            { Key: 'c', Value: '' },
          ],
        },
      }),
    );
    expect((await send(new GetObjectTaggingCommand(name))).TagSet).toEqual([
      { Key: 'b', Value: 'ü <' },
      { Key: 'c', Value: '' },
    ]);

    await send(new DeleteObjectTaggingCommand(name));
    expect((await send(new GetObjectTaggingCommand(name))).TagSet).toEqual([]);
  });
});

describe('a range', () => {
  const body = '0123456789';
  beforeAll(() => put('range', body));

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-100', body, 'bytes 0-9/10'],
  ])('%s is partial content', async (Range, expected, ContentRange) => {
    const got = await send(new GetObjectCommand({ Bucket: 'plain', Key: 'range', Range }));

    expect(await got.Body?.transformToString()).toBe(expected);
    expect(got).toMatchObject({ ContentRange, ContentLength: expected.length, $metadata: { httpStatusCode: 206 } });
  });

  test.each(['bytes=5-4', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-', 'nonsense'])('%s is ignored', async (Range) => {
    const got = await send(new GetObjectCommand({ Bucket: 'plain', Key: 'range', Range }));

    expect(await got.Body?.transformToString()).toBe(body);
    expect(got.$metadata.httpStatusCode).toBe(200);
  });

  test.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s is not satisfiable', async (Range) => {
    await expect(read('range', { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });
});

describe('conditions', () => {
  test('on reading answer 304 or 412', async () => {
    const { ETag = '' } = await put('conditional', 'x');
    const past = new Date(Date.now() - 86_400_000);
    const future = new Date(Date.now() + 86_400_000);
    const status = async (more: object) => {
      try {
        return (await send(new GetObjectCommand({ Bucket: 'plain', Key: 'conditional', ...more }))).$metadata
          .httpStatusCode;
      } catch (error) {
        return (error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode;
      }
    };

    expect(await status({ IfMatch: ETag })).toBe(200);
    expect(await status({ IfMatch: '"other"' })).toBe(412);
    expect(await status({ IfNoneMatch: ETag })).toBe(304);
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200);
    expect(await status({ IfModifiedSince: past })).toBe(200);
    expect(await status({ IfModifiedSince: future })).toBe(304);
    expect(await status({ IfUnmodifiedSince: past })).toBe(412);
    expect(await status({ IfUnmodifiedSince: future })).toBe(200);
  });

  test('on writing keep an object that is there, and replace only the one that was meant', async () => {
    const { ETag } = await put('once', '1', { IfNoneMatch: '*' });

    await expect(put('once', '2', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    await expect(put('once', '2', { IfMatch: '"0"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('never', '2', { IfMatch: '"0"' })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put('once', '3', { IfMatch: ETag });
    expect((await read('once')).toString()).toBe('3');
  });

  test('let one of fifty racing writers win', async () => {
    const writers = Array.from({ length: 50 }, (_, index) =>
      put('race', `writer ${index}`, { IfNoneMatch: '*' }).then(
        () => index,
        (error) => {
          expect(error.name).toBe('PreconditionFailed');
          return undefined;
        },
      ),
    );
    const winners = (await Promise.all(writers)).filter((index) => index !== undefined);

    expect(winners).toHaveLength(1);
    expect((await read('race')).toString()).toBe(`writer ${winners[0]}`);
  });
});

describe('versions', () => {
  const name = (Key: string) => ({ Bucket: 'versioned', Key });
  const putVersion = async (Key: string, Body: string) =>
    (await send(new PutObjectCommand({ ...name(Key), Body }))).VersionId!;
  const readVersion = async (Key: string, VersionId?: string) =>
    (await send(new GetObjectCommand({ ...name(Key), VersionId }))).Body!.transformToString();

  test('are kept, read by id, and hidden by a delete marker', async () => {
    const one = await putVersion('k', 'one');
    const two = await putVersion('k', 'two');
    const marker = await send(new DeleteObjectCommand(name('k')));

    expect(new Set([one, two, marker.VersionId]).size).toBe(3);
    expect(await readVersion('k', one)).toBe('one');
    expect(await readVersion('k', two)).toBe('two');
    expect(marker.DeleteMarker).toBe(true);
    await expect(readVersion('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(readVersion('k', marker.VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    await expect(readVersion('k', 'none')).rejects.toMatchObject({ name: 'NoSuchVersion' });

    const listed = await send(new ListObjectVersionsCommand({ Bucket: 'versioned', Prefix: 'k' }));
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [two, false],
      [one, false],
    ]);
    expect(listed.DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [marker.VersionId, true],
    ]);

    const gone = await send(new DeleteObjectCommand({ ...name('k'), VersionId: marker.VersionId }));
    expect(gone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect(await readVersion('k')).toBe('two');

    await send(new DeleteObjectCommand({ ...name('k'), VersionId: two }));
    expect(await readVersion('k')).toBe('one');
  });

  test('of a suspended bucket replace the null version only', async () => {
    await cloud.s3.configureBucket('suspended', { versioned: true });
    const put = async (Body: string) =>
      (await send(new PutObjectCommand({ Bucket: 'suspended', Key: 'k', Body }))).VersionId!;
    const kept = await put('kept');
    await cloud.s3.configureBucket('suspended', { versioned: false });

    expect(await put('first null')).toBe('null');
    expect(await put('second null')).toBe('null');
    const listed = await send(new ListObjectVersionsCommand({ Bucket: 'suspended' }));
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual(['null', kept]);
  });
});

describe('a copy', () => {
  test('has the same bytes, and the metadata of its source or its own', async () => {
    await put('source ü+ %2F', 'copied', { Metadata: { a: '1' }, ContentType: 'text/csv', Tagging: 't=1' });
    const CopySource = `plain/${encodeURIComponent('source ü+ %2F')}`;

    const kept = await send(new CopyObjectCommand({ Bucket: 'versioned', Key: 'copy', CopySource }));
    await send(
      new CopyObjectCommand({
        Bucket: 'plain',
        Key: 'copy',
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata: { b: '2' },
        TaggingDirective: 'REPLACE',
        Tagging: 'u=2',
      }),
    );
    await send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'source ü+ %2F' }));

    expect(kept.CopyObjectResult).toMatchObject({ ETag: `"${md5('copied')}"`, ChecksumCRC32: expect.any(String) });
    expect(kept.VersionId).toBeDefined();
    const first = await send(new GetObjectCommand({ Bucket: 'versioned', Key: 'copy' }));
    expect(await first.Body?.transformToString()).toBe('copied');
    expect(first).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/csv', TagCount: 1 });
    const second = await send(new HeadObjectCommand({ Bucket: 'plain', Key: 'copy' }));
    expect(second).toMatchObject({ Metadata: { b: '2' }, ContentType: 'binary/octet-stream' });
    expect((await send(new GetObjectTaggingCommand({ Bucket: 'plain', Key: 'copy' }))).TagSet).toEqual([
      { Key: 'u', Value: '2' },
    ]);
  });

  test('onto itself must change something', async () => {
    await put('self', 'x');
    const copy = { Bucket: 'plain', Key: 'self', CopySource: 'plain/self' };

    await expect(send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await send(new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { n: '1' } }));
    expect((await send(new HeadObjectCommand({ Bucket: 'plain', Key: 'self' }))).Metadata).toEqual({ n: '1' });
  });

  test('of a version, and under conditions', async () => {
    const { VersionId, ETag } = await send(new PutObjectCommand({ Bucket: 'versioned', Key: 'v', Body: 'old' }));
    await send(new PutObjectCommand({ Bucket: 'versioned', Key: 'v', Body: 'new' }));
    const CopySource = `versioned/v?versionId=${VersionId}`;

    const answer = await send(
      new CopyObjectCommand({ Bucket: 'plain', Key: 'v', CopySource, CopySourceIfMatch: ETag }),
    );

    expect(answer.CopySourceVersionId).toBe(VersionId);
    expect((await read('v')).toString()).toBe('old');
    await expect(
      send(new CopyObjectCommand({ Bucket: 'plain', Key: 'w', CopySource, CopySourceIfNoneMatch: ETag })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(
      send(new CopyObjectCommand({ Bucket: 'plain', Key: 'w', CopySource: 'plain/none' })),
    ).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('deleting many', () => {
  test('tells each key, known or not, and keeps quiet when asked', async () => {
    const keys = ['d/1', 'd/ü & <x>', 'd/emoji 🎉', 'd/unknown'];
    for (const key of keys.slice(0, 3)) await put(key, 'x');

    const answer = await send(
      new DeleteObjectsCommand({ Bucket: 'plain', Delete: { Objects: keys.map((Key) => ({ Key })) } }),
    );
    const quiet = await send(
      new DeleteObjectsCommand({ Bucket: 'plain', Delete: { Quiet: true, Objects: [{ Key: 'd/1' }] } }),
    );

    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(keys);
    expect(quiet.Deleted).toBeUndefined();
    await expect(read('d/emoji 🎉')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('a refusal', () => {
  test('names the bucket that is not there', async () => {
    await expect(send(new GetObjectCommand({ Bucket: 'absent', Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
      BucketName: 'absent',
    });
  });

  test('of a wrong Content-MD5 stores nothing', async () => {
    await expect(
      put('digest', 'hello', { ContentMD5: createHash('md5').update('other').digest('base64') }),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(put('digest', 'hello', { ContentMD5: 'abc' })).rejects.toMatchObject({ name: 'InvalidDigest' });
    await expect(read('digest')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('of a key that is too long', async () => {
    await expect(put('k'.repeat(1025), 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
    await put('k'.repeat(1024), 'x');
  });
});

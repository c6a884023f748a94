import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { codePoint } from '../../fixtures/any-text';
import { type S3Cloud, startS3 } from './cloud';

let cloud: S3Cloud;
const send: S3Cloud['client']['send'] = ((command: never) => cloud.client.send(command)) as never;
const putAll = async (Bucket: string, keys: readonly string[]) => {
  await cloud.s3.configureBucket(Bucket, {});
  await Promise.all(keys.map((Key) => send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
};

beforeAll(async () => {
  cloud = await startS3();
});
afterAll(() => cloud.destroy());

describe('buckets', () => {
  test('are created, found, listed and deleted when empty', async () => {
    const Bucket = 'a.bucket-1';
    await send(new CreateBucketCommand({ Bucket }));
    await send(new CreateBucketCommand({ Bucket }));

    expect((await send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    expect((await send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeFalsy();
    expect((await send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket);

    await send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await send(new DeleteBucketCommand({ Bucket }));
    await expect(send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('have names that AWS would take', async () => {
    for (const Bucket of ['UPPER', 'ab', 'a..b', '1.2.3.4', '-ab', 'a_b']) {
      await expect(cloud.s3.configureBucket(Bucket, {})).rejects.toMatchObject({ code: 'InvalidBucketName' });
    }
  });

  test('tell and take their versioning and their notifications', async () => {
    const Bucket = 'configured';
    await send(new CreateBucketCommand({ Bucket }));
    expect((await send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();

    await send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );

    expect((await send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    expect((await send(new GetBucketNotificationConfigurationCommand({ Bucket }))).EventBridgeConfiguration).toEqual(
      {},
    );
    await send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
    expect(
      (await send(new GetBucketNotificationConfigurationCommand({ Bucket }))).EventBridgeConfiguration,
    ).toBeUndefined();
  });
});

describe('a listing', () => {
  const keys = ['a/1', 'a/2', 'a/b/3', 'b', 'c d+e', 'ä', '\ue000', '🎉/x', '🎉/y'];
  beforeAll(() => putAll('listed', keys));

  test('is in the order of UTF-8 bytes', async () => {
    const { Contents, KeyCount, IsTruncated } = await send(new ListObjectsV2Command({ Bucket: 'listed' }));

    expect(Contents?.map(({ Key }) => Key)).toEqual(keys);
    expect({ KeyCount, IsTruncated }).toEqual({ KeyCount: keys.length, IsTruncated: false });
    expect(Contents?.[0]).toMatchObject({
      Size: 3,
      StorageClass: 'STANDARD',
      ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      LastModified: expect.any(Date),
    });
  });

  test('has prefixes and delimiters', async () => {
    const list = async (more: object) => {
      const { Contents = [], CommonPrefixes = [] } = await send(
        new ListObjectsV2Command({ Bucket: 'listed', ...more }),
      );
      return [Contents.map(({ Key }) => Key), CommonPrefixes.map(({ Prefix }) => Prefix)];
    };

    expect(await list({ Delimiter: '/' })).toEqual([
      ['b', 'c d+e', 'ä', '\ue000'],
      ['a/', '🎉/'],
    ]);
    expect(await list({ Delimiter: '/', Prefix: 'a/' })).toEqual([['a/1', 'a/2'], ['a/b/']]);
    expect(await list({ Prefix: 'a/b' })).toEqual([['a/b/3'], []]);
    expect(await list({ Prefix: 'none' })).toEqual([[], []]);
    expect(await list({ StartAfter: 'c d+e' })).toEqual([['ä', '\ue000', '🎉/x', '🎉/y'], []]);
    expect(await list({ MaxKeys: 0 })).toEqual([[], []]);
  });

  test('encodes keys when asked', async () => {
    const { Contents, EncodingType } = await send(
      new ListObjectsV2Command({ Bucket: 'listed', EncodingType: 'url', Prefix: 'c' }),
    );

    expect(EncodingType).toBe('url');
    expect(Contents?.map(({ Key }) => Key)).toEqual(['c+d%2Be']);
  });

  test('goes on from a token, page by page, with prefixes counted as entries', async () => {
    const seen: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2(
      { client: cloud.client, pageSize: 1 },
      { Bucket: 'listed', Delimiter: '/' },
    )) {
      expect((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0)).toBe(1);
      seen.push(page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix);
    }

    expect(seen).toEqual(['a/', 'b', 'c d+e', 'ä', '\ue000', '🎉/']);
    await expect(send(new ListObjectsV2Command({ Bucket: 'listed', ContinuationToken: '!' }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });

  test('of the first version goes on from a marker', async () => {
    const first = await send(new ListObjectsCommand({ Bucket: 'listed', MaxKeys: 2, Delimiter: '/' }));
    const second = await send(new ListObjectsCommand({ Bucket: 'listed', Delimiter: '/', Marker: first.NextMarker }));

    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'b', CommonPrefixes: [{ Prefix: 'a/' }] });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['c d+e', 'ä', '\ue000']);
  });

  test('of versions goes on in the middle of a key', async () => {
    await cloud.s3.configureBucket('history', { versioned: true });
    const ids: (string | undefined)[] = [];
    for (const Key of ['k', 'k', 'k', 'l'])
      ids.push((await send(new PutObjectCommand({ Bucket: 'history', Key, Body: 'x' }))).VersionId);
    await send(new DeleteObjectCommand({ Bucket: 'history', Key: 'l' }));
    const seen: string[] = [];
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let page = 0; page < 5; page++) {
      const answer = await send(new ListObjectVersionsCommand({ Bucket: 'history', MaxKeys: 1, ...marker }));
      const [entry] = [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])];
      seen.push(`${entry?.Key} ${entry?.IsLatest} ${ids.indexOf(entry?.VersionId)}`);
      marker = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
      expect(answer.IsTruncated).toBe(page < 4);
    }

    expect(seen).toEqual(['k true 2', 'k false 1', 'k false 0', 'l true -1', 'l false 3']);
  });

  test('leaves out what a delete marker hides, and prefixes of nothing else', async () => {
    await cloud.s3.configureBucket('hidden', { versioned: true });
    for (const Key of ['a/1', 'b/1', 'b/2']) await send(new PutObjectCommand({ Bucket: 'hidden', Key, Body: 'x' }));
    for (const Key of ['a/1', 'b/1']) await send(new DeleteObjectCommand({ Bucket: 'hidden', Key }));

    const flat = await send(new ListObjectsV2Command({ Bucket: 'hidden' }));
    const folded = await send(new ListObjectsV2Command({ Bucket: 'hidden', Delimiter: '/' }));

    expect(flat.Contents?.map(({ Key }) => Key)).toEqual(['b/2']);
    expect(folded.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
  });
});

describe('keys', () => {
  /** Well-formed text of any script; XML 1.0 cannot carry control characters, which S3 documents as to be avoided. */
  const anyKey = fc.string({ unit: codePoint, minLength: 1, maxLength: 40 }).map((text) =>
    Buffer.from(text, 'utf8')
      .toString('utf8')
      .replace(/[\p{Cc}\ufffe\uffff]/gu, 'x'),
  );
  const awkward = fc.constantFrom(
    '..',
    '../../etc/passwd',
    '/',
    '//',
    './a',
    'a/../b',
    '%2F',
    '%',
    '+',
    ' ',
    '"',
    "'",
    '&amp;',
    '<',
    '?',
    '#',
    '\\',
    '~',
    '🎉',
    'é',
    'e\u0301',
  );

  test('of any kind round-trip, list, and stay apart', async () => {
    await cloud.s3.configureBucket('keys', {});
    const Bucket = 'keys';
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.oneof(
            anyKey,
            awkward,
            fc.tuple(awkward, anyKey).map((parts) => parts.join('')),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        async (keys) => {
          for (const Key of keys) await send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));

          const listed = await send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
          const bodies = await Promise.all(
            keys.map(async (Key) => {
              const { Body } = await send(new GetObjectCommand({ Bucket, Key }));
              return Body?.transformToString();
            }),
          );
          for (const Key of keys) await send(new DeleteObjectCommand({ Bucket, Key }));

          const sorted = [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
          expect(listed.Contents?.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' ')))).toEqual(sorted);
          expect(bodies).toEqual(keys.map((Key) => `body of ${Key}`));
        },
      ),
      { numRuns: 40 },
    );
    expect((await send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });
});

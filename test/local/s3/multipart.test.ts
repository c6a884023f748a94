import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { hasher } from '../../../lib/local/services/s3/checksums';
import { type S3Cloud, startS3 } from './cloud';

const MB = 1024 * 1024;
const Bucket = 'parts';
let cloud: S3Cloud;
const send: S3Cloud['client']['send'] = ((command: never) => cloud.client.send(command)) as never;

beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket(Bucket, { versioned: true });
});
afterAll(() => cloud.destroy());

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
const etagOf = (parts: readonly Uint8Array[]) =>
  `"${createHash('md5')
    .update(Buffer.concat(parts.map(md5)))
    .digest('hex')}-${parts.length}"`;
const read = async (Key: string, more: object = {}) =>
  Buffer.from(await (await send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToByteArray());
const dataFiles = async () => (await readdir(join(cloud.stateDir, 's3', 'data'))).length;

async function begin(Key: string, more: object = {}) {
  const { UploadId = '' } = await send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const name = { Bucket, Key, UploadId };
  const parts: { PartNumber: number; ETag?: string }[] = [];
  return {
    name,
    parts,
    part: async (PartNumber: number, Body: Uint8Array, extra: object = {}) => {
      const { ETag, ...answer } = await send(new UploadPartCommand({ ...name, PartNumber, Body, ...extra }));
      const checksums = Object.fromEntries(Object.entries(answer).filter(([key]) => key.startsWith('Checksum')));
      parts.push({ PartNumber, ETag, ...checksums });
    },
    complete: (extra: object = {}) =>
      send(new CompleteMultipartUploadCommand({ ...name, MultipartUpload: { Parts: parts }, ...extra })),
  };
}

describe('a multipart upload', () => {
  test('joins its parts, in order of their numbers, under an ETag of the parts', async () => {
    const bytes = [randomBytes(5 * MB), randomBytes(5 * MB + 3), randomBytes(7)];
    const upload = await begin('joined', { ContentType: 'text/csv', Metadata: { a: 'b' }, Tagging: 't=1' });
    await upload.part(9, bytes[2]!);
    await upload.part(2, bytes[0]!);
    await upload.part(5, bytes[1]!);
    upload.parts.sort((left, right) => left.PartNumber - right.PartNumber);

    const answer = await upload.complete();

    expect(answer).toMatchObject({ Bucket, Key: 'joined', ETag: etagOf(bytes), VersionId: expect.any(String) });
    expect((await read('joined')).equals(Buffer.concat(bytes))).toBe(true);
    const boundary = await read('joined', { Range: `bytes=${5 * MB - 2}-${10 * MB + 4}` });
    expect(boundary.equals(Buffer.concat(bytes).subarray(5 * MB - 2, 10 * MB + 5))).toBe(true);
    const second = await send(new GetObjectCommand({ Bucket, Key: 'joined', PartNumber: 2 }));
    expect(second).toMatchObject({
      PartsCount: 3,
      ContentLength: 5 * MB + 3,
      ContentRange: `bytes ${5 * MB}-${10 * MB + 2}/${10 * MB + 10}`,
    });
    await second.Body?.transformToByteArray();
    expect(await send(new HeadObjectCommand({ Bucket, Key: 'joined' }))).toMatchObject({
      ContentType: 'text/csv',
      Metadata: { a: 'b' },
      ContentLength: 10 * MB + 10,
    });
  });

  test('is listed until it ends, and leaves nothing behind when it is aborted', async () => {
    const files = await dataFiles();
    const upload = await begin('aborted');
    await upload.part(1, Buffer.from('x'));
    await upload.part(1, Buffer.from('replaced'));
    await upload.part(2, Buffer.from('y'));

    const listed = await send(new ListPartsCommand({ ...upload.name, MaxParts: 1 }));
    const rest = await send(new ListPartsCommand({ ...upload.name, PartNumberMarker: listed.NextPartNumberMarker }));
    const uploads = await send(new ListMultipartUploadsCommand({ Bucket }));

    expect(listed).toMatchObject({ IsTruncated: true, Parts: [{ PartNumber: 1, Size: 8 }] });
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2, Size: 1 }] });
    expect(uploads.Uploads?.map(({ Key }) => Key)).toEqual(['aborted']);
    expect(await dataFiles()).toBe(files + 2);

    await send(new AbortMultipartUploadCommand(upload.name));
    expect(await dataFiles()).toBe(files);
    await expect(send(new AbortMultipartUploadCommand(upload.name))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(upload.part(3, Buffer.from('z'))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('answers the same when it is completed twice', async () => {
    const upload = await begin('twice');
    await upload.part(1, Buffer.from('x'));

    const first = await upload.complete();
    const second = await upload.complete();

    expect(second).toMatchObject({ ETag: first.ETag, VersionId: first.VersionId });
  });

  test('refuses parts that are unknown, changed, out of order or too small', async () => {
    const upload = await begin('refused');
    await upload.part(1, Buffer.from('small'));
    await upload.part(2, Buffer.from('last'));
    const complete = (Parts: object[]) =>
      send(new CompleteMultipartUploadCommand({ ...upload.name, MultipartUpload: { Parts } }));
    const [one, two] = upload.parts as unknown as [{ ETag: string }, { ETag: string }];

    await expect(complete([one, { PartNumber: 3, ETag: '"x"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([one, { PartNumber: 2, ETag: one.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([])).rejects.toMatchObject({ name: 'MalformedXML' });
    expect((await complete([two])).ETag).toBe(etagOf([Buffer.from('last')]));
  });

  test('keeps an object that is there when it is told to', async () => {
    await send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }));
    const upload = await begin('there');
    await upload.part(1, Buffer.from('y'));

    await expect(upload.complete({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await read('there')).toString()).toBe('x');
  });

  test('copies parts of other objects, which may then be deleted', async () => {
    const source = randomBytes(6 * MB);
    await send(new PutObjectCommand({ Bucket, Key: 'copied from', Body: source }));
    const upload = await begin('copied to');
    const copy = (PartNumber: number, CopySourceRange?: string) =>
      send(
        new UploadPartCopyCommand({
          ...upload.name,
          PartNumber,
          CopySource: `${Bucket}/copied%20from`,
          CopySourceRange,
        }),
      );

    const whole = await copy(1);
    const range = await copy(2, 'bytes=10-19');
    upload.parts.push(
      { PartNumber: 1, ETag: whole.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: range.CopyPartResult?.ETag },
    );
    const answer = await upload.complete();

    expect(answer.ETag).toBe(etagOf([source, source.subarray(10, 20)]));
    expect((await read('copied to')).equals(Buffer.concat([source, source.subarray(10, 20)]))).toBe(true);
    await expect(copy(3, 'bytes=10-99999999')).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('checksums', () => {
  const bytes = [randomBytes(5 * MB), randomBytes(5 * MB), randomBytes(1234)];
  const checksum = async (algorithm: ChecksumAlgorithm, data: Uint8Array) => {
    const hash = hasher(algorithm as 'CRC32');
    hash.update(data);
    return Buffer.from(await hash.digest()).toString('base64');
  };

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s of a whole object is verified and returned',
    async (algorithm) => {
      const Body = randomBytes(100_000);
      const expected = await checksum(algorithm, Body);
      const header = await send(new PutObjectCommand({ Bucket, Key: algorithm, Body, ChecksumAlgorithm: algorithm }));
      const trailer = await send(
        new PutObjectCommand({
          Bucket,
          Key: algorithm,
          Body: Readable.from([Body]),
          ContentLength: Body.length,
          ChecksumAlgorithm: algorithm,
        }),
      );
      const got = await send(new GetObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }));

      for (const answer of [header, trailer, got]) expect(answer[`Checksum${algorithm}`]).toBe(expected);
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Body)).toBe(true);
      await expect(
        send(
          new PutObjectCommand({
            Bucket,
            Key: 'wrong',
            Body,
            [`Checksum${algorithm}`]: await checksum(algorithm, Buffer.from('other')),
          }),
        ),
      ).rejects.toMatchObject({ name: 'BadDigest' });
      await expect(read('wrong')).rejects.toMatchObject({ name: 'NoSuchKey' });
    },
  );

  test.each([
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['CRC32', 'COMPOSITE'],
    ['SHA256', 'COMPOSITE'],
  ] as [ChecksumAlgorithm, ChecksumType][])('%s of parts is told as %s', async (ChecksumAlgorithm, ChecksumType) => {
    const upload = await begin(`${ChecksumAlgorithm} ${ChecksumType}`, { ChecksumAlgorithm, ChecksumType });
    for (const [index, part] of bytes.entries()) await upload.part(index + 1, part, { ChecksumAlgorithm });
    const digests = await Promise.all(bytes.map((part) => checksum(ChecksumAlgorithm, part)));
    const expected =
      ChecksumType === 'FULL_OBJECT'
        ? await checksum(ChecksumAlgorithm, Buffer.concat(bytes))
        : `${await checksum(ChecksumAlgorithm, Buffer.concat(digests.map((digest) => Buffer.from(digest, 'base64'))))}-3`;

    const answer = await upload.complete();

    expect(answer).toMatchObject({ [`Checksum${ChecksumAlgorithm}`]: expected, ChecksumType });
  });
});

describe('lib-storage', () => {
  test('uploads a stream of unknown length', async () => {
    const bytes = randomBytes(12 * MB + 17);
    const Body = Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += 300_000) yield bytes.subarray(at, at + 300_000);
      })(),
    );

    const answer = await new Upload({
      client: cloud.client,
      params: { Bucket, Key: 'streamed', Body },
      partSize: 5 * MB,
      queueSize: 3,
    }).done();

    expect(answer.ETag).toMatch(/-3"$/);
    expect((await read('streamed')).equals(bytes)).toBe(true);
  });

  test('uploads a short stream in one go', async () => {
    await new Upload({
      client: cloud.client,
      params: { Bucket, Key: 'short', Body: Readable.from([Buffer.from('abc')]) },
    }).done();

    expect((await read('short')).toString()).toBe('abc');
  });
});

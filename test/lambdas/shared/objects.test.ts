import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { ObjectWriter, putBytes, putFile, readBytes, readRanges, readWhole } from '../../../lambdas/shared/objects';
import { type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
const folder = mkdtempSync(join(tmpdir(), 'objects-test-'));
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await staging.close();
});

const MIB = 1024 * 1024;

test('parallel ranges give the bytes in order, from any start to any end', async () => {
  const body = randomBytes(20 * MIB + 17);
  const object = await staging.land('ranges.bin', body);

  const chunks: Buffer[] = [];
  for await (const chunk of readRanges(staging.s3, object, 5, body.length - 3)) chunks.push(chunk);

  expect(Buffer.concat(chunks).equals(body.subarray(5, -3))).toBe(true);
  expect(
    (await readBytes(staging.s3, object, 9 * MIB, 9 * MIB + 100)).equals(body.subarray(9 * MIB, 9 * MIB + 100)),
  ).toBe(true);
});

test('a read that ends early leaves no request open', async () => {
  const object = await staging.land('early.bin', randomBytes(30 * MIB));

  for await (const chunk of readRanges(staging.s3, object, 0, 30 * MIB)) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }

  // A socket still in use would fail the client's end of life in `afterAll`, or keep the test process up.
  await expect(readBytes(staging.s3, object, 0, 1)).resolves.toHaveLength(1);
});

test('the version that was planned is read, even after the object was overwritten', async () => {
  const first = await staging.land('pinned.csv', 'first');
  await staging.land('pinned.csv', 'second');

  await expect(readWhole(staging.s3, first)).resolves.toEqual(Buffer.from('first'));
});

test('without a version the ETag guards against a mixture', async () => {
  const { versionId: _, ...first } = await staging.land('unversioned.csv', 'first');
  await staging.land('unversioned.csv', 'second');

  await expect(readWhole(staging.s3, first)).rejects.toThrow('holds other content than when the run was admitted');
  await expect(readRanges(staging.s3, first, 0, 5).next()).rejects.toThrow(
    'holds other content than when the run was admitted',
  );
});

test('what is written once is not replaced', async () => {
  await putBytes(staging.s3, WORK, 'once.json', '{}');

  await expect(putBytes(staging.s3, WORK, 'once.json', '[]')).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test.each([
  ['in one request', 3 * MIB],
  ['in parts', 20 * MIB + 5],
])('a file is stored whole, %s, with its ETag and length', async (name, bytes) => {
  const body = randomBytes(bytes);
  const path = join(folder, 'file.bin');
  writeFileSync(path, body);

  const written = await putFile(staging.s3, WORK, `files/${name}`, path, { contentEncoding: 'gzip' });

  expect(written.length).toBe(bytes);
  expect((await readWhole(staging.s3, { bucket: WORK, ...written })).equals(body)).toBe(true);
  const head = await staging.s3.send(new HeadObjectCommand({ Bucket: WORK, Key: written.key }));
  expect(head).toMatchObject({ ContentEncoding: 'gzip', ETag: `"${written.etag}"` });
});

test('a writer of unknown length keeps the order of what it is given, small or large', async () => {
  for (const chunks of [[randomBytes(10)], Array.from({ length: 25 }, () => randomBytes(MIB))]) {
    const key = `written/${chunks.length}`;
    const writer = new ObjectWriter(staging.s3, WORK, key);
    for (const chunk of chunks) await writer.write(chunk);

    const written = await writer.end();

    expect((await readWhole(staging.s3, { bucket: WORK, key, etag: written.etag })).equals(Buffer.concat(chunks))).toBe(
      true,
    );
  }
});

test('an aborted upload leaves nothing behind', async () => {
  const writer = new ObjectWriter(staging.s3, WORK, 'aborted');
  await writer.write(randomBytes(9 * MIB));

  await writer.abort();

  await expect(readWhole(staging.s3, { bucket: WORK, key: 'aborted' })).rejects.toMatchObject({
    name: 'UnreadableFile',
  });
});

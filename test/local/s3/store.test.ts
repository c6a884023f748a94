/** The parts of the store that need no server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseRange } from '../../../lib/local/services/s3/range';
import { receive } from '../../../lib/local/services/s3/receive';
import { Files } from '../../../lib/local/services/s3/store/files';
import { compareKeys } from '../../../lib/local/services/s3/store/keys';
import { Store } from '../../../lib/local/services/s3/store/store';
import type { ObjectVersion, Segment } from '../../../lib/local/services/s3/types';
import { codePoint } from '../../fixtures/any-text';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepwell-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const version = (key: string, sequencer: string): ObjectVersion => ({
  key,
  versionId: 'null',
  sequencer,
  lastModified: 1,
  segments: [],
  size: 0,
  etag: sequencer,
  checksums: {},
  headers: {},
  metadata: {},
  tags: {},
});

const content = (store: Store) =>
  [...store.buckets].map(([name, bucket]) => [
    name,
    bucket.config,
    Array.from({ length: bucket.keys.length }, (_, index) => bucket.versions(bucket.keys.at(index) ?? '')),
    [...bucket.uploads].map(([id, { upload, parts }]) => [id, upload, [...parts]]),
  ]);

test('the journal that is compacted while changes go on tells the same as memory', async () => {
  let store = await Store.open(folder);
  const bucket = (name: string) =>
    ({ do: 'bucket', bucket: { name, createdAt: 1, versioning: 'Disabled', eventBridge: false } }) as const;
  await store.commit(bucket('one'), bucket('two'));
  const pending: Promise<void>[] = [];
  for (let index = 0; index < 14_000; index++) {
    const name = index % 3 === 0 ? 'two' : 'one';
    const key = `k${(index * 7919) % 40}`;
    const put = { do: 'put', bucket: name, version: version(key, store.nextSequencer(index)) } as const;
    if (index % 11 === 0) pending.push(store.commit({ do: 'drop', bucket: name, key, versionId: 'null' }));
    else if (index % 1_000 === 999)
      pending.push(store.commit({ do: 'drop-bucket', bucket: 'two' }), store.commit(bucket('two')));
    else pending.push(store.commit(put));
    if (index % 500 === 0) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  const before = content(store);
  await store.close();

  store = await Store.open(folder);
  expect(content(store)).toEqual(before);
  await store.close();
});

test('keys sort as their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), fc.string({ unit: codePoint }), (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
});

test('any range of any segments reads the bytes that it means', async () => {
  const files = await Files.open(join(folder, 'data'));
  const bytes = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
  const received = await receive(files, bytes);
  const [file] = received.segments as [Segment];
  files.retain([file]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(250), fc.nat(30)), { minLength: 1, maxLength: 5 }),
      fc.nat(160),
      fc.option(fc.nat(160)),
      async (cuts, first, last) => {
        const segments = cuts
          .map(([offset, length]) => ({ file: file.file, offset, length: Math.min(length, 251 - offset) }))
          .filter(({ length }) => length > 0);
        const whole = Buffer.concat(segments.map(({ offset, length }) => bytes.subarray(offset, offset + length)));
        let range: { start: number; length: number } | undefined;
        try {
          range = parseRange(`bytes=${first}-${last ?? ''}`, whole.length);
        } catch (error) {
          expect((error as { code: string }).code).toBe('InvalidRange');
          expect(first).toBeGreaterThanOrEqual(whole.length);
          return;
        }
        const { start, length } = range ?? { start: 0, length: whole.length };
        const chunks: Buffer[] = [];
        for await (const chunk of files.read(segments, start, length)) chunks.push(chunk as Buffer);

        const expected = range ? whole.subarray(first, last === null ? undefined : last + 1) : whole;
        expect(Buffer.concat(chunks).equals(expected)).toBe(true);
      },
    ),
  );
  await files.close();
});

test('a damaged journal is told, not skipped', async () => {
  await writeFile(join(folder, 'journal.ndjson'), '{"do":"bucket"\n{"do":"sent","ids":[]}\n');

  await expect(Store.open(folder)).rejects.toThrow(/journal\.ndjson is damaged/);
});

test('a change that cannot be written is not acknowledged, and nor is any after it', async () => {
  const store = await Store.open(folder);
  await store.close();

  const change = { do: 'sent', ids: [] } as const;
  await expect(store.commit(change)).rejects.toMatchObject({ code: 'InternalError', status: 500 });
  await expect(store.commit(change)).rejects.toThrow('start the cloud again');
});

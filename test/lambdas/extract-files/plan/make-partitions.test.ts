import fc from 'fast-check';
import { type FoundFile, makePartitions } from '../../../../lambdas/extract-files/plan/make-partitions';
import type { FileFormat, FileSlice } from '../../../../lib/tasks/common';

const formats: FileFormat[] = [{ kind: 'csv' }, { kind: 'ndjson' }];
const files = fc
  .array(
    fc.record({ size: fc.integer({ min: 0, max: 120 }), format: fc.constantFrom(...formats), minute: fc.nat(5) }),
    {
      maxLength: 60,
    },
  )
  .map((all) =>
    all.map(
      ({ size, format, minute }, index): FoundFile => ({
        object: { bucket: 'b', key: `k${index}`, etag: 'e', size, lastModified: `2026-01-01T00:0${minute}:00.000Z` },
        format,
      }),
    ),
  );
const cut = async (object: FoundFile['object'], _: FileFormat, rangeBytes: number) =>
  Array.from({ length: Math.ceil(object.size / rangeBytes) }, (_, index) => ({
    start: index * rangeBytes,
    end: Math.min(object.size, (index + 1) * rangeBytes),
    line: 1,
  }));
const partition = (
  found: readonly FoundFile[],
  more: { batchFiles?: number; batchBytes?: number; oneByOne?: boolean },
) => makePartitions(found, { rangeBytes: 50, oneByOne: false, cut, ...more });

test('every byte of every file is in one partition, and no partition is too much', async () => {
  await fc.assert(
    fc.asyncProperty(
      files,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 200 }),
      async (found, batchFiles, batchBytes) => {
        const partitions = await partition(found, { batchFiles, batchBytes });

        const bytesOf = ({ object, range }: FileSlice) => (range ? range.end - range.start : object.size);
        for (const { object } of found) {
          const slices = partitions.flat().filter((slice) => slice.object.key === object.key);
          expect(slices.reduce((sum, slice) => sum + bytesOf(slice), 0)).toBe(object.size);
          expect(slices.length).toBe(object.size > 50 ? Math.ceil(object.size / 50) : 1);
        }
        for (const slices of partitions) {
          expect(slices.length).toBeGreaterThan(0);
          expect(slices.length).toBeLessThanOrEqual(batchFiles);
          expect(new Set(slices.map(({ format }) => format.kind)).size).toBe(1);
          const bytes = slices.reduce((sum, slice) => sum + bytesOf(slice), 0);
          if (slices.length > 1) expect(bytes).toBeLessThanOrEqual(batchBytes);
        }
      },
    ),
  );
});

test('files stand in the order of their arrival', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (found) => {
      const oneFormat = found.map(({ object }) => ({ object, format: formats[0]! }));
      const times = (await partition(oneFormat, { batchFiles: 3 })).flat().map(({ object }) => object.lastModified);
      expect(times).toEqual([...times].sort());
    }),
  );
});

test('where files may fail, each is a partition of its own', async () => {
  const object = (key: string) => ({ bucket: 'b', key, etag: 'e', size: 1, lastModified: '2026-01-01T00:00:00.000Z' });
  const found = ['a', 'b', 'c'].map((key) => ({ object: object(key), format: formats[0]! }));
  expect(await partition(found, { oneByOne: true })).toHaveLength(3);
  expect(await partition(found, {})).toHaveLength(1);
});

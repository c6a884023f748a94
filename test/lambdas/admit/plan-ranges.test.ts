import fc from 'fast-check';
import { readCsvRecord } from '../../../lambdas/extract-files/read-csv-record';
import { planRanges } from '../../../lambdas/shared/files/plan-ranges';

const format = { kind: 'csv', delimiter: ',' } as const;

const plan = (bytes: Buffer, rangeBytes: number, pieceBytes = 7) =>
  planRanges(async (start, end) => bytes.subarray(start, end), bytes.length, { rangeBytes, format, pieceBytes });

/** Starts of all records, by reading the file from its beginning. */
function recordStarts(bytes: Buffer): Set<number> {
  const starts = new Set<number>();
  for (let at = 0; at < bytes.length; ) {
    starts.add(at);
    const record = readCsvRecord(bytes, at, bytes.length, { delimiter: 44, quote: 34, lineEnd: 'lf' }, true);
    if (record.kind !== 'record') throw new Error(record.kind);
    at = record.next;
  }
  return starts;
}

const lineOf = (bytes: Buffer, at: number) => bytes.toString('latin1', 0, at).split('\n').length;

const field = fc.oneof(
  fc.stringMatching(/^[a-c ]{0,6}$/),
  fc.stringMatching(/^[ab]{1,3}"{1,3}[ab]{0,2}$/),
  fc.stringMatching(/^[ab,\n\r"]{0,12}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
);
const file = fc
  .tuple(
    fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 30 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([records, lineEnd]) => Buffer.from(records.map((fields) => fields.join(',') + lineEnd).join('')));

test('ranges cover any file exactly, begin at records, and know their lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      async (bytes, rangeBytes, piece) => {
        const ranges = await plan(bytes, rangeBytes, piece);
        const starts = recordStarts(bytes);

        expect(ranges[0]!.start).toBe(0);
        expect(ranges.at(-1)!.end).toBe(bytes.length);
        for (const [index, range] of ranges.entries()) {
          expect(starts).toContain(range.start);
          expect(range.line).toBe(lineOf(bytes, range.start));
          expect(range.end).toBe(ranges[index + 1]?.start ?? bytes.length);
          expect(range.end).toBeGreaterThan(range.start);
        }
        expect(ranges.length).toBeLessThanOrEqual(40);
      },
    ),
    { numRuns: 500 },
  );
});

test('a range ends at the first record boundary after its share of the file', async () => {
  const bytes = Buffer.from('id,n\n1,"a\nb"\n2,"c\nd"\n3,e\n');

  await expect(plan(bytes, 9)).resolves.toEqual([
    { start: 0, end: 13, line: 1 },
    { start: 13, end: 21, line: 4 },
    { start: 21, end: 25, line: 6 },
  ]);
});

test.each([
  ['a small file', Buffer.from('id\n1\n2\n'), 100],
  ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(100, 10)]), 10],
  ['a quotation mark that stays open', Buffer.from(`id,"n\n${'1,a\n'.repeat(20)}`), 10],
  ['line ends of CR alone', Buffer.from('id,n\r1,a\r2,b\r'.repeat(9)), 10],
])('%s is one range', async (_, bytes, rangeBytes) => {
  await expect(plan(bytes, rangeBytes)).resolves.toEqual([{ start: 0, end: bytes.length, line: 1 }]);
});

test('a byte-order mark does not hide the quotation mark of the first header', async () => {
  const bytes = Buffer.from(`\ufeff"i\nd",n\n${'1,a\n'.repeat(20)}`);

  const [, second] = await plan(bytes, 50);

  expect(bytes.toString('utf8', second!.start, second!.start + 3)).toBe('1,a');
});

test('never more than 40 ranges, however large the file', async () => {
  const ranges = await plan(Buffer.from('1,a\n'.repeat(10_000)), 10, 1000);

  expect(ranges).toHaveLength(40);
});

test('where every line is a record, ranges begin at lines', async () => {
  const line = fc.stringMatching(/^[ab" ,]{0,12}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 60 }),
      async (lines, isEnded, rangeBytes) => {
        const bytes = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''));
        const read = async (start: number, end: number) => bytes.subarray(start, end);
        const ranges = await planRanges(read, bytes.length, { rangeBytes, format: { kind: 'ndjson' }, pieceBytes: 5 });
        expect(ranges.map(({ start, end }) => bytes.toString('utf8', start, end)).join('')).toBe(bytes.toString());
        for (const { start, line: number } of ranges) {
          if (start > 0) expect(bytes[start - 1]).toBe(10);
          expect(number).toBe(lineOf(bytes, start));
        }
      },
    ),
    { numRuns: 300 },
  );
});

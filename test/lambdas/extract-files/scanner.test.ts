import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { BlockReader, INPUT_BYTES, type Reject } from '../../../lambdas/extract-files/read-blocks';
import { CsvFormat } from '../../../lambdas/extract-files/read-csv';
import { ColumnStore } from '../../../lambdas/extract-files/scanner/columns';
import { SOURCE_SHA256 } from '../../../lambdas/extract-files/scanner/scan.wasm';
import type { FileColumn } from '../../../lambdas/shared/contract/match-header';
import type { Dialect } from '../../../lambdas/shared/inspect-head';
import type { ColumnType } from '../../../lib/tasks/common';
import { column } from '../staging';

const TYPES: readonly ColumnType[] = [
  { type: 'bigint' },
  { type: 'integer' },
  { type: 'decimal', precision: 6, scale: 2 },
  { type: 'double' },
  { type: 'text', length: 5 },
  { type: 'text' },
  { type: 'boolean' },
  { type: 'date' },
  { type: 'timestamp' },
];

const value = fc.oneof(
  fc.constantFrom(
    '',
    '""',
    'NULL',
    '0',
    '-1',
    '+1',
    '1.5',
    '1.',
    '.5',
    '-',
    '1e3',
    '0x1',
    '123456789',
    '2147483648',
    '9999999999999999999',
  ),
  fc.constantFrom(
    'true',
    'false',
    'TRUE',
    'yes',
    '2026-01-31',
    '2026-04-31',
    '2024-02-29',
    '2026-02-29',
    '0001-01-01',
    '2026-1-5',
  ),
  fc.constantFrom(
    '2026-01-05 14:22:31',
    '2026-01-05T14:22:31.5Z',
    '2026-01-05 24:00:00',
    '2026-01-05 14:22:31 +0100',
    '2026-01-05 14:22:31.1234567',
  ),
  fc.constantFrom(
    'abcde',
    'abcdef',
    'äöüäö',
    'äöüäöü',
    '"a,b"',
    '"a""b"',
    '"a\nb"',
    '"abc"x',
    '"open',
    'a"b',
    ' "a"',
    'a\rb',
    'a\0b',
    '"12"',
    '"true"',
    '"2026-01-31"',
  ),
  fc.integer().map(String),
  fc.stringMatching(/^[a-z ,"\n]{0,20}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
);
const csv = fc
  .tuple(
    fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.array(value, { minLength: 5, maxLength: 5 }), fc.integer({ min: 0, max: 20 })), {
      maxLength: 25,
    }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([types, records, lineEnd, ended]) => {
    // Most records have as many fields as columns; a few have one more or less.
    const width = (odd: number) => types.length + (odd === 0 ? 1 : odd === 1 ? -1 : 0);
    const lines = records.map(([fields, odd]) => fields.slice(0, width(odd)).join(','));
    return { types, lineEnd, text: lines.join(lineEnd) + (ended && lines.length > 0 ? lineEnd : '') };
  });

interface Read {
  readonly good: number;
  /** of each column, as they lie in memory */
  readonly values: readonly string[];
  readonly validity: readonly string[];
  readonly rejects: readonly Reject[];
}

async function read(
  bytes: Uint8Array,
  types: readonly ColumnType[],
  dialect: Dialect,
  options: { hurry: boolean; piece: number; numbered?: boolean },
): Promise<Read> {
  const columns = types.map((type, index): FileColumn => {
    const contract = column(`c${index}`, type, { nullable: index !== 0 });
    return { name: contract.name, header: contract.name, contract, ignored: false };
  });
  const store = new ColumnStore({
    columns: columns.map(({ name, contract }) => ({
      name,
      type: contract!.type,
      nullable: contract!.nullable,
      ignored: false,
    })),
    numbered: options.numbered ?? false,
    inputBytes: INPUT_BYTES,
    nullText: 'NULL',
  });
  const values: string[][] = [...types, 0].map(() => []);
  const validity: string[] = [];
  const rejects: Reject[] = [];
  let good = 0;
  const sink = {
    flush: async () => {
      const group = store.rowGroup();
      good += group.rows;
      group.columns.forEach((some, index) => {
        values[index]!.push(Buffer.from(some.values).toString('latin1'));
        const bits = some.validity ?? Buffer.alloc(4096, 255);
        validity.push(Array.from({ length: group.rows }, (_, row) => (bits[row >> 3]! >> (row & 7)) & 1).join(''));
      });
      store.reset();
    },
    bad: async (some: readonly Reject[]) => void rejects.push(...some),
  };
  const format = new CsvFormat(store, { columns, dialect, nullText: 'NULL', hurry: options.hurry });
  const reader = new BlockReader(store, format, dialect, sink, { offset: 0, line: 1 });
  for (let at = 0; at < bytes.length; at += options.piece) await reader.write(bytes.subarray(at, at + options.piece));
  await reader.end();
  await sink.flush();
  expect(reader.rejected).toBe(rejects.length);
  expect(reader.read).toBe(good + rejects.length);
  return { good, values: values.map((column) => column.join('')), validity, rejects };
}

const dialect = (lineEnd: string): Dialect => ({ delimiter: 44, quote: 34, lineEnd: lineEnd === '\n' ? 'lf' : 'crlf' });

test('the scanner agrees with the careful reader on every record of any file', async () => {
  await fc.assert(
    fc.asyncProperty(
      csv,
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async ({ types, lineEnd, text }, piece, numbered) => {
        const bytes = Buffer.from(text);
        const hurried = await read(bytes, types, dialect(lineEnd), { hurry: true, piece, numbered });
        const careful = await read(bytes, types, dialect(lineEnd), {
          hurry: false,
          piece: bytes.length || 1,
          numbered,
        });

        expect(hurried).toEqual(careful);
      },
    ),
    { numRuns: 500 },
  );
});

test('blocks may end anywhere in a record, however long', async () => {
  const long = `1,"${'line\n'.repeat(300_000)}"\n`;
  const bytes = Buffer.from(`${'1,a\n'.repeat(10)}${long}x,b\n2,c\n`);
  const types: ColumnType[] = [{ type: 'bigint' }, { type: 'text' }];

  const { good, rejects, values } = await read(bytes, types, dialect('\n'), { hurry: true, piece: 100_003 });

  expect(good).toBe(12);
  expect(values[1]!.length).toBe(12 * 4 + 11 + long.length - 5);
  expect(rejects).toEqual([expect.objectContaining({ raw: 'x,b', line: 300_012, offset: 40 + long.length })]);
});

test('the committed WebAssembly is compiled from the committed source', () => {
  const source = readFileSync('lambdas/extract-files/scanner/scan.assembly.ts');

  expect(createHash('sha256').update(source).digest('hex')).toBe(SOURCE_SHA256);
});

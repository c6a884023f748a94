/** What holds for any file: its own rows fit the contract that was read off it, and its columns have names that a contract takes. */
import fc from 'fast-check';
import { conventionFor } from '../../lambdas/shared/contract/conventions';
import { judgeValue } from '../../lambdas/shared/contract/judge-value';
import { columnName } from '../../lib/pipeline/schema/common';
import { inferContract } from '../../lib/scaffold/infer-contract';
import { nameColumns } from '../../lib/scaffold/names';
import { codePoint } from '../fixtures/any-text';

const two = (n: number) => String(n).padStart(2, '0');
const day = fc.tuple(
  fc.integer({ min: 1990, max: 2060 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 28 }),
);
const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
const grouped = (n: number, group: string, point: string) => {
  const digits = String(Math.floor(Math.abs(n) / 100)).replace(/\B(?=(\d{3})+$)/g, group);
  return `${n < 0 ? '-' : ''}${digits}${point}${two(Math.abs(n) % 100)}`;
};

/** How the values of a column may be written. */
const KINDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  whole: cents.map(String),
  huge: fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String),
  point: cents.map((n) => (n / 100).toFixed(2)),
  comma: cents.map((n) => (n / 100).toFixed(2).replace('.', ',')),
  german: cents.map((n) => grouped(n, '.', ',')),
  american: cents.map((n) => grouped(n, ',', '.')),
  swiss: cents.map((n) => grouped(n, "'", '.')),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  iso: day.map(([y, m, d]) => `${y}-${two(m)}-${two(d)}`),
  points: day.map(([y, m, d]) => `${two(d)}.${two(m)}.${y}`),
  slashes: day.map(([y, m, d]) => `${m}/${d}/${y}`),
  slashesOfOthers: day.map(([y, m, d]) => `${d}/${m}/${y}`),
  instant: day.map(([y, m, d]) => `${y}-${two(m)}-${two(d)}T${two(d % 24)}:00:00Z`),
  clock: day.map(([y, m, d]) => `${two(d)}.${two(m)}.${y} ${two(d % 24)}:${two(m)}`),
  flag: fc.constantFrom('true', 'false', 'yes', 'N'),
  zip: fc.integer({ min: 0, max: 99_999 }).map((n) => String(n).padStart(5, '0')),
  money: cents.map((n) => `${(n / 100).toFixed(2)} €`),
  json: fc.json().map((text) => `{"a":${text}}`),
  word: fc.string({ maxLength: 12 }),
  none: fc.constant(''),
};

const column = fc.oneof(
  ...Object.values(KINDS).map((kind) =>
    fc.array(fc.oneof({ arbitrary: kind, weight: 20 }, fc.constantFrom('', 'N/A')), { minLength: 25, maxLength: 25 }),
  ),
);

test('the rows of a file fit the contract that was read off it', () => {
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 6 }), fc.constantFrom(',', ';'), (columns, delimiter) => {
      const headers = columns.map((_, index) => `Header ${index}`);
      const rows = columns[0]!.map((_, row) => columns.map((values) => values[row]!));

      const contract = inferContract({
        name: 'any.csv',
        delimiter,
        records: [headers, ...rows],
        misfits: 0,
        isCut: false,
        beginning: Buffer.alloc(0),
        misfitsInBeginning: 0,
      });

      expect(contract.rows).toEqual(rows);
      for (const [index, { type, isNullable }] of contract.columns.entries()) {
        const convention = conventionFor(type, contract.format);
        for (const text of columns[index]!) {
          if (text === '' || text === contract.format.nullText) {
            expect(isNullable).toBe(true);
            continue;
          }
          const written = convention?.(text) ?? { value: text };
          const judged = 'value' in written ? judgeValue(type, written.value) : written;
          expect({ type, text, judged }).toEqual({ type, text, judged: { value: expect.any(String) } });
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('any headers become names that a contract takes, each of them once', () => {
  const header = fc.oneof(
    fc.string(),
    fc.string({ unit: codePoint }),
    fc.constantFrom('order', 'Order', 'xmin', '_id', '1st', 'Größe', 'groesse', 'a b', 'a_b', ''),
  );
  fc.assert(
    fc.property(fc.array(header, { maxLength: 20 }), (headers) => {
      const names = nameColumns(headers).map(({ name }) => name);

      expect(new Set(names).size).toBe(headers.length);
      for (const name of names) expect({ name, ok: columnName.safeParse(name).success }).toEqual({ name, ok: true });
    }),
  );
});

import * as fc from 'fast-check';
import { LosslessNumber, parse } from 'lossless-json';
import { PartitionDrift } from '../../../lambdas/shared/contract/partition-drift';
import { Batch } from '../../../lambdas/shared/rows/batch';
import { parseJson } from '../../../lambdas/shared/rows/parse-json';
import type { ColumnType } from '../../../lib/tasks/common';
import { column } from '../staging';

const parsed = (text: string): unknown => parseJson(Buffer.from(text));

test('numbers that a double holds are numbers, all others keep their digits, wherever they stand', () => {
  expect(parsed('{"a":[1,1.50,1e3,-0.1,123456789012345]}')).toEqual({ a: [1, 1.5, 1000, -0.1, 123456789012345] });
  for (let indent = 0; indent < 20; indent++) {
    for (const number of ['12345678901234567', '-0.12345678901234567', '9007199254740993', '1e400', '-1.5E-0400']) {
      expect(parsed(`${' '.repeat(indent)}[${number},1]`)).toEqual([new LosslessNumber(number), 1]);
      expect(parsed(`${' '.repeat(indent)}[1 ,${number} ]`)).toEqual([1, new LosslessNumber(number)]);
      expect(parsed(`${' '.repeat(indent)}{"a":${number}}`)).toEqual({ a: new LosslessNumber(number) });
      expect(parsed(`${' '.repeat(indent)}["\\",${number},"]`)).toEqual([`",${number},`]);
    }
  }
  expect(parsed('12345678901234567890')).toEqual(new LosslessNumber('12345678901234567890'));
});

const digits = (shortest: number, longest: number) => fc.stringMatching(new RegExp(`^\\d{${shortest},${longest}}$`));
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      digits(0, 24).map((text) => `1${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      digits(1, 24).map((text) => `.${text}`),
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), digits(1, 4)).map((parts) => parts.join('')),
      },
    ),
  )
  .map((parts) => parts.join(''));
const string = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    number,
    fc.tuple(number, number).map(([a, b]) => `",${a},"${b}`),
  )
  .map((text) => JSON.stringify(text));
const space = fc.constantFrom('', '', '', ' ', '\n');
/** Texts, not values: with every spelling of numbers, and with members that come twice. */
const { value: document } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(number, string, fc.constantFrom('true', 'false', 'null')),
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([pad, items]) => `[${pad}${items.join(`,${pad}`)}${pad}]`),
    fc
      .tuple(space, fc.array(fc.tuple(fc.oneof(fc.constantFrom('"a"', '"b"'), string), tie('value')), { maxLength: 4 }))
      .map(([pad, members]) => `{${pad}${members.map((pair) => pair.join(`${pad}:${pad}`)).join(`${pad},`)}${pad}}`),
  ),
}));

/** The slow parser, which looks at each number: those of so many digits and such a size are exact in a double. */
function oracle(text: string): unknown {
  const parseNumber = (spelling: string) => {
    const [mantissa = ''] = spelling.toLowerCase().split('e');
    const count = mantissa.replace(/^-?[0.]*|\./g, '').length;
    const size = Math.abs(Number(spelling));
    return count === 0 || (count <= 15 && size >= 1e-290 && size <= 1e300)
      ? Number(spelling)
      : new LosslessNumber(spelling);
  };
  return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}
/** `toEqual` looks away from a prototype, and lossless-json makes one of a member `__proto__`. */
const isUsual = (text: string): boolean => !text.includes('__proto__');

test('any document is what a parser that looks at each number makes of it', () => {
  fc.assert(
    fc.property(document.filter(isUsual), (text) => {
      expect(parsed(text)).toEqual(oracle(text));
    }),
    { numRuns: 1000 },
  );
});

test('what is no JSON is an error, the same as of JSON.parse', () => {
  const broken = fc
    .tuple(
      document,
      fc.nat(),
      fc.constantFrom('', '-', '.', 'e', '1', '"', ',', '12345678901234567', '01234567890123456'),
    )
    .map(
      ([text, at, piece]) =>
        `${text.slice(0, at % (text.length + 1))}${piece}${text.slice((at % (text.length + 1)) + 1)}`,
    );
  fc.assert(
    fc.property(broken, (text) => {
      const bytes = Buffer.from(text);
      const messageOf = (work: () => unknown): string => {
        try {
          work();
          return 'JSON';
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(messageOf(() => parseJson(bytes))).toBe(messageOf(() => JSON.parse(bytes.toString())));
    }),
    { numRuns: 1000 },
  );
  expect(() => parsed('{"a":')).toThrow(SyntaxError);
});

const TYPES: readonly ColumnType[] = [
  { type: 'integer' },
  { type: 'bigint' },
  { type: 'decimal', precision: 3, scale: 2 },
  { type: 'decimal', precision: 38, scale: 10 },
  { type: 'double' },
  { type: 'text' },
  { type: 'text', length: 12 },
  { type: 'boolean' },
  { type: 'timestamp' },
  { type: 'json' },
];

test('the rows are the same, whatever the contract: what is stored, and why a row is bad', () => {
  const cell = fc.oneof({ weight: 3, arbitrary: number }, { weight: 1, arbitrary: document.filter(isUsual) });
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES), rows, (first, second, pairs) => {
      const text = `[${pairs.map(([a, b]) => `{"a":${a},"b":${b},"a":${a}}`).join()}]`;
      expect(stored(parsed(text), [first, second])).toEqual(stored(oracle(text), [first, second]));
    }),
    { numRuns: 300 },
  );
});

function stored(rows: unknown, [a, b]: readonly [ColumnType, ColumnType]) {
  const columns = [column('a', a), column('b', b)];
  const { evidence } = new PartitionDrift({ name: 'api', columns, onDrift: 'ignore' } as never);
  const batch = new Batch({ columns, strings: 'value', evidence, batchBytes: 1 });
  const bad = (rows as Record<string, unknown>[]).map((row) => batch.add(row, ['a', 'b']));
  const { rows: count } = batch;
  return {
    bad,
    count,
    columns: batch.seal().map((one) => ({ ...one, values: Buffer.from(one.values).toString('base64', 0, 4096) })),
  };
}

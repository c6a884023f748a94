import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { compilePattern } from '../../../lib/local/events/pattern';

interface Case {
  readonly name: string;
  readonly pattern: unknown;
  readonly matches: readonly unknown[];
  readonly rejects: readonly unknown[];
}

const FOLDER = join(__dirname, 'patterns');
const matches = (pattern: unknown, event: unknown) => compilePattern(JSON.stringify(pattern))(event);

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const cases: Case[] = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  test.each(cases)('$name', ({ pattern, matches: good, rejects }) => {
    expect(good.filter((event) => !matches(pattern, event))).toEqual([]);
    expect(rejects.filter((event) => matches(pattern, event))).toEqual([]);
  });
});

describe('a pattern is refused', () => {
  test.each([
    ['that is no JSON', '{'],
    ['that is a list', '[]'],
    ['that is empty', '{}'],
    ['with a bare value', '{"source":"aws.s3"}'],
    ['with an empty list', '{"source":[]}'],
    ['with an empty object', '{"detail":{}}'],
    ['with a nested list', '{"source":[["a"]]}'],
    ['with an unknown operator', '{"source":[{"startswith":"a"}]}'],
    ['with an operator from the prototype', '{"source":[{"constructor":"a"}]}'],
    ['with two operators in one', '{"source":[{"prefix":"a","suffix":"b"}]}'],
    ['with a prefix that is a list', '{"source":[{"prefix":["a"]}]}'],
    ['with exists as text', '{"source":[{"exists":"true"}]}'],
    ['with a backward range', '{"n":[{"numeric":[">",5,"<",1]}]}'],
    ['with an upper bound first', '{"n":[{"numeric":["<",5,">",1]}]}'],
    ['with a number out of range', '{"n":[{"numeric":["=",5000000001]}]}'],
    ['with a malformed network', '{"ip":[{"cidr":"10.0.0.0"}]}'],
    ['with too wide a network', '{"ip":[{"cidr":"10.0.0.0/33"}]}'],
    ['with anything-but of mixed kinds', '{"n":[{"anything-but":[1,"a"]}]}'],
    ['with anything-but null', '{"n":[{"anything-but":null}]}'],
    ['with consecutive wildcards', '{"n":[{"wildcard":"a**b"}]}'],
    ['with a bad escape', '{"n":[{"wildcard":"a\\\\b"}]}'],
    ['that is too long', JSON.stringify({ source: ['x'.repeat(2_048)] })],
  ])('%s', (_, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/^Event pattern is not valid. Reason: /);
  });

  test('with wildcards that could be active too often at once, as AWS refuses four of these', () => {
    const values = ['a', 'b', 'c', 'd'].map((name) => ({ wildcard: `*:stack/${name}/*` }));
    expect(() => compilePattern(JSON.stringify({ r: values }))).toThrow('Rule is too complex');
    expect(() => compilePattern('{"r":[{"wildcard":"*a*a*a*a*a*a*a*a*a*a*"}]}')).toThrow('Rule is too complex');
  });
});

describe('properties', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\', '.') });

  test('a wildcard matches as the regular expression does', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 7 })
      .map((parts) => parts.join('').replace(/\*+/g, '*'));
    fc.assert(
      fc.property(glob, text, (pattern, value) => {
        const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's');
        expect(matches({ k: [{ wildcard: pattern }] }, { k: value })).toBe(regex.test(value));
      }),
    );
  });

  test('an escaped text as wildcard matches that text alone', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const pattern = { k: [{ wildcard: a.replace(/[*\\]/g, '\\$&') }] };
        expect(matches(pattern, { k: b })).toBe(a === b);
      }),
    );
  });

  test('anything-but is the opposite for a single value', () => {
    fc.assert(
      fc.property(fc.constantFrom('prefix', 'suffix', 'equals-ignore-case'), text, text, (operator, part, value) => {
        const event = { k: value };
        expect(matches({ k: [{ 'anything-but': { [operator]: part } }] }, event)).toBe(
          !matches({ k: [{ [operator]: part }] }, event),
        );
      }),
    );
  });

  test('any event matches the pattern of its own values, and exists is never both', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const event = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
      node: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof({ depthSize: 'small' }, leaf, tie('node')), {
        minKeys: 1,
      }),
    })).node;
    const patternOf = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, patternOf(child)]))
        : [value];
    fc.assert(
      fc.property(event, (value) => {
        fc.pre(JSON.stringify(patternOf(value)).length <= 2_048);
        expect(matches(patternOf(value), value)).toBe(true);
        expect(matches({ a: [{ exists: true }] }, value)).not.toBe(matches({ a: [{ exists: false }] }, value));
      }),
    );
  });

  test('a pattern matches where one choice of the elements of its lists does, value by value', () => {
    const value = fc.oneof(fc.constantFrom('a', 'ab', 'b', ''), fc.integer({ min: 0, max: 3 }), fc.constant(null));
    const leaf = fc.oneof(value, fc.array(value, { maxLength: 3 }));
    const object = fc.dictionary(fc.constantFrom('x', 'y'), leaf, { maxKeys: 2 });
    const event = fc.dictionary(
      fc.constantFrom('p', 'q'),
      fc.oneof(leaf, object, fc.array(object, { minLength: 1, maxLength: 3 })),
    );
    const alternative = fc.oneof(
      value,
      fc.record({ prefix: fc.constantFrom('a', 'b') }),
      fc.record({ suffix: fc.constantFrom('a', 'b') }),
      fc.record({ 'anything-but': fc.constantFrom('a', 'ab') }),
      fc.record({ numeric: fc.constantFrom(['>', 1], ['=', 0], ['>=', 1, '<', 3]) }),
    );
    const field = fc.array(alternative, { minLength: 1, maxLength: 3 });
    const pattern = fc.dictionary(
      fc.constantFrom('p', 'q'),
      fc.oneof(field, fc.dictionary(fc.constantFrom('x', 'y'), field, { minKeys: 1 })),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(pattern, event, (wanted, given) => {
        expect(matches(wanted, given)).toBe(worlds(given).some((world) => holds(wanted, world)));
      }),
      { numRuns: 300 },
    );
  });
});

/** The event with one element chosen of each list: of a list of objects the same for all fields below it. */
function worlds(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.length === 0 ? [undefined] : value.flatMap(worlds);
  if (typeof value !== 'object' || value === null) return [value];
  let all: Record<string, unknown>[] = [{}];
  for (const [name, child] of Object.entries(value)) {
    all = all.flatMap((world) => worlds(child).map((chosen) => ({ ...world, [name]: chosen })));
  }
  return all;
}

function holds(pattern: unknown, world: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((alternative) => isMet(alternative, world));
  const fields = typeof world === 'object' && world !== null ? (world as Record<string, unknown>) : {};
  return Object.entries(pattern as object).every(([name, child]) => holds(child, fields[name]));
}

interface Operators {
  readonly prefix?: string;
  readonly suffix?: string;
  readonly 'anything-but'?: string;
  readonly numeric?: readonly (string | number)[];
}

function isMet(alternative: unknown, value: unknown): boolean {
  if (value === undefined || (typeof value === 'object' && value !== null)) return false;
  if (typeof alternative !== 'object' || alternative === null) return alternative === value;
  const { prefix, suffix, numeric = [], 'anything-but': other } = alternative as Operators;
  if (prefix !== undefined) return typeof value === 'string' && value.startsWith(prefix);
  if (suffix !== undefined) return typeof value === 'string' && value.endsWith(suffix);
  if (other !== undefined) return value !== other;
  if (typeof value !== 'number') return false;
  const compare = { '=': (a: number, b: number) => a === b, '>': (a: number, b: number) => a > b };
  const more = { '>=': (a: number, b: number) => a >= b, '<': (a: number, b: number) => a < b };
  const operators: Record<string, (a: number, b: number) => boolean> = { ...compare, ...more };
  const pairs = numeric.flatMap((item, index) => (index % 2 === 0 ? [[item, numeric[index + 1]] as const] : []));
  return pairs.every(([operator, bound]) => operators[String(operator)]?.(value, Number(bound)));
}

/**
 * The expressions of GetPartitions: `year = '2026' AND (month IN ('01', '02') OR month >= '10')`, with =, !=, <>, <, <=, >, >=,
 * IN, BETWEEN, LIKE, NOT, AND, OR over the partition columns. Pure.
 */
import { AwsError } from '../../service';

export interface PartitionColumn {
  readonly name: string;
  /** e.g. `string`, `int`, `date` */
  readonly type: string;
}

export type PartitionFilter = (values: readonly string[]) => boolean;

const TOKEN = /\s*('(?:[^']|'')*'|<=|>=|<>|!=|[=<>(),]|-?\d+(?:\.\d+)?(?![\w.])|[A-Za-z_][\w]*|"[^"]+"|`[^`]+`)/y;
const NUMERIC = /^(tinyint|smallint|int|integer|bigint|long|float|double|decimal)/i;

export function parsePartitionExpression(
  expression: string | undefined,
  columns: readonly PartitionColumn[],
): PartitionFilter {
  const text = expression?.trim() ?? '';
  if (text === '') return () => true;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw invalid(text, `it cannot be read from character ${TOKEN.lastIndex + 1}`);
    tokens.push(match[1] as string);
  }

  let position = 0;
  const isNext = (word: string) => tokens[position]?.toUpperCase() === word;
  const accept = (word: string) => {
    const found = isNext(word);
    if (found) position++;
    return found;
  };
  const expect = (word: string) => {
    if (!accept(word)) throw invalid(text, `${word} is missing at ${tokens[position] ?? 'its end'}`);
  };

  const or = (): PartitionFilter => {
    let left = and();
    while (accept('OR')) {
      const [a, b] = [left, and()];
      left = (values) => a(values) || b(values);
    }
    return left;
  };
  const and = (): PartitionFilter => {
    let left = not();
    while (accept('AND')) {
      const [a, b] = [left, not()];
      left = (values) => a(values) && b(values);
    }
    return left;
  };
  const not = (): PartitionFilter => {
    if (!accept('NOT')) return primary();
    const inner = not();
    return (values) => !inner(values);
  };
  const primary = (): PartitionFilter => {
    if (accept('(')) {
      const inner = or();
      expect(')');
      return inner;
    }
    return condition();
  };
  const condition = (): PartitionFilter => {
    const name = (tokens[position++] ?? '').replace(/^["`]|["`]$/g, '').toLowerCase();
    const index = columns.findIndex((column) => column.name.toLowerCase() === name);
    if (index === -1) throw invalid(text, `${name || 'a column'} is no partition column`);
    const compare = NUMERIC.test(columns[index]?.type ?? '') ? compareNumbers : compareTexts;
    const test =
      (predicate: (value: string) => boolean): PartitionFilter =>
      (values) =>
        predicate(values[index] ?? '');

    if (accept('NOT')) {
      const inner = listOrRange(compare);
      return test((value) => !inner(value));
    }
    const operator = tokens[position] ?? '';
    const check = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (!check) return test(listOrRange(compare));
    position++;
    const expected = literal();
    return test((value) => check(compare(value, expected)));
  };
  const listOrRange = (compare: Compare): ((value: string) => boolean) => {
    if (accept('IN')) {
      expect('(');
      const options = [literal()];
      while (accept(',')) options.push(literal());
      expect(')');
      return (value) => options.some((option) => compare(value, option) === 0);
    }
    if (accept('BETWEEN')) {
      const low = literal();
      expect('AND');
      const high = literal();
      return (value) => compare(value, low) >= 0 && compare(value, high) <= 0;
    }
    if (accept('LIKE')) {
      const pattern = literal()
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('%', '.*')
        .replaceAll('_', '.');
      const regex = new RegExp(`^${pattern}$`, 's');
      return (value) => regex.test(value);
    }
    throw invalid(text, `${tokens[position] ?? 'its end'} is no operator`);
  };
  const literal = (): string => {
    const token = tokens[position++] ?? '';
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d/.test(token)) return token;
    // date '2026-01-01' and timestamp '…'
    if (/^(date|timestamp)$/i.test(token) && tokens[position]?.startsWith("'")) return literal();
    throw invalid(text, `${token || 'its end'} is no value`);
  };

  const filter = or();
  if (position < tokens.length) throw invalid(text, `${tokens[position]} is not expected`);
  return filter;
}

type Compare = (a: string, b: string) => number;
const compareTexts: Compare = (a, b) => (a < b ? -1 : Number(a > b));
const compareNumbers: Compare = (a, b) => Number(a) - Number(b);

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const invalid = (expression: string, reason: string) =>
  new AwsError('InvalidInputException', `Unsupported expression '${expression}': ${reason}.`);

/**
 * Filter patterns for lines of columns: `[ip, ..., status = 5*, bytes > 1000]`. What is in quotes or brackets is one column. Pure.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { textMatcher } from './text-matcher';

/** The columns by their names (`$ip`), or undefined where the line does not match. */
export type ColumnReader = (message: string) => Readonly<Record<string, string>> | undefined;

interface Column {
  readonly name: string;
  readonly test: (value: string) => boolean;
}

type Fail = (reason: string) => Error;

const ANY = '...';
const CONDITION = /^\s*([\w-]+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|\S+)\s*$/;

export function columnReader(text: string, fail: Fail): ColumnReader {
  if (!text.endsWith(']')) throw fail('] is missing');
  const columns = split(text.slice(1, -1), ',').map((part) => columnOf(part.trim(), fail));
  const gap = columns.indexOf(ANY);
  if (columns.lastIndexOf(ANY) !== gap) throw fail('... may stand once');
  const named = columns.filter((column) => column !== ANY);
  return (message) => {
    const values = valuesOf(message);
    if (gap < 0 ? values.length !== named.length : values.length < named.length) return undefined;
    const chosen = gap < 0 ? values : [...values.slice(0, gap), ...values.slice(values.length - (named.length - gap))];
    const fits = named.every(({ test }, index) => test(chosen[index] as string));
    return fits ? Object.fromEntries(named.map(({ name }, index) => [`$${name}`, chosen[index] as string])) : undefined;
  };
}

/** Words between blanks; quotes and brackets hold together what is in them. */
const valuesOf = (message: string): readonly string[] =>
  [...message.matchAll(/"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ([, quoted, bracketed, bare]) => quoted ?? bracketed ?? bare ?? '',
  );

function columnOf(text: string, fail: Fail): Column | typeof ANY {
  if (text === ANY) return ANY;
  if (/^[\w-]+$/.test(text)) return { name: text, test: () => true };
  const choices = split(text, '||').map((choice) => split(choice, '&&').map((part) => conditionOf(part, fail)));
  const name = choices[0]?.[0]?.name ?? '';
  if (choices.flat().some((condition) => condition.name !== name)) throw fail(`${text} is about more than one column`);
  return { name, test: (value) => choices.some((all) => all.every(({ test }) => test(value))) };
}

function conditionOf(text: string, fail: Fail): Column {
  const [, name = '', operator, literal = ''] = CONDITION.exec(text) ?? [];
  if (operator === undefined) throw fail(`${text || 'a column'} is no condition`);
  if (operator === '=' || operator === '!=') {
    const matches = textMatcher(literal);
    return { name, test: (value) => matches(value) === (operator === '=') };
  }
  const bound = Number(literal);
  if (Number.isNaN(bound)) throw fail(`${literal} is no number`);
  const compare = { '<': (n: number) => n < bound, '<=': (n: number) => n <= bound, '>': (n: number) => n > bound };
  const test = operator === '>=' ? (n: number) => n >= bound : compare[operator as keyof typeof compare];
  return { name, test: (value) => test(value === '' ? Number.NaN : Number(value)) };
}

/** At separators outside of quotes and regular expressions. */
function split(text: string, separator: string): readonly string[] {
  const parts = [''];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|\|\||&&|[\s\S]/g)) {
    if (token === separator) parts.push('');
    else parts.push((parts.pop() as string) + token);
  }
  return parts;
}

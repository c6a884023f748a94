/**
 * `SEARCH('{Namespace,Dimension} MetricName="rows" orders', 'Sum', 300)`: the metrics that an expression finds. Pure.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
import { AwsError } from '../../service';
import type { MetricId } from './series';

type Test = (metric: MetricId) => boolean;

/** AWS's own bound on what one search may give. */
const MAX_FOUND = 500;

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[()=]|[^\s()="]+)/y;

export function search<M extends MetricId>(expression: string, metrics: readonly M[]): readonly M[] {
  const { schema, rest } = splitSchema(expression);
  const test = parse(rest, expression);
  return metrics.filter((metric) => (schema?.(metric) ?? true) && test(metric)).slice(0, MAX_FOUND);
}

/** By the dimensions that tell the found ones apart. */
export function labelsOf(found: readonly MetricId[]): readonly string[] {
  const names = new Set(found.map(({ name }) => name));
  const dimensions = [...new Set(found.flatMap((metric) => Object.keys(metric.dimensions)))];
  const telling = dimensions.filter((key) => new Set(found.map((metric) => metric.dimensions[key])).size > 1);
  return found.map((metric) => {
    const values = telling.flatMap((key) => metric.dimensions[key] ?? []);
    return (names.size > 1 || values.length === 0 ? [...values, metric.name] : values).join(' ');
  });
}

function splitSchema(expression: string): { schema?: Test; rest: string } {
  const match = /^\s*\{((?:"[^"]*"|[^}"])*)\}/.exec(expression);
  if (!match) return { rest: expression };
  const [namespace = '', ...names] = (match[1] as string).split(',').map((name) => unquoted(name.trim()));
  return {
    rest: expression.slice(match[0].length),
    schema: (metric) => {
      const own = Object.keys(metric.dimensions);
      return metric.namespace === namespace && own.length === names.length && names.every((name) => own.includes(name));
    },
  };
}

function parse(text: string, expression: string): Test {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const whole = text.trimEnd();
  while (TOKEN.lastIndex < whole.length) {
    const match = TOKEN.exec(whole);
    if (!match) throw invalid(expression);
    tokens.push(match[1] as string);
  }
  let position = 0;
  const peek = () => tokens[position];

  const or = (): Test => {
    let left = and();
    while (peek() === 'OR') {
      position++;
      const [a, b] = [left, and()];
      left = (metric) => a(metric) || b(metric);
    }
    return left;
  };
  const and = (): Test => {
    let left = not();
    while (peek() !== undefined && peek() !== 'OR' && peek() !== ')') {
      if (peek() === 'AND') position++;
      const [a, b] = [left, not()];
      left = (metric) => a(metric) && b(metric);
    }
    return left;
  };
  const not = (): Test => {
    if (peek() !== 'NOT') return primary();
    position++;
    const inner = not();
    return (metric) => !inner(metric);
  };
  const primary = (): Test => {
    const token = tokens[position++];
    if (token === undefined || token === ')' || token === '=') throw invalid(expression);
    if (token === '(') {
      const inner = or();
      if (tokens[position++] !== ')') throw invalid(expression);
      return inner;
    }
    if (peek() !== '=') return (metric) => textsOf(metric).some((one) => matches(token, one));
    position++;
    const property = unquoted(token);
    if (peek() === '(') return valuesOf(property);
    const value = tokens[position++];
    if (value === undefined) throw invalid(expression);
    return (metric) => propertyOf(metric, property).some((one) => matches(value, one));
  };
  /** `Dimension=("a" OR "b")` */
  const valuesOf = (property: string): Test => {
    const values: string[] = [];
    for (position++; peek() !== ')'; position++) {
      const token = peek();
      if (token === undefined) throw invalid(expression);
      if (token !== 'OR') values.push(token);
    }
    position++;
    return (metric) => propertyOf(metric, property).some((one) => values.some((value) => matches(value, one)));
  };

  if (tokens.length === 0) return () => true;
  const test = or();
  if (position < tokens.length) throw invalid(expression);
  return test;
}

const textsOf = ({ namespace, name, dimensions }: MetricId): readonly string[] => [
  namespace,
  name,
  ...Object.entries(dimensions).flat(),
];

function propertyOf(metric: MetricId, property: string): readonly string[] {
  if (property === 'MetricName') return [metric.name];
  if (property === 'Namespace') return [metric.namespace];
  const value = metric.dimensions[property];
  return value === undefined ? [] : [value];
}

/** In quotes: the very text. Without: its words, one after another, whatever their case. */
function matches(token: string, text: string): boolean {
  if (token.startsWith('"')) return text === unquoted(token);
  const [wanted, own] = [wordsOf(token), wordsOf(text)];
  return own.some((_, start) => wanted.every((word, index) => own[start + index] === word));
}

const wordsOf = (text: string): readonly string[] =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

const unquoted = (token: string): string => token.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/g, '$1');

const invalid = (expression: string) => new AwsError('ValidationError', `Invalid SEARCH expression ${expression}.`);

/**
 * Filter patterns of CloudWatch Logs: terms (`ERROR "time out" -debug ?a ?b`), conditions on JSON
 * (`{ $.level = "ERROR" && $.rows > 10 }`), columns (`[ip, status = 5*]`). Pure.
 */
import { valueAt } from '../../events/json-path';
import { AwsError } from '../../service';
import { type ColumnReader, columnReader } from './columns';
import { regularExpression, textMatcher } from './text-matcher';

export type LineFilter = (message: string) => boolean;

export function parseFilterPattern(pattern: string | undefined): LineFilter {
  const text = pattern?.trim() ?? '';
  if (text === '') return () => true;
  if (text.startsWith('{')) return jsonFilter(text);
  const columns = columnsOf(text);
  if (columns) return (message) => columns(message) !== undefined;
  return termFilter(text);
}

/** What reads the columns that a pattern names; undefined for a pattern of another kind. */
export function columnsOf(pattern: string | undefined): ColumnReader | undefined {
  const text = pattern?.trim() ?? '';
  return text.startsWith('[') ? columnReader(text, (reason) => invalid(text, reason)) : undefined;
}

function termFilter(text: string): LineFilter {
  const all: LineFilter[] = [];
  const none: LineFilter[] = [];
  const some: LineFilter[] = [];
  for (const [, sign = '', quoted, bare = ''] of text.matchAll(
    /([-?]?)(?:"((?:[^"\\]|\\.)*)"|(%(?:[^%\\]|\\.)*%|\S+))/g,
  )) {
    const term = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    const expression = quoted === undefined ? regularExpression(bare) : undefined;
    const test: LineFilter = expression ? (message) => expression.test(message) : (message) => message.includes(term);
    ({ '': all, '-': none, '?': some })[sign]?.push(test);
  }
  return (message) =>
    all.every((test) => test(message)) &&
    !none.some((test) => test(message)) &&
    (some.length === 0 || some.some((test) => test(message)));
}

type Condition = (document: unknown) => boolean;

const TOKEN =
  /\s*(\$(?:\.[\w-]+|\[[^\]]*\])*|&&|\|\||<=|>=|!=|[=<>(){}]|"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|[^\s=<>!&|(){}"]+)/y;

function jsonFilter(text: string): LineFilter {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw invalid(text, 'it cannot be read');
    tokens.push(match[1] as string);
  }
  let position = 0;
  const take = (expected?: string) => {
    const token = tokens[position++];
    if (token === undefined || (expected && token !== expected))
      throw invalid(text, `${expected ?? 'a value'} is missing`);
    return token;
  };
  const or = (): Condition => {
    let left = and();
    while (tokens[position] === '||') {
      position++;
      const [a, b] = [left, and()];
      left = (document) => a(document) || b(document);
    }
    return left;
  };
  const and = (): Condition => {
    let left = primary();
    while (tokens[position] === '&&') {
      position++;
      const [a, b] = [left, primary()];
      left = (document) => a(document) && b(document);
    }
    return left;
  };
  const primary = (): Condition => {
    if (tokens[position] === '(') {
      position++;
      const inner = or();
      take(')');
      return inner;
    }
    const path = take();
    if (!path.startsWith('$')) throw invalid(text, `${path} is not a path such as $.level`);
    return compare(path, take());
  };
  const compare = (path: string, operator: string): Condition => {
    if (operator === 'IS') {
      const kind = take();
      const expected = { NULL: null, TRUE: true, FALSE: false }[kind];
      if (expected === undefined) throw invalid(text, `IS ${kind} is not known`);
      return (document) => valueAt(document, path) === expected;
    }
    if (operator === 'NOT' || operator === 'EXISTS') {
      if (operator === 'NOT') take('EXISTS');
      return (document) => (valueAt(document, path) !== undefined) === (operator === 'EXISTS');
    }
    const test = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (!test) throw invalid(text, `${operator} is no operator`);
    const literal = take();
    return (document) => test(valueAt(document, path), literal);
  };

  take('{');
  const condition = or();
  take('}');
  if (position < tokens.length) throw invalid(text, `${tokens[position]} is not expected`);
  return (message) => {
    const start = message.indexOf('{');
    if (start === -1) return false;
    try {
      return condition(JSON.parse(message.slice(start)));
    } catch {
      return false;
    }
  };
}

const COMPARISONS: Readonly<Record<string, (value: unknown, literal: string) => boolean>> = {
  '=': equals,
  '!=': (value, literal) => value !== undefined && !equals(value, literal),
  '<': (value, literal) => typeof value === 'number' && value < Number(literal),
  '<=': (value, literal) => typeof value === 'number' && value <= Number(literal),
  '>': (value, literal) => typeof value === 'number' && value > Number(literal),
  '>=': (value, literal) => typeof value === 'number' && value >= Number(literal),
};

/** A literal is a number when it looks like one; otherwise `*` in it stands for anything. */
function equals(value: unknown, literal: string): boolean {
  if (typeof value === 'number') return value === Number(literal);
  if (typeof value !== 'string') return false;
  return textMatcher(literal)(value);
}

const invalid = (pattern: string, reason: string) =>
  new AwsError('InvalidParameterException', `Invalid filter pattern ${pattern}: ${reason}.`);

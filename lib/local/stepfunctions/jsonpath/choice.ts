/** The comparison operators of a JSONPath Choice rule, as one table. */
import type { Environment, Evaluator } from '../environment';
import { runtimeError } from '../errors';
import type { CompileContext } from '../jsonata/template';
import { isNumber, isSame } from '../numbers';
import type { CompiledPath } from './path';
import { compileReference, notNull } from './template';

type Read = (value: unknown) => number | bigint | string | boolean | undefined;

interface Comparison {
  /** Undefined when the value is not of the operator's type: then the rule does not hold. */
  readonly read: Read;
  /** Of the other value, `read` unless told. */
  readonly readOther?: Read;
  readonly holds: (left: never, right: never) => boolean;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339, with a capital T and Z, as the States Language has it. */
export const isTimestamp = (value: unknown): value is string =>
  typeof value === 'string' && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));

const readers = {
  String: (value: unknown) => (typeof value === 'string' ? value : undefined),
  Numeric: (value: unknown) => (isNumber(value) ? value : undefined),
  Boolean: (value: unknown) => (typeof value === 'boolean' ? value : undefined),
  Timestamp: (value: unknown) => (isTimestamp(value) ? Date.parse(value) : undefined),
};

/** To AWS, what a path of `Numeric…Path` leads to is 0 where it is a list, an object or a boolean. What a text is, nobody has seen. */
const readOther: Read = (value) => (typeof value === 'string' ? undefined : (readers.Numeric(value) ?? 0));

const orders = {
  Equals: isSame,
  LessThan: (left: number, right: number) => left < right,
  GreaterThan: (left: number, right: number) => left > right,
  LessThanEquals: (left: number, right: number) => left <= right,
  GreaterThanEquals: (left: number, right: number) => left >= right,
};

const comparisons = new Map<string, Comparison>([
  ['StringMatches', { read: readers.String, holds: (left: string, right: string) => matchesPattern(left, right) }],
]);
for (const [type, read] of Object.entries(readers)) {
  for (const [order, holds] of Object.entries(orders)) {
    if (type === 'Boolean' && order !== 'Equals') continue;
    comparisons.set(`${type}${order}`, { read, holds });
    comparisons.set(`${type}${order}Path`, type === 'Numeric' ? { read, readOther, holds } : { read, holds });
  }
}

/** Each is compared with the operator's `true` or `false`. */
const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsPresent: (value) => value !== undefined,
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: isNumber,
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: isTimestamp,
};

export const CHOICE_OPERATORS: readonly string[] = [...comparisons.keys(), ...Object.keys(tests)];

/** What an operator is compared with. */
export function operandKind(operator: string): 'path' | 'string' | 'number' | 'boolean' | 'timestamp' {
  if (operator.endsWith('Path')) return 'path';
  if (operator in tests || operator.startsWith('Boolean')) return 'boolean';
  if (operator.startsWith('Numeric')) return 'number';
  return operator.startsWith('Timestamp') ? 'timestamp' : 'string';
}

type Rule = Readonly<Record<string, unknown>>;

export function compileCondition(rule: Rule, field: string, context: CompileContext): Evaluator<boolean> {
  const inner = (value: unknown, name: string) => compileCondition(value as Rule, `${field}.${name}`, context);
  if (Array.isArray(rule.And)) {
    const terms = rule.And.map((term, index) => inner(term, `And[${index}]`));
    return (environment) => terms.every((term) => term(environment));
  }
  if (Array.isArray(rule.Or)) {
    const terms = rule.Or.map((term, index) => inner(term, `Or[${index}]`));
    return (environment) => terms.some((term) => term(environment));
  }
  if (rule.Not !== undefined) {
    const term = inner(rule.Not, 'Not');
    return (environment) => !term(environment);
  }
  return compileTest(rule, field, context);
}

function compileTest(rule: Rule, field: string, context: CompileContext): Evaluator<boolean> {
  const operator = Object.keys(rule).find((key) => comparisons.has(key) || Object.hasOwn(tests, key));
  const variable = compileReference(rule.Variable, `${field}.Variable`, context);
  if (operator === undefined || !variable) return () => false;
  const expected = rule[operator];
  const test = tests[operator];
  if (operator === 'IsPresent') return (environment) => (variable.select(environment) !== undefined) === expected;
  if (test) return (environment) => test(find(variable, environment)) === expected;

  const { read, readOther = read, holds } = comparisons.get(operator)!;
  const compare = holds as (left: unknown, right: unknown) => boolean;
  const other = operator.endsWith('Path') ? compileReference(expected, `${field}.${operator}`, context) : undefined;
  return (environment) => {
    const left = read(find(variable, environment));
    const right = readOther(other ? find(other, environment) : expected);
    return left !== undefined && right !== undefined && compare(left, right);
  };
}

function find(path: CompiledPath, environment: Environment): unknown {
  notNull(path, environment, environment.input);
  const found = path.select(environment);
  if (found !== undefined) return found;
  throw runtimeError(`Invalid path '${path.source}': The choice state's condition path references an invalid value.`);
}

/** `*` stands for any run of characters; a backslash takes the next one as it is. Linear, unlike a regular expression. */
function matchesPattern(text: string, pattern: string): boolean {
  const parts: string[] = [];
  let literal = '';
  for (const [, escaped, other] of pattern.matchAll(/\\(.)|(.)/gsu)) {
    if (other === '*') {
      parts.push(literal);
      literal = '';
    } else {
      literal += escaped ?? other;
    }
  }
  const [first = literal, ...rest] = parts;
  const last = parts.length === 0 ? undefined : literal;
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}

/** The comparison operators of a JSONPath Choice rule, as one table. */
import type { Environment, Evaluator } from '../environment';
import { runtimeError } from '../errors';
import type { CompileContext } from '../jsonata/template';
import { type CompiledPath, compilePath } from './path';
import { compileField, type Template } from './template';

interface Comparison {
  /** Undefined when the value is not of the operator's type: then the rule does not hold. */
  readonly read: (value: unknown) => number | string | boolean | undefined;
  readonly holds: (left: never, right: never) => boolean;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const isTimestamp = (value: unknown): value is string =>
  typeof value === 'string' && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));

const readers = {
  String: (value: unknown) => (typeof value === 'string' ? value : undefined),
  Numeric: (value: unknown) => (typeof value === 'number' ? value : undefined),
  Boolean: (value: unknown) => (typeof value === 'boolean' ? value : undefined),
  Timestamp: (value: unknown) => (isTimestamp(value) ? Date.parse(value) : undefined),
};

const orders = {
  Equals: (left: number, right: number) => left === right,
  LessThan: (left: number, right: number) => left < right,
  GreaterThan: (left: number, right: number) => left > right,
  LessThanEquals: (left: number, right: number) => left <= right,
  GreaterThanEquals: (left: number, right: number) => left >= right,
};

const comparisons = new Map<string, Comparison>([
  ['StringMatches', { read: readers.String, holds: (left: string, right: string) => wildcard(right).test(left) }],
]);
for (const [type, read] of Object.entries(readers)) {
  for (const [order, holds] of Object.entries(orders)) {
    if (type === 'Boolean' && order !== 'Equals') continue;
    comparisons.set(`${type}${order}`, { read, holds });
    comparisons.set(`${type}${order}Path`, { read, holds });
  }
}

/** Each is compared with the operator's `true` or `false`. */
const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsPresent: (value) => value !== undefined,
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: isTimestamp,
};

export const CHOICE_OPERATORS: ReadonlySet<string> = new Set([...comparisons.keys(), ...Object.keys(tests)]);

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
  const operator = Object.keys(rule).find((key) => CHOICE_OPERATORS.has(key));
  const variable = compileVariable(rule.Variable, field, context);
  if (operator === undefined || !variable) {
    if (operator === undefined) report(context, field, 'A Choice rule must have one comparison operator');
    return () => false;
  }
  const expected = rule[operator];
  const test = tests[operator];
  if (test) {
    if (operator === 'IsPresent') return (environment) => isPresent(variable, environment) === expected;
    return (environment) => isPresent(variable, environment) && test(find(variable, environment)) === expected;
  }

  const { read, holds } = comparisons.get(operator)!;
  const compare = holds as (left: unknown, right: unknown) => boolean;
  const right: Template = operator.endsWith('Path')
    ? compileField(expected, `${field}.${operator}`, context)
    : () => expected;
  return (environment) => {
    const left = read(find(variable, environment));
    const other = read(right(environment, environment.input));
    return left !== undefined && other !== undefined && compare(left, other);
  };
}

function compileVariable(source: unknown, field: string, context: CompileContext): CompiledPath | undefined {
  try {
    return compilePath(String(source));
  } catch (error) {
    report(context, `${field}.Variable`, (error as Error).message);
    return undefined;
  }
}

const isPresent = (path: CompiledPath, environment: Environment): boolean => {
  const found = path.select(environment);
  return path.definite ? found !== undefined : (found as unknown[]).length > 0;
};

function find(path: CompiledPath, environment: Environment): unknown {
  const found = path.select(environment);
  if (found !== undefined) return found;
  throw runtimeError(`Invalid path '${path.source}': The choice state's condition path references an invalid value.`);
}

/** `*` matches any run of characters; a backslash takes the next one as it is. */
function wildcard(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\(.)|(\*)|([^\\*]+)|\\$/gs)]
    .map(([whole, escaped, star]) => (star ? '.*' : (escaped ?? whole).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 's');
}

const report = ({ path, diagnostics }: CompileContext, field: string, message: string) =>
  diagnostics.push({ code: 'SCHEMA_VALIDATION_FAILED', message, location: `${path}/${field.replaceAll('.', '/')}` });

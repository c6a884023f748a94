import type * as z from 'zod';
import { PipelineError, type Problem, show, suggest } from './errors';
import { ROW_FUNCTION_OPTIONS } from './models';
import { SEPARATOR } from './schema/common';
import { definition as shape } from './schema/definition';
import { CUSTOM_OPTIONS } from './sources/custom';
import { DATABASE_OPTIONS } from './sources/database';
import { DYNAMODB_OPTIONS } from './sources/dynamodb';
import { FIXED_WIDTH_OPTIONS } from './sources/formats';
import { HTTP_OPTIONS } from './sources/http';
import type { Pipeline, PipelineDefinition } from './types';
import { validateReferences } from './validate';
import { exampleOf, type FoundCall, wrongCalls } from './wrong-call';

/**
 * Declares a pipeline. The definition is checked at once: what the editor cannot see is an error here, before anything is
 * synthesized. What only the SQL can tell (columns of a model, cycles) the compiler checks.
 *
 * @throws {PipelineError} with every mistake: its field, value, rule and remedy
 * @example
 * export default definePipeline({
 *   name: 'orders',
 *   trigger: s3Arrival('orders/*.csv'),
 *   sources: { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns: { id: key.bigint(), total: decimal(12, 2) } }) },
 *   models: { totals: sql.text('SELECT id, total FROM orders') },
 *   sinks: [redshift({ model: 'totals', table: 'shop.totals', write: merge('id') })],
 * });
 */
export function definePipeline<const S extends string, const M extends string>(
  definition: PipelineDefinition<S, M>,
): Pipeline {
  const name = typeof definition?.name === 'string' ? definition.name : '(no name)';
  const calls = wrongCalls(definition);
  const shapes = (shape.safeParse(definition).error?.issues ?? []).flatMap((issue) => toProblems(issue, definition));
  const problems =
    calls.length === 0
      ? [...shapes, ...validateReferences(definition as unknown)]
      : // What refers to a part that is not there yet would be called a mistake of its own.
        [...mistakesOf(calls), ...shapes.filter(({ field }) => !calls.some(({ at }) => isWithin(field, fieldOf(at))))];
  if (problems.length > 0) throw new PipelineError(name, problems);
  return { ...(definition as unknown as PipelineDefinition), validated: true };
}

/** Of several fields that are made of one call, the first. */
const mistakesOf = (calls: readonly FoundCall[]): Problem[] =>
  calls
    .filter(({ wrong }, index) => calls.findIndex((other) => other.wrong === wrong) === index)
    .map(({ path, wrong: { value, rule, remedy } }) => ({ field: fieldOf(path), value, rule, remedy }));

const isWithin = (field: string, other: string): boolean =>
  field === other || (field.startsWith(other) && /^[.[]/.test(field.slice(other.length)));

/** zod's issue in the words of the person who wrote the definition. */
function toProblems(issue: z.core.$ZodIssue, definition: unknown): Problem[] {
  const value = valueAt(definition, issue.path);
  const field = fieldOf(issue.path);
  if (typeof value === 'function') {
    const rule = 'it is a function that is not called';
    return [{ field, value: show(value), rule, remedy: `Call it, e.g. ${exampleOf(value) ?? `${value.name}()`}.` }];
  }
  if (issue.code === 'unrecognized_keys') {
    const known = knownOptions(value, issue.path);
    return issue.keys.map((key) => ({
      field: field === 'definition' ? key : `${field}.${key}`,
      value: show((value as Record<string, unknown>)[key]),
      rule: 'there is no such option',
      remedy: known.length > 0 ? suggest(key, known) : 'Remove it.',
    }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ field, ...ruleAndRemedy(message, 'Rename it.') }));
  }
  if (issue.code === 'invalid_type' && !issue.message.includes(SEPARATOR)) {
    const missing = value === undefined;
    const what = EXPECTED[issue.expected] ?? `a ${issue.expected}`;
    return [
      {
        field,
        value: show(value),
        rule: missing ? `${what} must be here` : `${what} belongs here`,
        remedy: missing ? 'Add it.' : 'Correct it.',
      },
    ];
  }
  return [{ field, value: show(value), ...ruleAndRemedy(issue.message, 'Correct it.') }];
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  record: 'an object',
  int: 'a whole number',
};

function ruleAndRemedy(message: string, otherwise: string): Pick<Problem, 'rule' | 'remedy'> {
  const bar = message.indexOf(SEPARATOR);
  if (bar === -1) return { rule: lowerFirst(message), remedy: otherwise };
  return { rule: message.slice(0, bar), remedy: message.slice(bar + SEPARATOR.length) };
}

/** Options of what made `value`, for "did you mean": by its kind or mode, else by the field that it stands in. */
function knownOptions(value: unknown, path: readonly PropertyKey[]): string[] {
  const { kind, mode } = value as { kind?: string; mode?: string };
  // A sink is called postgres as well.
  if (kind === 'postgres' && path[0] === 'sources') return DATABASE_OPTIONS;
  return OPTIONS[kind ?? mode ?? String(path.at(-1) ?? 'pipeline')] ?? [];
}

const OPTIONS: Record<string, string[]> = {
  pipeline: [
    'name',
    'description',
    'trigger',
    'sources',
    'models',
    'sinks',
    'checks',
    'pii',
    'retry',
    'timeout',
    'alerts',
  ],
  cron: ['timezone'],
  landedFiles: [
    'glob',
    'format',
    'files',
    'columns',
    'onDrift',
    'onBadRow',
    'rangeMiB',
    'intervalsBack',
    'optional',
    'tolerate',
    'memoryMb',
  ],
  httpApi: HTTP_OPTIONS,
  mysql: DATABASE_OPTIONS,
  dynamoDb: DYNAMODB_OPTIONS,
  custom: CUSTOM_OPTIONS,
  rowFunction: ROW_FUNCTION_OPTIONS,
  network: ['subnetIds', 'securityGroupIds'],
  csv: ['delimiter', 'quote', 'nullText', 'header', 'decimal', 'thousands', 'dateFormat', 'timestampFormat'],
  fixedWidth: FIXED_WIDTH_OPTIONS,
  jsonArray: ['path'],
  replace: ['interval'],
  merge: ['newestBy', 'deletedBy'],
  scd2: ['track', 'newestBy'],
  onBadRow: ['maxRate', 'maxCount'],
  pii: ['secret'],
  retry: ['attempts', 'interval', 'backoffRate', 'maxInterval'],
  alerts: ['email', 'quarantineRate'],
  sql: ['engine', 'columns'],
  redshift: ['model', 'table', 'write', 'distKey', 'sortKey'],
  postgres: ['model', 'table', 'write'],
  lake: ['model', 'table', 'write', 'partitionBy'],
  dynamoTable: ['model', 'table', 'key', 'write', 'ttl'],
  notNull: ['severity'],
  unique: ['severity'],
  accepted: ['severity'],
  sqlCheck: ['severity'],
  rowCount: ['min', 'max', 'severity'],
  between: ['min', 'max', 'severity'],
  freshness: ['maxAge', 'severity'],
  foreignKey: ['severity'],
  references: ['model', 'columns'],
  matches: ['severity'],
  distribution: ['mean', 'stddev', 'nulls', 'distinct', 'shares', 'severity'],
  ...Object.fromEntries(
    ['mean', 'stddev', 'nulls', 'distinct'].map((number) => [number, ['min', 'max', 'last', 'within']]),
  ),
  volume: ['last', 'within', 'severity'],
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (isObject(value) ? (value as Record<PropertyKey, unknown>)[step] : undefined),
    root,
  );
}

/** Builders of row sources put their options under `config`, where nobody has written them. */
const asWritten = (path: readonly PropertyKey[]): readonly PropertyKey[] =>
  path[0] === 'sources' && path[2] === 'config' ? path.filter((_, index) => index !== 2) : path;

const fieldOf = (path: readonly PropertyKey[]): string => pathText(asWritten(path)) || 'definition';

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
    .join('');

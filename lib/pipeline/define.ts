import type * as z from 'zod';
import { asWritten, meantBy, whatBelongs } from './belongs';
import { PipelineError, type Problem, show, suggest } from './errors';
import { nameOf } from './header-name';
import { PYSPARK_OPTIONS, ROW_FUNCTION_OPTIONS } from './models';
import { asRuns } from './runs-of-stream';
import { COLUMN_NAME, SEPARATOR } from './schema/common';
import { definition as shape } from './schema/definition';
import { SECRET_RULE } from './secrets';
import { CUSTOM_OPTIONS } from './sources/custom';
import { DATABASE_OPTIONS } from './sources/database';
import { DYNAMODB_OPTIONS } from './sources/dynamodb';
import { FIXED_WIDTH_OPTIONS } from './sources/formats';
import { HTTP_OPTIONS } from './sources/http';
import { SECRET_NAME_REMEDY } from './sources/http-mistakes';
import { NO_OPTIONS } from './sources/options';
import { STREAM_RECORDS_OPTIONS } from './sources/stream';
import type { Pipeline, PipelineDefinition } from './types';
import { validateReferences } from './validate';
import { RESERVED_WORDS } from './words';
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
  if (typeof definition !== 'function' && (!isObject(definition) || Array.isArray(definition))) {
    const rule = 'a pipeline is declared by one object';
    const remedy = "Use e.g. definePipeline({ name: 'orders', trigger: …, sources: …, models: …, sinks: … }).";
    throw new PipelineError(name, [{ field: 'definition', value: show(definition), rule, remedy }]);
  }
  const calls = wrongCalls(definition);
  const shapes = (shape.safeParse(definition).error?.issues ?? []).flatMap((issue) => toProblems(issue, definition));
  const problems =
    calls.length === 0
      ? [...shapes, ...validateReferences(definition as unknown)]
      : // What refers to a part that is not there yet would be called a mistake of its own.
        [...mistakesOf(calls), ...shapes.filter(({ field }) => !calls.some(({ at }) => isWithin(field, fieldOf(at))))];
  if (problems.length > 0) throw new PipelineError(name, problems);
  return asRuns(definition as unknown as PipelineDefinition);
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
  // `String` is one that nobody means to call.
  if (typeof value === 'function' && !/^[A-Z]/.test(value.name)) {
    const rule = 'it is a function that is not called';
    return [{ field, value: show(value), rule, remedy: callOf(value) }];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownOption(key, value as Record<string, unknown>, field, issue.path, definition));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => {
      const { rule, remedy } = ruleAndRemedy(message, 'Rename it.');
      return { field, rule, remedy: renamed(issue.path) ?? remedy };
    });
  }
  if (issue.message.includes(SEPARATOR)) {
    const told = ruleAndRemedy(issue.message, 'Correct it.');
    // What is told to be a secret is not shown again.
    const isSecret = told.rule === SECRET_RULE || told.remedy === SECRET_NAME_REMEDY || isOfWebhook(issue.path, value);
    // Nobody writes a kind: what has none was made by no builder.
    const path = issue.path.at(-1) === 'kind' && value === undefined ? issue.path.slice(0, -1) : issue.path;
    const shown = isSecret ? {} : { value: shownAt(path, valueAt(definition, path)) };
    return [{ field: fieldOf(path), ...shown, ...told }];
  }
  const belongs = whatBelongs(issue.path, kindOf(issue.path, definition));
  if (belongs) {
    // Of what builders make of one another's results, as a login, the kind is no member that anybody has written.
    const path = issue.path.at(-1) === 'kind' ? issue.path.slice(0, -1) : issue.path;
    const [rule, remedy] = belongs;
    const found = valueAt(definition, path);
    const isHidden = isOfWebhook(path, found) || holdsCredential(String(path.at(-1)), found);
    const value = isHidden ? {} : { value: shownAt(path, found) };
    return [{ field: pathText(asWritten(path)), ...value, rule, remedy }];
  }
  if (issue.code === 'invalid_type') {
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

function callOf(builder: { readonly name: string }): string {
  const example = exampleOf(builder) ?? (builder.name === '' ? undefined : `${builder.name}()`);
  return example === undefined ? 'Call it.' : `Call it, e.g. ${example}.`;
}

/** A column that is called as its source calls it. */
function renamed(path: readonly PropertyKey[]): string | undefined {
  const name = String(path.at(-1));
  if (path.at(-2) === 'columns' && RESERVED_WORDS.has(name)) {
    return `Rename the column, and name what it is read from: ${name}_value: text().from('${name}').`;
  }
  const meant = nameOf(name);
  if (path.at(-2) !== 'columns' || meant === name || !COLUMN_NAME.test(meant)) return undefined;
  return /[.[]/.test(name)
    ? `Write e.g. ${meant}: text().from('${name}').`
    : `Write ${meant}: '${name}' is found by that name, as are other spellings of it.`;
}

/** One that there is not, or one that is not as it should be, which its builder has left where it was. */
function unknownOption(
  option: string,
  within: Readonly<Record<string, unknown>>,
  parent: string,
  path: readonly PropertyKey[],
  definition: unknown,
): Problem {
  const isSource = path[0] === 'sources' && path.length === 2;
  const kind = kindOf(path, definition);
  const known = knownOptions(within, path);
  const [rule, remedy] =
    (option === NO_OPTIONS || (isSource && known.includes(option))
      ? whatBelongs([...path, option], kind)
      : undefined) ?? [];
  const field = option === NO_OPTIONS ? parent : parent === 'definition' ? option : `${parent}.${option}`;
  const isKey = path[0] === 'pii' && option === 'key';
  const isHidden = isKey || isOfWebhook([...path, option], within[option]) || holdsCredential(option, within[option]);
  const value = isHidden ? undefined : show(within[option]);
  const at = { field, ...(value === undefined ? {} : { value }) };
  if (rule !== undefined && remedy !== undefined) return { ...at, rule, remedy };
  const of = isSource ? (kind ?? '') : builderOf(within, path);
  return {
    ...at,
    rule: 'there is no such option',
    remedy: meantBy(option, of, isSource) ?? (known.length > 0 ? suggest(option, known) : 'Remove it.'),
  };
}

/** Of the source that a path is in. */
function kindOf(path: readonly PropertyKey[], definition: unknown): string | undefined {
  const kind = path[0] === 'sources' ? valueAt(definition, [...path.slice(0, 2), 'kind']) : undefined;
  return typeof kind === 'string' ? kind : undefined;
}

const CREDENTIAL = /pass(word|wd)?$|pwd$|token$|api_?key$|credential/i;

/** Whoever knows the address of a webhook may post there: what stands in its place may be one. */
const isOfWebhook = (path: readonly PropertyKey[], value: unknown): boolean =>
  path[0] === 'alerts' &&
  ((path[1] === 'webhook' && path[2] !== 'format' && path[2] !== 'for') ||
    (typeof value === 'string' && value.includes('://')));

/** A login that stands where none belongs is not shown again. */
const holdsCredential = (name: string, value: unknown): boolean =>
  (typeof value === 'string' &&
    (CREDENTIAL.test(name) || (name === 'secret' && !/^[a-z]+(-[a-z0-9]+)*$/.test(value)))) ||
  (isObject(value) && Object.entries(value).some(([member, one]) => holdsCredential(member, one)));

/** A builder of row sources keeps seconds, where a duration was written. */
const shownAt = (path: readonly PropertyKey[], value: unknown): string =>
  path[2] === 'config' && path[3] === 'timeoutSeconds' && typeof value === 'number' ? `${value} s` : show(value);

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
  const of = builderOf(value, path);
  // A sink is called postgres as well.
  if (of === 'postgres' && path[0] === 'sources') return DATABASE_OPTIONS;
  return OPTIONS[of] ?? [];
}

function builderOf(value: unknown, path: readonly PropertyKey[]): string {
  const { kind, mode } = value as { kind?: string; mode?: string };
  if (path.at(-1) === 'paginate') return `paginate.${kind}`;
  if (path[0] === 'alerts' && path[1] === 'email') return 'mailbox';
  if (path.length === 1 && (path[0] === 'freshness' || path[0] === 'deadline')) return `pipeline.${path[0]}`;
  return kind ?? mode ?? String(path.at(-1) ?? 'pipeline');
}

const OPTIONS: Record<string, string[]> = {
  pipeline: [
    'name',
    'description',
    'trigger',
    'sources',
    'models',
    'sinks',
    'aggregates',
    'checks',
    'pii',
    'retry',
    'timeout',
    'overlap',
    'alerts',
    'freshness',
    'deadline',
    'reconcile',
    'dashboard',
    'budget',
    'spark',
  ],
  'pipeline.freshness': ['within', 'inputs'],
  'pipeline.deadline': ['by', 'timezone', 'days'],
  cron: ['timezone', 'catchUp'],
  overlap: ['policy', 'maxActive'],
  budget: ['monthly'],
  s3Arrival: ['batch', 'whole', 'deadline'],
  batch: ['maxFiles', 'window'],
  deadline: ['by', 'timezone', 'daysLater', 'within'],
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
  cursor: ['column', 'initialValue', 'lag'],
  'paginate.cursor': ['parameter'],
  'paginate.page': ['parameter', 'first', 'size', 'sizeParameter'],
  csv: ['delimiter', 'quote', 'nullText', 'header', 'decimal', 'thousands', 'dateFormat', 'timestampFormat'],
  fixedWidth: FIXED_WIDTH_OPTIONS,
  jsonArray: ['path'],
  replace: ['interval'],
  merge: ['newestBy', 'deletedBy'],
  scd2: ['track', 'newestBy'],
  onBadRow: ['maxRate', 'maxCount'],
  pii: ['secret'],
  retry: ['attempts', 'interval', 'backoffRate', 'maxInterval'],
  alerts: ['email', 'slack', 'webhook', 'atOnce', 'quarantineRate'],
  mailbox: ['to', 'for'],
  slack: ['workspace', 'channel', 'for'],
  webhook: ['secret', 'format', 'for'],
  sql: ['engine', 'columns', 'spark'],
  pyspark: PYSPARK_OPTIONS,
  spark: ['driver', 'executor', 'maxExecutors', 'timeout', 'release', 'keepWarm', 'idleTimeout'],
  driver: ['vcpu', 'memoryGb'],
  executor: ['vcpu', 'memoryGb'],
  keepWarm: ['executors'],
  redshift: ['model', 'table', 'write', 'distKey', 'sortKey'],
  postgres: ['model', 'table', 'write'],
  lake: ['model', 'table', 'write', 'partitionBy'],
  keyspaces: ['model', 'table', 'key', 'write', 'ttl', 'live'],
  dynamoTable: ['model', 'table', 'key', 'write', 'ttl', 'live'],
  kinesis: ['model', 'stream', 'partitionBy', 'external'],
  aggregate: ['model', 'by', 'window', 'count', 'sum', 'min', 'max', 'countOf', 'table'],
  streamOf: ['batch', 'window', 'parallel', 'publishEvery', 'startFrom', 'retry', 'retention', 'memoryMb'],
  streamRecords: STREAM_RECORDS_OPTIONS,
  dedupe: ['by', 'within'],
  late: ['by', 'allow'],
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

const fieldOf = (path: readonly PropertyKey[]): string => pathText(asWritten(path)) || 'definition';

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
    .join('');

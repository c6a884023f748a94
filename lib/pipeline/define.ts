import type * as z from 'zod';
import { PipelineError, type Problem, show, suggest } from './errors';
import { definition as shape } from './schema';
import type { Pipeline, PipelineDefinition } from './types';
import { validateReferences } from './validate';

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
  const parsed = shape.safeParse(definition);
  if (!parsed.success)
    throw new PipelineError(
      name,
      parsed.error.issues.flatMap((issue) => toProblems(issue, definition)),
    );
  const problems = validateReferences(definition as unknown as PipelineDefinition);
  if (problems.length > 0) throw new PipelineError(name, problems);
  return { ...(definition as unknown as PipelineDefinition), validated: true };
}

/** zod's issue in the words of the person who wrote the definition. */
function toProblems(issue: z.core.$ZodIssue, definition: unknown): Problem[] {
  const value = valueAt(definition, issue.path);
  const field = pathText(issue.path) || 'definition';
  if (issue.code === 'unrecognized_keys') {
    const known = knownOptions(value);
    return issue.keys.map((key) => ({
      field: field === 'definition' ? key : `${field}.${key}`,
      value: show((value as Record<string, unknown>)[key]),
      rule: 'there is no such option',
      remedy: known.length > 0 ? suggest(key, known) : 'Remove it.',
    }));
  }
  if (issue.code === 'invalid_key') {
    const rule = issue.issues[0]?.message ?? issue.message;
    return [{ field, rule: rule.split('|')[0]!, remedy: rule.split('|')[1] ?? 'Rename it.' }];
  }
  const [rule, remedy] = issue.message.split('|');
  return [{ field, value: show(value), rule: lowerFirst(rule!), remedy: remedy ?? 'Correct it.' }];
}

/** Options of the builder that made `value`, for "did you mean": by its `kind`, else the definition's own. */
function knownOptions(value: unknown): string[] {
  const kind = (value as { kind?: string; mode?: string } | undefined)?.kind;
  return OPTIONS[kind ?? (isObject(value) && 'sources' in value ? 'pipeline' : '')] ?? [];
}

const OPTIONS: Record<string, string[]> = {
  pipeline: ['name', 'description', 'trigger', 'sources', 'models', 'sinks', 'checks', 'retry', 'timeout', 'alerts'],
  landedFiles: ['glob', 'format', 'files', 'columns', 'onDrift', 'onBadRow', 'rangeMiB', 'memoryMb'],
  csv: ['delimiter', 'quote', 'nullText'],
  redshift: ['model', 'table', 'write', 'distKey', 'sortKey'],
  postgres: ['model', 'table', 'write'],
  lake: ['model', 'table', 'write', 'partitionBy'],
  notNull: ['severity'],
  unique: ['severity'],
  accepted: ['severity'],
  sqlCheck: ['severity'],
  rowCount: ['min', 'max', 'severity'],
  between: ['min', 'max', 'severity'],
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (isObject(value) ? (value as Record<PropertyKey, unknown>)[step] : undefined),
    root,
  );
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
    .join('');

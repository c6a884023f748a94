import { editDistance } from '../tasks/edit-distance';

/** One mistake in a definition: where, what it says, which rule it breaks, and what to do. */
export interface Problem {
  /** path in the definition, e.g. `sinks[0].write.keys` */
  readonly field: string;
  /** the value as written, shortened; absent where there is none */
  readonly value?: string;
  readonly rule: string;
  readonly remedy: string;
  /** lines to show below, e.g. of the SQL with a caret */
  readonly excerpt?: string;
}

/** All mistakes of one pipeline at once. The message is for the person who wrote the definition. */
export class PipelineError extends Error {
  constructor(
    readonly pipeline: string,
    readonly problems: readonly Problem[],
  ) {
    super(
      [
        `Pipeline '${pipeline}' has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:`,
        ...problems.map(formatProblem),
      ].join('\n'),
    );
    this.name = 'PipelineError';
  }
}

function formatProblem({ field, value, rule, remedy, excerpt }: Problem): string {
  const lines = (excerpt ?? '').split('\n').map((line) => (line === '' ? '' : `\n      ${line}`));
  return `  - ${field}${value === undefined ? '' : ` is ${value}`}: ${rule}. ${remedy}${lines.join('')}`;
}

/** A value as a person would write it, at most 60 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'function') return value.name || 'a function';
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (Array.isArray(value) && value.some((one) => asCall(one) !== undefined)) {
    const list = `[${value.map(show).join(', ')}]`;
    return list.length > 60 ? `${list.slice(0, 57)}…` : list;
  }
  const text =
    typeof value === 'string' && !/\p{Cc}/u.test(value)
      ? `'${value}'`
      : (asCall(value) ?? JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** What a builder made, as the call that made it: `rowCount('orders', …)`, `decimal(40, 2)`, `90 s`. */
function asCall(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, mode, model, seconds, type } = value as Readonly<Record<string, unknown>>;
  if (kind === 'column' && typeof type === 'object' && type !== null) {
    const [name, ...details] = Object.values(type);
    return `${String(name)}(${details.map((detail) => (typeof detail === 'string' ? `'${detail}'` : String(detail))).join(', ')})`;
  }
  if (typeof kind === 'string') return `${kind}(${typeof model === 'string' ? `'${model}', …` : '…'})`;
  if (typeof mode === 'string') return `${mode}(…)`;
  return typeof seconds === 'number' ? `${seconds} s` : undefined;
}

/** ` Did you mean 'x'?` when a candidate is near enough, else the list of candidates. */
export function suggest(wrong: string, candidates: readonly string[]): string {
  const nearest = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wrong.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest && nearest.distance <= Math.max(1, Math.floor(wrong.length / 3)))
    return `Did you mean '${nearest.candidate}'?`;
  if (candidates.length === 0) return 'There is none to name.';
  return `Known: ${candidates.slice(0, 20).join(', ')}${candidates.length > 20 ? ', …' : ''}.`;
}

/** How an input differs from its contract, and what is done about it. */
import type { ContractColumn } from '../../../lib/tasks/common';
import { type DriftEntry, type DriftPolicy, MOST_DRIFT_ENTRIES } from '../../../lib/tasks/drift';
import { editDistance } from '../../../lib/tasks/edit-distance';
import { ContractDrift } from '../../../lib/tasks/errors';
import type { ChangedColumn } from './type-evidence';
import { typeName } from './type-names';

/** For messages. */
export interface Place {
  /** what is read: `s3://…`, `Table sales` */
  readonly file: string;
  readonly source: string;
  readonly kind?: 'file' | 'table';
  /** what the input calls its columns by; default `header` */
  readonly names?: NamesOf;
}

/**
 * `schema`: a table's, a Parquet file's, the definition's: names and nothing else. `members`: of an object, which may be keyed by what it holds.
 * `header`: the first line of a file, which is a row where the header is missing.
 */
export type NamesOf = 'schema' | 'members' | 'header';

/** Whether they are names, and no values. `known`: those that the contract has a column for. */
export function areNames(of: NamesOf, known: number, columns: number): boolean {
  if (of === 'schema') return true;
  // No row's values are the names of most of its columns.
  return of === 'members' ? known > 0 : known >= 2 && known > columns / 2;
}

export interface NewColumn {
  /** as the input calls it */
  readonly name: string;
  /** what it holds, as far as it can be told */
  readonly type?: string | undefined;
}

export interface Difference {
  readonly missing: readonly ContractColumn[];
  readonly added: readonly NewColumn[];
  readonly changed: readonly Pick<ChangedColumn, 'name' | 'was' | 'is' | 'examples'>[];
  /** of the contract */
  readonly columns: readonly ContractColumn[];
  /** what the input calls its columns by are names, and no values; absent: they may be */
  readonly areNames?: boolean;
}

export const isRequired = ({ nullable, key }: ContractColumn): boolean => key || !nullable;

/**
 * A file that comes without its header has a row in the header's place: where columns are missing and the contract has personal data, what the
 * input calls its columns is told to nobody, unless they are names for sure.
 */
export const mayHoldValues = ({
  missing,
  columns,
  areNames,
}: Pick<Difference, 'missing' | 'columns' | 'areNames'>): boolean =>
  areNames !== true && missing.length > 0 && columns.some(({ pii }) => pii !== undefined);

function unnamed(difference: Difference): Difference & { readonly withheld: number } {
  if (!mayHoldValues(difference)) return { ...difference, withheld: 0 };
  return { ...difference, added: [], withheld: difference.added.length };
}

/** @throws {ContractDrift} where the policy, or a column that may not be NULL, does not let the input pass */
export function refuse(difference: Difference, policy: DriftPolicy, place: Place): void {
  const { missing, added, changed, columns } = difference;
  const lost = policy.missingColumns === 'ignore' ? missing.filter(isRequired) : [];
  const nulled = changed.filter(({ name }) =>
    policy.changedTypes === 'ignore' ? isRequired(columns.find((column) => column.name === name)!) : false,
  );
  const fails =
    (policy.missingColumns === 'fail' && missing.length > 0) ||
    (policy.newColumns === 'fail' && added.length > 0) ||
    (policy.changedTypes === 'fail' && changed.length > 0) ||
    lost.length > 0 ||
    nulled.length > 0;
  if (!fails) return;
  throw driftOf(describe(difference), remedyFor(difference, policy, [...lost, ...nulled], place.kind ?? 'file'), place);
}

export const driftOf = (problem: string, remedy: string, { file, source }: Place): ContractDrift =>
  new ContractDrift(`${file} does not fit the contract of source ${source}: ${problem}. ${remedy}`);

/** What the task goes on with. */
export function entriesOf(difference: Difference, policy: DriftPolicy): DriftEntry[] {
  const { missing, added, changed } = unnamed(difference);
  const entries: DriftEntry[] = [
    ...added.map(({ name, type }): DriftEntry => {
      const done = policy.newColumns === 'evolve' ? 'evolved' : doneBy(policy.newColumns);
      return { kind: 'new', column: name, ...(type === undefined ? {} : { is: type }), done };
    }),
    ...missing.map(
      ({ name, type }): DriftEntry => ({
        kind: 'missing',
        column: name,
        was: typeName(type),
        done: doneBy(policy.missingColumns),
      }),
    ),
    ...changed.map(
      ({ name, was, is }): DriftEntry => ({
        kind: 'changed',
        column: name,
        was,
        is,
        done: doneBy(policy.changedTypes),
      }),
    ),
  ];
  return entries.slice(0, MOST_DRIFT_ENTRIES);
}

/** What several have told of one column counts once; the first has said most. */
export const once = (entries: readonly DriftEntry[]): DriftEntry[] =>
  [...new Map([...entries].reverse().map((entry) => [`${entry.kind} ${entry.column}`, entry])).values()]
    .reverse()
    .slice(0, MOST_DRIFT_ENTRIES);

const doneBy = (action: string): 'ignored' | 'quarantined' => (action === 'quarantine' ? 'quarantined' : 'ignored');

/** Of more, a few are named: the message travels through the ledger and an email. */
const MOST_NAMES = 10;

/** `missing: 'amount' (decimal(8,2)); new: 'gift' (text); changed: 'id' from bigint to text, e.g. 'x1'` */
export function describe(difference: Difference): string {
  const { missing, added, changed, columns, withheld } = unnamed(difference);
  const parts = [];
  const absent = missing.map(({ name, from, type }) => `${quote(from ?? name)} (${typeName(type)})`);
  if (absent.length > MOST_NAMES) {
    parts.push(`${absent.length} of ${columns.length} columns are missing, e.g. ${first(absent)}`);
  } else if (absent.length > 0) parts.push(`missing: ${absent.join(', ')}`);
  const extra = added.map(({ name, type }) => `${quote(name)}${type === undefined ? '' : ` (${type})`}`);
  if (extra.length > MOST_NAMES) parts.push(`${extra.length} columns are new, e.g. ${first(extra)}`);
  else if (extra.length > 0) parts.push(`new: ${extra.join(', ')}`);
  if (withheld > 0)
    parts.push(`new: ${withheld} columns (not named: where a header is missing they are a row's values)`);
  const other = changed.map(
    ({ name, was, is, examples }) => `${quote(name)} from ${was} to ${is}${examples ? `, e.g. ${examples}` : ''}`,
  );
  if (other.length > MOST_NAMES) parts.push(`${other.length} columns are of another type, e.g. ${first(other)}`);
  else if (other.length > 0) parts.push(`changed: ${other.join('; ')}`);
  return parts.join('; ');
}

const first = (texts: readonly string[]): string => texts.slice(0, MOST_NAMES).join(', ');

function remedyFor(
  difference: Difference,
  policy: DriftPolicy,
  required: readonly { readonly name: string }[],
  input: 'file' | 'table',
): string {
  const { missing, changed } = difference;
  const extra = unnamed(difference).added.map(({ name }) => name);
  const candidates = missing.length > MOST_NAMES ? [] : missing;
  const renames = candidates.flatMap((column) => {
    const best = mostSimilar(column.from ?? column.name, extra);
    return best === undefined
      ? []
      : [`If ${quote(best)} is the new name of ${column.name}, set from: ${quote(best)} on it.`];
  });
  if (required.length > 0) {
    const more = required.length > MOST_NAMES ? ` and ${required.length - MOST_NAMES} more` : '';
    const names = required.slice(0, MOST_NAMES).map(({ name }) => name);
    return [...renames, `${names.join(', ')}${more} may not be NULL, so 'ignore' cannot go on without.`].join(' ');
  }
  const others = [
    ...(policy.newColumns === 'fail' && difference.added.length > 0
      ? ["newColumns: 'evolve' adds new columns to the targets, 'ignore' leaves them out"]
      : []),
    ...(policy.missingColumns === 'fail' && missing.length > 0
      ? ["missingColumns: 'ignore' has NULL in their place"]
      : []),
    ...(policy.changedTypes === 'fail' && changed.length > 0
      ? ["changedTypes: 'quarantine' puts aside the rows that do not fit, 'ignore' has NULL in the whole column"]
      : []),
  ];
  return [...renames, `Correct the ${input} or the contract; or, in onDrift, ${others.join('; ')}.`].join(' ');
}

/** `Lineitem quantity`, `lineitemQuantity` and `LINEITEM_QUANTITY` are all `lineitem_quantity`. */
export function snakeCase(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}

function mostSimilar(name: string, candidates: readonly string[]): string | undefined {
  const target = snakeCase(name);
  const ranked = candidates
    .map((candidate) => ({ candidate, score: similarity(target, snakeCase(candidate)) }))
    .sort((a, b) => b.score - a.score);
  const [best] = ranked;
  return best && best.score >= 0.5 ? best.candidate : undefined;
}

/** 1: equal; shared words count as much as few edits (`qty_ordered` is near `ordered_quantity`). */
function similarity(a: string, b: string): number {
  const words = (text: string) => new Set(text.split('_'));
  const shared = [...words(a)].filter((word) => words(b).has(word)).length;
  const byWords = shared / Math.max(words(a).size, words(b).size);
  const byEdits = 1 - editDistance(a, b) / Math.max(a.length, b.length, 1);
  return Math.max(byWords, byEdits);
}

export const quote = (name: string): string => `'${name}'`;

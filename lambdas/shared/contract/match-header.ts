/** Finds the contract's columns in a header, and says how the two differ. */
import type { ContractColumn, OnDrift } from '../../../lib/tasks/common';
import { ContractDrift } from '../../../lib/tasks/errors';

/** A column of the file, in the file's order. */
export interface FileColumn {
  /** in the datasets; of an ignored column: its place */
  readonly name: string;
  /** as the file has it */
  readonly header: string;
  /** absent: a column that the contract does not know */
  readonly contract?: ContractColumn;
  /** not passed on */
  readonly ignored: boolean;
}

export interface FileColumns {
  readonly columns: readonly FileColumn[];
  /** columns of the contract that the file does not have: NULL in every row */
  readonly missing: readonly ContractColumn[];
}

/** @throws {ContractDrift} */
export function matchHeader(
  header: readonly string[],
  contract: readonly ContractColumn[],
  onDrift: OnDrift,
  place: { readonly file: string; readonly source: string; readonly kind?: 'file' | 'table' },
): FileColumns {
  const drift = (problem: string, remedy: string) =>
    new ContractDrift(`${place.file} does not fit the contract of source ${place.source}: ${problem}. ${remedy}`);

  const matched = header.map((name) => contract.find((column) => matches(name, column)));
  for (const column of contract) {
    const found = header.filter((_, index) => matched[index] === column);
    if (found.length > 1) {
      const exact = found.filter((name) => name === (column.from ?? column.name));
      if (exact.length !== 1) {
        throw drift(
          `column ${column.name} could be any of ${found.map(quote).join(', ')}`,
          `Name the right one with from, e.g. { from: ${quote(found[0]!)} }.`,
        );
      }
      header.forEach((name, index) => {
        if (matched[index] === column && name !== exact[0]) matched[index] = undefined;
      });
    }
  }
  const missing = contract.filter((column) => !matched.includes(column));
  const extra = header.filter((_, index) => matched[index] === undefined);
  const required = missing.filter(({ nullable, key }) => key || !nullable);
  if (onDrift === 'fail' ? missing.length + extra.length > 0 : required.length > 0) {
    throw drift(
      describe(missing, extra, contract.length),
      remedyFor(missing, extra, onDrift, required, place.kind ?? 'file'),
    );
  }

  const taken = new Set(contract.map(({ name }) => name));
  const columns = header.map((name, index): FileColumn => {
    const column = matched[index];
    if (column) return { name: column.name, header: name, contract: column, ignored: false };
    const ignored = onDrift === 'ignore';
    return { name: ignored ? `column_${index + 1}` : newName(name, index, taken), header: name, ignored };
  });
  return { columns, missing };
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

function matches(header: string, { name, from }: ContractColumn): boolean {
  if (from !== undefined) return header === from;
  return header === name || snakeCase(header) === name;
}

/** A name that a new column can have in every target. */
export function newName(header: string, index: number, taken: Set<string>): string {
  const base =
    snakeCase(header)
      .replace(/^(?=\d)/, '_')
      .slice(0, 60) || `column_${index + 1}`;
  const plain = base.startsWith('_') ? `column${base}` : base;
  let name = plain;
  for (let n = 2; taken.has(name); n++) name = `${plain}_${n}`;
  taken.add(name);
  return name;
}

/** Of more, a few are named: the message travels through the ledger and an email. */
const MOST_NAMES = 10;

function describe(missing: readonly ContractColumn[], extra: readonly string[], columns: number): string {
  const parts = [];
  const absent = missing.map(({ name, from }) => from ?? name);
  if (absent.length > MOST_NAMES) {
    parts.push(
      `${absent.length} of ${columns} columns are missing, e.g. ${absent.slice(0, MOST_NAMES).map(quote).join(', ')}`,
    );
  } else if (absent.length > 0) parts.push(`missing: ${absent.map(quote).join(', ')}`);
  if (extra.length > MOST_NAMES) {
    parts.push(`${extra.length} columns are new, e.g. ${extra.slice(0, MOST_NAMES).map(quote).join(', ')}`);
  } else if (extra.length > 0) parts.push(`new: ${extra.map(quote).join(', ')}`);
  return parts.join('; ');
}

function remedyFor(
  missing: readonly ContractColumn[],
  extra: readonly string[],
  onDrift: OnDrift,
  required: readonly ContractColumn[],
  input: 'file' | 'table',
): string {
  const candidates = missing.length > MOST_NAMES ? [] : missing;
  const renames = candidates.flatMap((column) => {
    const best = mostSimilar(column.from ?? column.name, extra);
    return best === undefined
      ? []
      : [`If ${quote(best)} is the new name of ${column.name}, set from: ${quote(best)} on it.`];
  });
  if (onDrift !== 'fail') {
    const more = required.length > MOST_NAMES ? ` and ${required.length - MOST_NAMES} more` : '';
    const names = `${required
      .slice(0, MOST_NAMES)
      .map(({ name }) => name)
      .join(', ')}${more}`;
    return [...renames, `${names} may not be NULL, so onDrift: '${onDrift}' cannot go on without.`].join(' ');
  }
  const others = [
    ...(extra.length > 0 ? ["onDrift: 'evolve' adds new columns to the targets"] : []),
    `onDrift: 'ignore' leaves them out`,
  ];
  return [...renames, `Correct the ${input} or the contract; ${others.join(', ')}.`].join(' ');
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

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

const quote = (name: string) => `'${name}'`;

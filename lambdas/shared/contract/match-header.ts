/** Finds the contract's columns in a header, and says how the two differ. */
import type { ContractColumn, OnDrift } from '../../../lib/tasks/common';
import { type DriftEntry, policyOf } from '../../../lib/tasks/drift';
import {
  areNames,
  describe,
  driftOf,
  entriesOf,
  mayHoldValues,
  type Place,
  quote,
  refuse,
  snakeCase,
} from './difference';
import type { ChangedColumn } from './type-evidence';

export { snakeCase } from './difference';

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
  /** what differs, and is gone on with */
  readonly drift?: readonly DriftEntry[];
  /** why all of it is to be put aside */
  readonly aside?: string;
}

/** What the input says of types, of columns in the header's order; `matched`: the contract's column of each. */
export type LookAtTypes = (matched: readonly (ContractColumn | undefined)[]) => {
  /** of each column, as far as it can be told */
  readonly types: readonly (string | undefined)[];
  /** columns that hold something else than the contract says */
  readonly changed: readonly Omit<ChangedColumn, 'index'>[];
};

/** @throws {ContractDrift} */
export function matchHeader(
  header: readonly string[],
  contract: readonly ContractColumn[],
  onDrift: OnDrift,
  place: Place,
  look?: LookAtTypes,
): FileColumns {
  const policy = policyOf(onDrift);
  const matched = assign(header, contract, place);
  const { types, changed } = look?.(matched) ?? { types: [], changed: [] };
  const difference = {
    missing: contract.filter((column) => !matched.includes(column)),
    added: header.flatMap((name, index) => (matched[index] === undefined ? [{ name, type: types[index] }] : [])),
    changed,
    columns: contract,
    areNames: areNames(place.names ?? 'header', matched.filter((column) => column).length, contract.length),
  };
  refuse(difference, policy, place);
  const { missing, added } = difference;
  const nulled = new Set(policy.changedTypes === 'ignore' ? changed.map(({ name }) => name) : []);
  const isAside =
    (policy.newColumns === 'quarantine' && added.length > 0) ||
    (policy.missingColumns === 'quarantine' && missing.length > 0);

  const areValues = mayHoldValues(difference);
  const taken = new Set(contract.map(({ name }) => name));
  const columns = header.map((name, index): FileColumn => {
    const column = matched[index];
    if (column && !nulled.has(column.name))
      return { name: column.name, header: name, contract: column, ignored: false };
    const ignored = column !== undefined || policy.newColumns !== 'evolve';
    return {
      name: ignored ? `column_${index + 1}` : newName(areValues ? '' : name, index, taken),
      header: name,
      ignored,
    };
  });
  const drift = entriesOf(difference, policy);
  return {
    columns,
    missing: [...missing, ...contract.filter(({ name }) => nulled.has(name))],
    ...(drift.length > 0 ? { drift } : {}),
    ...(isAside ? { aside: `it does not fit the contract: ${describe(difference)}` } : {}),
  };
}

/** Of each header its column. @throws {ContractDrift} where a column could be any of several */
function assign(
  header: readonly string[],
  contract: readonly ContractColumn[],
  place: Place,
): (ContractColumn | undefined)[] {
  const matched = header.map((name) => contract.find((column) => matches(name, column)));
  for (const column of contract) {
    const found = header.filter((_, index) => matched[index] === column);
    if (found.length <= 1) continue;
    const exact = found.filter((name) => name === (column.from ?? column.name));
    if (exact.length !== 1) {
      throw driftOf(
        `column ${column.name} could be any of ${found.map(quote).join(', ')}`,
        `Name the right one with from, e.g. { from: ${quote(found[0]!)} }.`,
        place,
      );
    }
    header.forEach((name, index) => {
      if (matched[index] === column && name !== exact[0]) matched[index] = undefined;
    });
  }
  return matched;
}

export function matches(header: string, { name, from }: ContractColumn): boolean {
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

/**
 * Which member of a row belongs to which column. Rows of one source look alike, so this is found out once for each list of
 * members, and every further row of that look only compares names.
 */
import type { ContractColumn } from '../../../lib/tasks/common';
import type { DriftPolicy } from '../../../lib/tasks/drift';
import { matches, matchHeader, newName } from '../contract/match-header';
import type { PartitionDrift } from '../contract/partition-drift';
import { guessType } from '../contract/type-names';
import { type Path, type Picks, type Row, valueAt } from './paths';
import { jsonText } from './value-text';

export interface MatcherOptions {
  readonly columns: readonly ContractColumn[];
  readonly drift: PartitionDrift;
  readonly source: string;
  /** for messages, e.g. `shop.orders, partition 3` */
  readonly place: string;
  /** adds a column for a member that the contract does not know; returns its index */
  readonly evolve: (name: string) => number;
  /** columns whose values lie deeper in the row */
  readonly picks?: Picks | undefined;
}

/** Of each column its member's name, or where it lies deeper; undefined: the row has none. */
export type Members = readonly Member[];
type Member = string | Path | undefined;

export const memberOf = (row: Row, member: Member): unknown =>
  typeof member === 'string' ? row[member] : member === undefined ? undefined : valueAt(row, member);

/** Rows of a look that the contract puts aside. */
export interface Aside {
  readonly reason: string;
}

/** Rows of an API leave out what they do not have, so there may be many looks of one row. */
const MOST_LOOKS = 1024;

export class MemberMatcher {
  private names: readonly string[] = [];
  private members: Members | Aside = [];
  private readonly looks = new Map<string, Members | Aside>();
  /** by name: the column's index, -1 for a member that nobody wants */
  private readonly indexes = new Map<string, number>();
  private readonly taken: Set<string>;
  private readonly policy: DriftPolicy;

  constructor(private readonly options: MatcherOptions) {
    this.taken = new Set(options.columns.map(({ name }) => name));
    this.policy = options.drift.policy;
  }

  /** @throws {ContractDrift} */
  match(row: Row): Members | Aside {
    const names = Object.keys(row);
    if (!isSame(names, this.names) || ('length' in this.members && this.members.length === 0)) {
      this.names = names;
      this.members = this.find(names, row);
    }
    return this.members;
  }

  private find(names: readonly string[], row: Row): Members | Aside {
    const look = names.join('\0');
    let members = this.looks.get(look);
    if (!members) {
      members = this.assignIn(row, names);
      if (this.looks.size >= MOST_LOOKS) this.looks.clear();
      this.looks.set(look, members);
    }
    return members;
  }

  private assignIn(row: Row, names: readonly string[]): Members | Aside {
    const { picks } = this.options;
    if (picks === undefined) return this.assign(names, row);
    const flat = picks.flatten(row);
    const members = this.assign(Object.keys(flat), flat);
    return 'reason' in members ? members : members.map((one) => (one && picks.pathOf(one, row)) ?? one);
  }

  private assign(names: readonly string[], row: Row): (string | undefined)[] | Aside {
    const { columns } = this.options;
    const members: (string | undefined)[] = columns.map(() => undefined);
    const unknown: string[] = [];
    for (const name of names) {
      const index = this.indexOf(name, names, row);
      if (index < 0) {
        unknown.push(name);
        continue;
      }
      const column = columns[index];
      // Two members may spell one column (`Order Id`, `order_id`): the exact name is the one.
      if (members[index] === undefined || name === (column?.from ?? column?.name)) members[index] = name;
      this.options.drift.seen.add(index);
    }
    if (this.policy.newColumns === 'quarantine' && unknown.length > 0) {
      return { reason: `the contract does not know ${listed(unknown)}` };
    }
    const absent = columns.filter((_, index) => members[index] === undefined);
    if (this.policy.missingColumns === 'quarantine' && absent.length > 0) {
      return { reason: `the row does not have ${listed(absent.map(({ name, from }) => from ?? name))}` };
    }
    return members;
  }

  private indexOf(name: string, names: readonly string[], row: Row): number {
    const known = this.indexes.get(name);
    if (known !== undefined) return known;
    const { columns, drift, place, source, evolve } = this.options;
    let index = columns.findIndex((column) => matches(name, column));
    if (index < 0) {
      const { newColumns } = this.policy;
      // Only what is new fails here: what one row lacks another may have.
      if (newColumns === 'fail')
        matchHeader(names, columns, this.policy, { file: place, source, names: 'members' }, () => typesOf(names, row));
      if (newColumns === 'evolve') index = evolve(newName(name, this.taken.size, this.taken));
      drift.tellNew(name, typeOf(row[name]));
    }
    this.indexes.set(name, index);
    return index;
  }
}

const typesOf = (names: readonly string[], row: Row) => ({
  types: names.map((name) => typeOf(row[name])),
  changed: [],
});

/** What a value of a row looks like. */
function typeOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return guessType([value]) === undefined ? undefined : 'text';
  return value instanceof Date ? 'timestamp' : guessType([jsonText(value)]);
}

const MOST_NAMES = 5;

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, MOST_NAMES).map((name) => `'${name}'`);
  return names.length > MOST_NAMES ? `${shown.join(', ')} and ${names.length - MOST_NAMES} more` : shown.join(', ');
};

function isSame(names: readonly string[], before: readonly string[]): boolean {
  if (names.length !== before.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== before[index]) return false;
  return true;
}

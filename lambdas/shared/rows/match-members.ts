/**
 * Which member of a row belongs to which column. Rows of one source look alike, so this is found out once for each list of
 * members, and every further row of that look only compares names.
 */
import type { ContractColumn, OnDrift } from '../../../lib/tasks/common';
import { matchHeader, newName, snakeCase } from '../contract/match-header';

export interface MatcherOptions {
  readonly columns: readonly ContractColumn[];
  readonly onDrift: OnDrift;
  readonly source: string;
  /** for messages, e.g. `shop.orders, partition 3` */
  readonly place: string;
  /** adds a column for a member that the contract does not know; returns its index */
  readonly evolve: (name: string) => number;
}

/** Of each column its member's name; undefined: the row has none. */
export type Members = readonly (string | undefined)[];

/** Rows of an API leave out what they do not have, so there may be many looks of one row. */
const MOST_LOOKS = 1024;

export class MemberMatcher {
  private names: readonly string[] = [];
  private members: Members = [];
  private readonly looks = new Map<string, Members>();
  /** by name: the column's index, -1 for a member that nobody wants */
  private readonly indexes = new Map<string, number>();
  private readonly taken: Set<string>;

  constructor(private readonly options: MatcherOptions) {
    this.taken = new Set(options.columns.map(({ name }) => name));
  }

  /** @throws {ContractDrift} */
  match(row: Readonly<Record<string, unknown>>): Members {
    const names = Object.keys(row);
    if (!isSame(names, this.names) || this.members.length === 0) {
      this.names = names;
      this.members = this.find(names);
    }
    return this.members;
  }

  private find(names: readonly string[]): Members {
    const look = names.join('\0');
    let members = this.looks.get(look);
    if (!members) {
      members = this.assign(names);
      if (this.looks.size >= MOST_LOOKS) this.looks.clear();
      this.looks.set(look, members);
    }
    return members;
  }

  private assign(names: readonly string[]): Members {
    const members: (string | undefined)[] = this.options.columns.map(() => undefined);
    for (const name of names) {
      const index = this.indexOf(name, names);
      if (index < 0) continue;
      const column = this.options.columns[index];
      // Two members may spell one column (`Order Id`, `order_id`): the exact name is the one.
      if (members[index] === undefined || name === (column?.from ?? column?.name)) members[index] = name;
    }
    return members;
  }

  private indexOf(name: string, names: readonly string[]): number {
    const known = this.indexes.get(name);
    if (known !== undefined) return known;
    const { columns, onDrift, place, source, evolve } = this.options;
    let index = columns.findIndex((column) =>
      column.from === undefined ? name === column.name || snakeCase(name) === column.name : name === column.from,
    );
    if (index < 0 && onDrift === 'fail') matchHeader(names, columns, onDrift, { file: place, source });
    if (index < 0 && onDrift === 'evolve') index = evolve(newName(name, this.taken.size, this.taken));
    this.indexes.set(name, index);
    return index;
  }
}

function isSame(names: readonly string[], before: readonly string[]): boolean {
  if (names.length !== before.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== before[index]) return false;
  return true;
}

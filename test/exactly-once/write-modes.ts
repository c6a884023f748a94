/** What each write mode leaves in a table, as a plain model: loads that come in any order, again, and anew. */
import type { WriteMode } from '../../lib/tasks/common';

export interface Item {
  readonly id: number;
  readonly region: string;
  readonly note: string | null;
  readonly other: number | null;
  /** ISO 8601, to the second, without offset; orders as it reads */
  readonly version: string | null;
  readonly gone: boolean | null;
}

export interface Load {
  /** names the load; a greater one arrived later */
  readonly load: number;
  readonly generation: number;
  readonly rows: readonly Item[];
}

export const KEYS = ['id', 'region'];
const keyOf = ({ id, region }: Item): string => `${id}/${region}`;

/** A row of the table as text: the columns, and with history `valid_from` and `valid_to`. */
export type Shown = string;
export const show = (row: Item, ...more: readonly (string | null)[]): Shown =>
  [row.id, row.region, row.note, row.other, row.version, row.gone === null ? null : row.gone ? 'yes' : 'no', ...more]
    .map((value) => value ?? '-')
    .join(' | ');

export const arrivalOf = (load: number): string => `2026-02-${String(load + 1).padStart(2, '0')}T00:00:00.000Z#0`;
export const arrivedOn = (load: number): string => `2026-02-${String(load + 1).padStart(2, '0')} 00:00:00`;

interface Owned {
  readonly row: Item;
  readonly load: number;
}

export class Model {
  private readonly published = new Map<number, number>();
  private rows: Owned[] = [];

  constructor(private readonly write: WriteMode) {}

  publish({ load, generation, rows }: Load): void {
    if ((this.published.get(load) ?? -1) >= generation) return;
    const newer = [...this.published.keys()].some((other) => other > load);
    this.published.set(load, generation);
    const { write } = this;
    const own = rows.map((row) => ({ row, load }));
    if (write.mode === 'replace' && write.interval === undefined) {
      if (generation > 0 || !newer) this.rows = own;
      return;
    }
    // An interval is a load of its own.
    this.rows = this.rows.filter((one) => one.load !== load);
    if (write.mode === 'append' || write.mode === 'replace') {
      this.rows.push(...own);
      return;
    }
    for (const one of own) this.put(one);
  }

  /** Of the rows that contend for a place, one stays: for `merge` a place is a key, for `scd2` a key at a time. */
  private put(one: Owned): void {
    const there = this.rows.find((other) => this.placeOf(other) === this.placeOf(one));
    if (there && !this.overtakes(one, there)) return;
    this.rows = this.rows.filter((other) => other !== there);
    this.rows.push(one);
  }

  private placeOf(one: Owned): string {
    return this.write.mode === 'scd2' ? `${keyOf(one.row)} ${this.since(one)}` : keyOf(one.row);
  }

  private since({ row, load }: Owned): string {
    return 'newestBy' in this.write && this.write.newestBy !== undefined ? row.version! : arrivedOn(load);
  }

  private overtakes(one: Owned, there: Owned): boolean {
    const byVersion = this.write.mode === 'merge' && this.write.newestBy !== undefined;
    const [ours, theirs] = [one.row.version ?? '', there.row.version ?? ''];
    return byVersion && ours !== theirs ? ours > theirs : one.load >= there.load;
  }

  table(): Shown[] {
    const { write } = this;
    if (write.mode === 'scd2')
      return [...new Set(this.rows.map(({ row }) => keyOf(row)))].flatMap((key) => this.versions(key)).sort();
    const deletes = write.mode === 'merge' && write.deletedBy !== undefined;
    return this.rows
      .filter(({ row }) => !(deletes && row.gone))
      .map(({ row }) => show(row))
      .sort();
  }

  private versions(key: string): Shown[] {
    const { write } = this;
    const tracked = (write.mode === 'scd2' && write.track) || [
      'note',
      'other',
      'gone',
      ...('newestBy' in write && write.newestBy ? [] : ['version']),
    ];
    const told = (row: Item) => JSON.stringify(tracked.map((name) => row[name as keyof Item]));
    const versions: { since: string; row: Item }[] = [];
    const states = this.rows
      .filter(({ row }) => keyOf(row) === key)
      .sort((a, b) => (this.since(a) < this.since(b) ? -1 : 1));
    for (const state of states) {
      const last = versions.at(-1);
      if (last && told(last.row) === told(state.row)) last.row = state.row;
      else versions.push({ since: this.since(state), row: state.row });
    }
    return versions.map(({ since, row }, index) => {
      const next = versions[index + 1]?.since ?? null;
      return show(row, since, next, next === null ? 'current' : 'past');
    });
  }
}

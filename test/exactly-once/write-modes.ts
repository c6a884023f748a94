/** What each write mode leaves in a table, as a plain model: loads that come in any order, again, and anew. */
import * as fc from 'fast-check';
import type { OutputColumn, Run, WriteMode } from '../../lib/tasks/common';
import { RUN } from '../lambdas/fixtures';

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
  /** a replay of bad rows, or a rerun: it turns no table back */
  readonly yields?: boolean;
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

  publish({ load, generation, yields = false, rows }: Load): void {
    if ((this.published.get(load) ?? -1) >= generation) return;
    const newer = [...this.published.keys()].some((other) => other > load);
    this.published.set(load, generation);
    const { write } = this;
    const own = rows.map((row) => ({ row, load }));
    if (write.mode === 'replace' && write.interval === undefined) {
      if ((generation > 0 && !yields) || !newer) this.rows = own;
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

/** Of an `Item`. */
export const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: true },
  { name: 'region', type: { type: 'text', length: 5 }, nullable: true },
  { name: 'note', type: { type: 'text', length: 10 }, nullable: true },
  { name: 'other', type: { type: 'integer' }, nullable: true },
  { name: 'version', type: { type: 'timestamp' }, nullable: true },
  { name: 'gone', type: { type: 'boolean' }, nullable: true },
];

export const day = (load: number, hour = 0) =>
  `2026-01-${String(load + 1).padStart(2, '0')} ${String(hour).padStart(2, '0')}:00:00`;

export function runOf(table: string, { load, generation, yields }: Load, execution: number): Run {
  return {
    ...RUN,
    runId: `run-${execution}`,
    executionArn: `${RUN.executionArn}-${table}-${execution}`,
    loadKey: `orders:${table}-${load}`,
    loadId: `${table}-${load}`,
    generation,
    ...(yields ? { yields } : {}),
    arrival: arrivalOf(load),
    interval: { start: `${day(load).replace(' ', 'T')}.000Z`, end: `${day(load + 1).replace(' ', 'T')}.000Z` },
  };
}

export interface Step extends Load {
  readonly times: number;
}

/** Few values, so that a row is often again what it was. */
const item = (version: fc.Arbitrary<string | null>, gone: fc.Arbitrary<boolean | null>): fc.Arbitrary<Item> =>
  fc.record({
    id: fc.integer({ min: 1, max: 6 }),
    region: fc.constantFrom('a', 'b'),
    note: fc.constantFrom(null, 'x', 'y'),
    other: fc.constantFrom(null, null, null, 1),
    version,
    gone,
  });

/** Loads of one sequence, where the rows of a load and generation are always the same. */
export function steps(write: WriteMode): fc.Arbitrary<Step[]> {
  const versioned = 'newestBy' in write && write.newestBy !== undefined;
  const versions = Array.from({ length: versioned ? 4 : 1 }, (_, n) => day(n, 5));
  const version = fc.constantFrom(...versions, ...(write.mode === 'merge' ? [null] : []));
  const gone = write.mode === 'scd2' ? fc.constantFrom(null, null, null, true) : fc.constantFrom(null, false, true);
  // Of two rows for one place in one load the databases each choose their own.
  const place = (row: Item) => `${row.id} ${row.region} ${versioned ? row.version : ''}`;
  const keyed = 'keys' in write;
  const rows = keyed
    ? fc.uniqueArray(item(version, gone), { selector: place, minLength: 10, maxLength: 30 })
    : fc.array(item(version, gone), { maxLength: 10 });
  const content = fc.array(fc.tuple(rows, rows), { minLength: 4, maxLength: 4 });
  const order = fc.array(
    fc.record({
      load: fc.integer({ min: 0, max: 3 }),
      generation: fc.constantFrom(0, 0, 0, 1),
      yields: fc.boolean(),
      times: fc.constantFrom(1, 1, 2),
    }),
    { minLength: 5, maxLength: 7 },
  );
  const inInterval = (row: Item, load: number) =>
    write.mode === 'replace' && write.interval !== undefined ? { ...row, version: day(load, row.id) } : row;
  return fc.tuple(content, order).map(([loads, list]) =>
    list.map(({ load, generation, yields, times }) => ({
      load,
      generation,
      // Only what is reprocessed may yield.
      yields: yields && generation > 0,
      times,
      rows: loads[load]![generation]!.map((row) => inInterval(row, load)),
    })),
  );
}

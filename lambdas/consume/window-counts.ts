/**
 * Counts of windows: kept by the commits of a shard's log, and written into their tables when a window has ended. A call that ends a window and fails
 * leaves them where they are: the next one that ends a window of the shard writes them, or the one that looks for what was left.
 */
import type { Aggregate } from '../shared/stream/aggregates';
import { type CountedItem, itemsOf, type Part } from '../shared/stream/count-part';
import { type BehindPart, type Counted, type PartPlace, placeOf } from '../shared/stream/counted';
import { type CountedRow, countOn } from './count-on';

export interface CountStore {
  readonly aggregates: readonly Aggregate[];
  readonly windowMs: number;
  readonly mostPartBytes: number;
  /** of a document that a commit has named */
  read(key: string): Promise<Counted>;
  /** Returns its key: a new one each time. */
  write(shard: string, counted: Counted): Promise<string>;
  /** Each may be there already, as of now, or of a later version. */
  put(items: readonly CountedItem[]): Promise<void>;
  isWritten(shard: string, place: PartPlace): Promise<boolean>;
  noteWritten(shard: string, place: PartPlace): Promise<void>;
  now(): number;
}

/** What was left is written for so long in one call, and goes on in the next. */
const MOST_LEFT_MS = 60_000;
const MOST_REMEMBERED = 1_000;

export class WindowCounts {
  /** the latest of each shard */
  private readonly documents = new Map<string, { readonly key: string; readonly counted: Counted }>();
  private readonly written = new Set<string>();

  constructor(private readonly store: CountStore) {}

  /** Returns the key of the document that a commit is to name. `before`: what the commit before names. */
  async count(
    shard: string,
    rows: readonly CountedRow[],
    before: string | undefined,
    isApart: boolean,
  ): Promise<string | undefined> {
    const { aggregates, windowMs, mostPartBytes } = this.store;
    const models = new Set(aggregates.map(({ model }) => model));
    const own = rows.filter(({ model }) => models.has(model));
    if (own.length === 0) return before;
    const was = before === undefined ? undefined : { key: before, counted: await this.read(shard, before) };
    const isWritten = (place: PartPlace) => this.written.has(nameOf(shard, place));
    const counted = countOn(was, own, { aggregates, windowMs, mostPartBytes, isApart, isWritten });
    const key = await this.store.write(shard, counted);
    this.documents.set(shard, { key, counted });
    return key;
  }

  /** Writes parts of the shard's windows that `isOver` says are to be written, and are not. `key`: what its latest commit names. */
  async write(
    shard: string,
    key: string | undefined,
    isOver: (place: PartPlace, isBehind: boolean) => boolean,
  ): Promise<void> {
    if (key === undefined) return;
    const began = this.store.now();
    const { open, behind } = await this.read(shard, key);
    for (const one of open) if (isOver(placeOf(one), false)) await this.writePart(shard, placeOf(one), () => one.part);
    for (const one of behind) {
      if (this.store.now() - began > MOST_LEFT_MS) return;
      if (isOver(one, true)) await this.writePart(shard, one, () => this.behindPart(one));
    }
  }

  private async writePart(shard: string, place: PartPlace, load: () => Part | Promise<Part>): Promise<void> {
    const name = nameOf(shard, place);
    if (this.written.has(name)) return;
    if (!(await this.store.isWritten(shard, place))) {
      const there = new Set(this.store.aggregates.map(({ table }) => table));
      const items = itemsOf(await load(), place.start, shard);
      await this.store.put(items.filter(({ table }) => there.has(table)));
      await this.store.noteWritten(shard, place);
    }
    // Who has forgotten asks the store.
    if (this.written.size >= MOST_REMEMBERED) this.written.clear();
    this.written.add(name);
  }

  private async behindPart({ start, first, key }: BehindPart): Promise<Part> {
    const { open } = await this.store.read(key);
    return open.find((one) => one.start === start && one.part.first === first)!.part;
  }

  private async read(shard: string, key: string): Promise<Counted> {
    const known = this.documents.get(shard);
    if (known?.key === key) return known.counted;
    const counted = await this.store.read(key);
    this.documents.set(shard, { key, counted });
    return counted;
  }
}

const nameOf = (shard: string, { start, first, version }: PartPlace): string => `${shard} ${start} ${first} ${version}`;

/**
 * What has been staged of a shard, as a log: Kinesis delivers at least once, cuts batches anew when they fail, and lanes of a shard
 * interleave, yet each record is to be in exactly one staged file. A batch is first written aside; one conditional write of
 * the shard's item, which names it, commits it; then it lands where runs find it. What stands in the log is never
 * decided again: neither that a record is staged, nor that it was left out as a duplicate.
 */
import { type Decided, type Outcome, padded } from '../shared/stream/sequence-set';

/** A committed batch. */
export interface Entry {
  /** of the shard: 1 for its first batch */
  readonly revision: number;
  readonly decided: readonly Decided[];
  /** where its records were written aside, and where they land; absent: all of them are duplicates */
  readonly file?: { readonly attempt: string; readonly key: string };
  /** where the counts of the shard's windows are, with this batch; absent: nothing was ever counted */
  readonly counts?: string;
  /** ISO 8601 */
  readonly committedAt: string;
  readonly landed: boolean;
}

export const firstOf = ({ decided }: Pick<Entry, 'decided'>): string => decided[0]!.sequence;
export const lastOf = ({ decided }: Pick<Entry, 'decided'>): string => decided.at(-1)!.sequence;

export interface ShardState {
  /** 0: nothing was ever staged */
  readonly revision: number;
  /** the entry of that revision */
  readonly latest?: Entry;
}

/** Where the log of a shard is, and the files. Each call may fail, and may have been done nonetheless. */
export interface LogStore {
  /** Of the shard itself: what the last commit left. */
  state(): Promise<ShardState>;
  /** Entries whose last record is at or behind this one, but for the latest, which may be missing. */
  entriesFrom(sequence: string): Promise<readonly Entry[]>;
  /** Writes records aside; returns where they are. */
  putAside(content: Uint8Array): Promise<string>;
  /** Notes the entry beside the shard's own item, if it is not there yet. */
  note(entry: Entry): Promise<void>;
  /** Makes it the shard's latest, if the one before it still is; `false`: it is not. */
  commit(entry: Entry): Promise<boolean>;
  /** Lands the file if it has not landed yet. `content`: of what is aside, where it is at hand. */
  land(file: NonNullable<Entry['file']>, content?: Uint8Array): Promise<void>;
  /** Notes it as landed, whether it is noted or not. */
  markLanded(entry: Entry): Promise<unknown>;
  now(): number;
}

export interface Staging<R extends { readonly sequence: string }> {
  /** Which of these records are duplicates; `known` are others of the batch that the log has already. */
  duplicatesAmong(fresh: readonly R[], known: ReadonlyMap<string, Outcome>): Promise<ReadonlySet<string>>;
  content(records: readonly R[]): Promise<Uint8Array>;
  /** where the file lands */
  keyOf(records: readonly R[], revision: number): string;
  /** Keeps the counts of the shard's windows with these records; returns where. `before`: where those without them are. */
  count?(records: readonly R[], before: string | undefined): Promise<string | undefined>;
}

export interface Staged {
  /** of all records of the batch */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** sequence numbers that this call has put into the log */
  readonly fresh: ReadonlySet<string>;
}

/** After a commit of somebody else's, so many in a row must find nothing new before memory is trusted again. */
const DOUBTS = 20;
const MOST_TRIES = 100;

interface Known {
  readonly state: ShardState;
  /** with all entries whose last record is at or behind this one */
  readonly from: string;
  readonly entries: readonly Entry[];
}

export class ShardLog {
  /** as this process left it: true as long as the shard's revision is the same, which the next commit tells */
  private known: Known | undefined;
  private doubts = 0;
  /** noted beside the shard's item already */
  private notedRevision = 0;

  constructor(private readonly store: LogStore) {}

  /** `records` are in the order of sequence. When it returns, all that is staged of them has landed. */
  async stage<R extends { readonly sequence: string }>(records: readonly R[], staging: Staging<R>): Promise<Staged> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const staged = await this.tryToStage(records, staging);
      if (staged) return staged;
      this.known = undefined;
      this.doubts = DOUBTS;
    }
    throw new Error(
      `Others have committed ${MOST_TRIES} batches of the shard while this one was tried: it comes again.`,
    );
  }

  /** Where the counts of the shard's windows are, of all that is committed. */
  async counts(): Promise<string | undefined> {
    return (await this.store.state()).latest?.counts;
  }

  private async tryToStage<R extends { readonly sequence: string }>(
    records: readonly R[],
    staging: Staging<R>,
  ): Promise<Staged | undefined> {
    const { store } = this;
    const { state, entries } = await this.look(records[0]!.sequence);
    const before = outcomesOf(records, entries);
    const fresh = records.filter(({ sequence }) => !before.has(sequence));
    await this.landRest(records, entries);
    if (fresh.length === 0) return { outcomes: before, fresh: new Set() };

    const duplicates = await staging.duplicatesAmong(fresh, before);
    const decided = fresh.map(
      ({ sequence }): Decided => ({
        sequence,
        outcome: duplicates.has(sequence) ? 'duplicate' : 'staged',
      }),
    );
    const kept = fresh.filter(({ sequence }) => !duplicates.has(sequence));
    const content = kept.length > 0 ? await staging.content(kept) : undefined;
    const revision = state.revision + 1;
    const [attempt, counts] = await Promise.all([
      content && store.putAside(content),
      staging.count?.(kept, state.latest?.counts),
      this.noteLatest(state),
    ]);
    const entry: Entry = {
      revision,
      decided,
      ...(attempt === undefined ? {} : { file: { attempt, key: staging.keyOf(kept, revision) } }),
      ...(counts === undefined ? {} : { counts }),
      committedAt: new Date(store.now()).toISOString(),
      landed: attempt === undefined,
    };
    if (!(await store.commit(entry))) return undefined;
    this.keep(entry, entries, records[0]!.sequence);
    if (entry.file) await store.land(entry.file, content);
    await this.landed(entry);
    const outcomes = new Map(before);
    for (const { sequence, outcome } of decided) outcomes.set(sequence, outcome);
    return { outcomes, fresh: new Set(fresh.map(({ sequence }) => sequence)) };
  }

  /** The shard's state, and what was decided of records from this one on. */
  private async look(first: string): Promise<Known> {
    const { known, store } = this;
    if (known && this.doubts === 0 && padded(first) >= padded(known.from)) return known;
    const state = await store.state();
    if (known && state.revision === known.state.revision) {
      this.doubts = Math.max(0, this.doubts - 1);
      if (padded(first) >= padded(known.from)) return known;
    }
    const others = await store.entriesFrom(first);
    const { latest } = state;
    const entries = [...others.filter(({ revision }) => revision !== latest?.revision), ...(latest ? [latest] : [])];
    this.known = { state, from: first, entries };
    return this.known;
  }

  /** The shard's item is about to name another. */
  private async noteLatest({ latest }: ShardState): Promise<void> {
    if (!latest || latest.revision <= this.notedRevision) return;
    await this.store.note(latest);
    this.notedRevision = latest.revision;
  }

  private keep(entry: Entry, entries: readonly Entry[], from: string): void {
    const still = entries.filter((one) => padded(lastOf(one)) >= padded(from));
    this.known = { state: { revision: entry.revision, latest: entry }, from, entries: [...still, entry] };
  }

  private async landed(entry: Entry): Promise<void> {
    if (!entry.file) return;
    await this.store.markLanded(entry);
    this.notedRevision = Math.max(this.notedRevision, entry.revision);
    if (this.known === undefined) return;
    const done = (one: Entry): Entry => (one.revision === entry.revision ? { ...one, landed: true } : one);
    const { state, entries, from } = this.known;
    const latest = state.latest && done(state.latest);
    this.known = { from, entries: entries.map(done), state: { ...state, ...(latest ? { latest } : {}) } };
  }

  /** Files that hold records of the batch, committed by somebody who may not have come so far as to land them. */
  private async landRest(records: readonly { readonly sequence: string }[], entries: readonly Entry[]): Promise<void> {
    const mine = new Set(records.map(({ sequence }) => sequence));
    for (const entry of entries) {
      if (entry.landed || !entry.file || !entry.decided.some(({ sequence }) => mine.has(sequence))) continue;
      await this.store.land(entry.file);
      await this.landed(entry);
    }
  }
}

function outcomesOf(
  records: readonly { readonly sequence: string }[],
  entries: readonly Entry[],
): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  if (entries.length === 0) return outcomes;
  const mine = new Set(records.map(({ sequence }) => sequence));
  for (const { decided } of entries) {
    for (const { sequence, outcome } of decided) if (mine.has(sequence)) outcomes.set(sequence, outcome);
  }
  return outcomes;
}

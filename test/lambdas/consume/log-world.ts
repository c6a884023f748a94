/** DynamoDB and S3 as far as a shard's log needs them, with calls that crash and overtake one another. */
import { type Entry, type LogStore, lastOf } from '../../../lambdas/consume/shard-log';
import type { SeenKeys } from '../../../lambdas/shared/stream/dedupe';
import { packSequences, padded, unpackSequences } from '../../../lambdas/shared/stream/sequence-set';

/** Lets one of those that wait go on, whichever. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private isRunning = false;

  constructor(private readonly random: () => number) {}

  take(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (!this.isRunning) this.run();
    });
  }

  private run(): void {
    this.isRunning = true;
    setImmediate(() => {
      const [next] = this.waiting.splice(Math.floor(this.random() * this.waiting.length), 1);
      this.isRunning = false;
      if (this.waiting.length > 0) this.run();
      next?.();
    });
  }
}

export class Crash extends Error {}

/** DynamoDB and S3 as far as the log needs them. */
export class World {
  latest: Entry | undefined;
  readonly noted = new Map<string, Entry>();
  readonly aside = new Map<string, Uint8Array>();
  readonly landed = new Map<string, { content: Uint8Array; times: number }>();
  readonly seen = new Map<string, number>();
  attempts = 0;
}

export type Call = <T>(work: () => T) => Promise<T>;

/** Each call may fail before it has done its work, and after. */
export const callsOf =
  (turns: Turns, crashes: () => boolean): Call =>
  async (work) => {
    await turns.take();
    if (crashes()) throw new Crash('before');
    const result = work();
    await turns.take();
    if (crashes()) throw new Crash('after');
    return result;
  };

export function clientOf(world: World, call: Call): { store: LogStore; seen: SeenKeys } {
  const copy = (entry: Entry): Entry => ({ ...entry, decided: unpackSequences(packSequences(entry.decided)) });
  const skOf = (entry: Entry) => `${padded(lastOf(entry))}#${entry.revision}`;
  const store: LogStore = {
    state: () =>
      call(() => ({ revision: world.latest?.revision ?? 0, ...(world.latest ? { latest: copy(world.latest) } : {}) })),
    entriesFrom: (sequence) =>
      call(() => [...world.noted].filter(([sk]) => sk >= padded(sequence)).map(([, entry]) => copy(entry))),
    putAside: (content) =>
      call(() => {
        const key = `attempt-${world.attempts++}`;
        world.aside.set(key, content);
        return key;
      }),
    note: (entry) =>
      call(() => {
        if (!world.noted.has(skOf(entry))) world.noted.set(skOf(entry), copy(entry));
      }),
    commit: (entry) =>
      call(() => {
        if ((world.latest?.revision ?? 0) !== entry.revision - 1) return false;
        world.latest = copy(entry);
        return true;
      }),
    land: ({ attempt, key }, content) =>
      call(() => {
        const bytes = content ?? world.aside.get(attempt)!;
        if (!world.landed.has(key)) world.landed.set(key, { content: bytes, times: 1 });
      }),
    markLanded: (entry) =>
      call(() => {
        world.noted.set(skOf(entry), { ...copy(entry), landed: true });
      }),
    now: () => 0,
  };
  const seen: SeenKeys = {
    find: (keys) =>
      call(() => new Map(keys.flatMap((key) => (world.seen.has(key) ? [[key, world.seen.get(key)!] as const] : [])))),
    note: (last) =>
      call(() => {
        for (const [key, at] of last) world.seen.set(key, at);
      }),
  };
  return { store, seen };
}

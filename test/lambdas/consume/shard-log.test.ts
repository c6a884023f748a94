/** Exactly once in what is staged, whatever order things happen in: shards, lanes, crashes and latecomers at random. */

import { type Entry, type LogStore, lastOf, ShardLog } from '../../../lambdas/consume/shard-log';
import { type Candidate, Dedupe, type SeenKeys } from '../../../lambdas/shared/stream/dedupe';
import { packSequences, padded, unpackSequences } from '../../../lambdas/shared/stream/sequence-set';

const WITHIN_MS = 1_000;
const SEEDS = Number(process.env.SEEDS ?? 120);

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lets one of those that wait go on, whichever. */
class Turns {
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

class Crash extends Error {}

/** DynamoDB and S3 as far as the log needs them. */
class World {
  latest: Entry | undefined;
  readonly noted = new Map<string, Entry>();
  readonly aside = new Map<string, Uint8Array>();
  readonly landed = new Map<string, { content: Uint8Array; times: number }>();
  readonly seen = new Map<string, number>();
  attempts = 0;
}

function clientOf(world: World, turns: Turns, crashes: () => boolean): { store: LogStore; seen: SeenKeys } {
  /** Each call may fail before it has done its work, and after. */
  const call = async <T>(work: () => T): Promise<T> => {
    await turns.take();
    if (crashes()) throw new Crash('before');
    const result = work();
    await turns.take();
    if (crashes()) throw new Crash('after');
    return result;
  };
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

interface Process {
  readonly log: ShardLog;
  readonly dedupe: Dedupe;
  /** Lambda has ended it, and the batch is given to another: what it had begun to stage still goes on, as if it were on the wire. */
  isEnded?: true;
}

/** What the function does with a batch, as far as it concerns what is staged. */
async function consume(process: Process, batch: readonly Candidate[]): Promise<void> {
  const { log, dedupe } = process;
  const { outcomes } = await log.stage(batch, {
    duplicatesAmong: (_fresh, known) =>
      dedupe.duplicatesAmong(batch, new Set([...known].flatMap(([one, is]) => (is === 'staged' ? [one] : [])))),
    content: async (records) => Buffer.from(JSON.stringify(records.map(({ sequence }) => sequence))),
    keyOf: (records, revision) => `${records[0]!.sequence}-${revision}`,
  });
  if (process.isEnded) return;
  await dedupe.note(batch.filter(({ sequence }) => outcomes.get(sequence) === 'staged'));
}

/** Independent of the code: what is to be staged. */
function expected(records: readonly Candidate[]): string[] {
  const kept: Candidate[] = [];
  for (const record of records) {
    const before = kept.filter(({ key }) => key === record.key).map(({ at }) => at);
    const newest = before.length === 0 ? undefined : Math.max(...before);
    if (newest === undefined || Math.abs(record.at - newest) > WITHIN_MS) kept.push(record);
  }
  return kept.map(({ sequence }) => sequence);
}

async function play(seed: number): Promise<{ world: World; records: Candidate[] }> {
  const random = randomFrom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const turns = new Turns(random);
  const world = new World();
  const crashRate = [0, 0.01, 0.05, 0.1][below(4)]!;
  const clients = () => clientOf(world, turns, () => random() < crashRate);
  const start = (): Process => {
    const { store, seen } = clients();
    return { log: new ShardLog(store), dedupe: new Dedupe(seen, WITHIN_MS) };
  };
  const count = 1 + below(60);
  const keys = 1 + below(8);
  let sequence = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;
  let at = 0;
  const records = Array.from({ length: count }, (): Candidate => {
    sequence += BigInt(1 + below(1_000_000)) * 10n ** BigInt(below(20));
    at += below(400);
    return { sequence: String(sequence), key: `key ${below(keys)}`, at };
  });
  const lanes = 1 + below(4);
  const warm: Process[] = [];
  const latecomers: Promise<unknown>[] = [];

  /** Until the lane's records are done: batches cut anew each time, some given up by Lambda while they go on. */
  const runLane = async (own: readonly Candidate[]): Promise<void> => {
    for (let done = 0; done < own.length; ) {
      const batch = own.slice(done, done + 1 + below(12));
      const process = warm.length > 0 && random() < 0.8 ? warm.splice(below(warm.length), 1)[0]! : start();
      const work = consume(process, batch);
      if (random() < 0.1) {
        latecomers.push(work.catch(() => {}));
        for (let n = below(20); n > 0; n--) await turns.take();
        process.isEnded = true;
        continue;
      }
      try {
        await work;
        // A function that answers names what has failed: everything from there comes again, though it is staged.
        done += random() < 0.15 ? below(batch.length) : batch.length;
        warm.push(process);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        // Some processes live on with what they remember, others do not.
        if (random() < 0.5) warm.push(process);
      }
    }
  };
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      runLane(records.filter(({ key }) => Number(key.split(' ')[1]) % lanes === lane)),
    ),
  );
  await Promise.all(latecomers);
  return { world, records };
}

test('each record that is no duplicate is in exactly one landed file, whatever crashes and in whatever order', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { world, records } = await play(seed);
    const landed = [...world.landed.values()].flatMap(({ content }) => JSON.parse(String(content)) as string[]);
    expect({ seed, landed: landed.toSorted() }).toEqual({ seed, landed: expected(records).toSorted() });
  }
});

test('a packed set gives back each number of any length and what became of it', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 50; round++) {
    let sequence = BigInt(Math.floor(random() * 1e9)) ** 6n;
    const decided = Array.from({ length: Math.floor(random() * 40) }, () => {
      sequence += BigInt(Math.floor(random() * 1e9)) ** 3n + 1n;
      return { sequence: String(sequence), outcome: random() < 0.3 ? ('duplicate' as const) : ('staged' as const) };
    });
    expect(unpackSequences(packSequences(decided))).toEqual(decided);
  }
});

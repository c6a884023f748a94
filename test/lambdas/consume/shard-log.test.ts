/** Exactly once in what is staged, whatever order things happen in: shards, lanes, crashes and latecomers at random. */

import { ShardLog } from '../../../lambdas/consume/shard-log';
import { type Candidate, Dedupe } from '../../../lambdas/shared/stream/dedupe';
import { packSequences, unpackSequences } from '../../../lambdas/shared/stream/sequence-set';
import { randomOf } from '../../e2e/order-files';
import { Crash, callsOf, clientOf, Turns, World } from './log-world';

const WITHIN_MS = 1_000;
const SEEDS = Number(process.env.SEEDS ?? 120);

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
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const turns = new Turns(random);
  const world = new World();
  const crashRate = [0, 0.01, 0.05, 0.1][below(4)]!;
  const clients = () =>
    clientOf(
      world,
      callsOf(turns, () => random() < crashRate),
    );
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
  const random = randomOf(7);
  for (let round = 0; round < 50; round++) {
    let sequence = BigInt(Math.floor(random() * 1e9)) ** 6n;
    const decided = Array.from({ length: Math.floor(random() * 40) }, () => {
      sequence += BigInt(Math.floor(random() * 1e9)) ** 3n + 1n;
      return { sequence: String(sequence), outcome: random() < 0.3 ? ('duplicate' as const) : ('staged' as const) };
    });
    expect(unpackSequences(packSequences(decided))).toEqual(decided);
  }
});

/** Counts of windows against an independent count, whatever order calls come in, fail, and come again in. */
import { answerTo } from '../../../lambdas/consume/answer';
import type { CountStore } from '../../../lambdas/consume/count-window';
import { aggregatesOf } from '../../../lambdas/shared/stream/aggregates';
import type { SequencedRow } from '../../../lambdas/shared/stream/count-part';
import { fitsOf } from '../../../lambdas/shared/stream/fits';
import { folded } from '../../../lambdas/shared/stream/fold';
import { padded } from '../../../lambdas/shared/stream/sequence-set';
import type { StreamPlan } from '../../../lib/tasks/stream';
import { randomOf, whole } from '../../e2e/order-files';
import { column } from '../staging';

const SEEDS = Number(process.env.SEEDS ?? 100);
const WINDOW_MS = 60_000;
const T0 = Date.parse('2026-11-01T10:00:00Z');

type Tables = NonNullable<StreamPlan['aggregates']>['tables'];
const TABLES: Tables = [
  {
    table: 'by-country',
    model: 'records',
    by: ['country'],
    count: 'visits',
    values: [
      { name: 'paid', how: 'sum', column: 'amount' },
      { name: 'time', how: 'sum', column: 'seconds' },
      { name: 'least', how: 'min', column: 'amount' },
      { name: 'longest', how: 'max', column: 'seconds' },
      { name: 'payments', how: 'countOf', column: 'amount' },
    ],
  },
  { table: 'all-visits', model: 'records', by: [], count: 'visits', values: [] },
];

const planOf = (tables: Tables): StreamPlan => ({
  stream: 'visits',
  source: 'records',
  columns: [
    column('country', { type: 'text' }),
    column('amount', { type: 'decimal', precision: 12, scale: 2 }),
    column('seconds', 'double'),
    column('age', 'integer'),
  ],
  onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
  prefix: 'streams/visits/',
  retentionHours: 24,
  live: [],
  aggregates: { windowSeconds: WINDOW_MS / 1000, tables },
});

/** DynamoDB as far as counts need it. */
class World {
  readonly items = new Map<string, Record<string, string>>();
  readonly written = new Map<string, string>();
  /** of each: does it fail before it is done, or after? */
  crashes: () => 'before' | 'after' | undefined = () => undefined;

  store(tables: Tables = TABLES, mostStateBytes = 2_000): CountStore {
    const call = async <T>(work: () => T): Promise<T> => {
      const crash = this.crashes();
      if (crash === 'before') throw new Error('crash');
      const result = work();
      if (crash === 'after') throw new Error('crash');
      return result;
    };
    return {
      aggregates: aggregatesOf(planOf(tables)),
      mostStateBytes,
      put: async (items) => {
        for (const { table, item } of items)
          await call(() =>
            this.items.set(`${table} ${item.group!.S} ${item.window!.S}`, {
              table,
              ...Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, (S ?? N)!])),
            }),
          );
      },
      writtenUntil: (shard, start) => call(() => this.written.get(`${shard} ${start}`)),
      noteWritten: (shard, start, last) => call(() => void this.written.set(`${shard} ${start}`, last)),
    };
  }
}

interface Sent {
  readonly sequence: string;
  readonly arrivedAt: number;
  readonly country: string | null;
  readonly cents: number | null;
  readonly seconds: number;
  readonly isGood: boolean;
}

const startOf = ({ arrivedAt }: Sent) =>
  new Date(Math.floor(arrivedAt / WINDOW_MS) * WINDOW_MS).toISOString().replace('.000Z', 'Z');

const COUNTRIES = ['de', 'ch', 'at', '', 'a#b', '\\N', null, ...Array.from({ length: 12 }, (_, index) => `c${index}`)];

const rowOf = ({ sequence, country, cents, seconds }: Sent): SequencedRow => ({
  model: 'records',
  sequence,
  row: { country, amount: cents === null ? null : (cents / 100).toFixed(2), seconds: String(seconds), age: '1' },
});

type Random = () => number;

function sentTo(random: Random): Sent[] {
  let at = T0;
  let sequence = 10n ** BigInt(whole(random, 2, 50));
  return Array.from({ length: whole(random, 1, 80) }, () => {
    at += whole(random, 0, random() < 0.1 ? 3 * WINDOW_MS : 4_000);
    sequence += BigInt(whole(random, 1, 1_000));
    return {
      sequence: String(sequence),
      arrivedAt: at,
      country: COUNTRIES[whole(random, 0, COUNTRIES.length - 1)]!,
      cents: random() < 0.1 ? null : whole(random, -5_000, 5_000),
      seconds: whole(random, 0, 40) / 4,
      isGood: random() < 0.9,
    };
  });
}

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Lambda, as it takes a shard through its windows, with all that may go wrong. */
async function takeShard(shard: string, sent: readonly Sent[], world: World, random: Random): Promise<void> {
  const happens = (chance: number) => random() < chance;
  // Another mapping, which knows nothing, takes it from its beginning; or batches that fail are given up, and taken again in the end.
  let renewals = happens(0.5) ? 1 : 0;
  const givesUp = renewals === 0;
  const givenUp: (readonly Sent[])[] = [];
  // So that no batch fills two parts.
  const [mostBytes, mostRecords] = givesUp ? [2_500, 4] : [2_000, 12];
  let next = 0;
  let done = 0;
  let tried = 0;
  let state: unknown = {};
  let window: string | undefined;

  /** Undefined: it failed, or its answer was lost, or it is not done. */
  async function call(
    records: readonly Sent[],
    last: { final?: boolean; early?: boolean } = {},
    shardId = shard,
  ): Promise<unknown> {
    const good = records.filter(({ isGood }) => isGood);
    const failed = good.filter(() => happens(0.03)).map(({ sequence }) => ({ sequence, reason: 'throttled' }));
    const event = {
      window: { start: window!, end: '' },
      state: json(state),
      shardId,
      isFinalInvokeForWindow: last.final === true,
      isWindowTerminatedEarly: last.early === true,
    };
    const streamRecords = records.map(({ sequence, arrivedAt }) => ({
      shard,
      sequence,
      arrivedAt,
      data: Buffer.alloc(0),
    }));
    try {
      const done = failed.map(({ sequence }) => padded(sequence)).toSorted()[0];
      const rows = good.filter(({ sequence }) => done === undefined || padded(sequence) < done).map(rowOf);
      const answer = json(await answerTo(event, streamRecords, { failed, rows }, world.store(TABLES, mostBytes)));
      if (answer.batchItemFailures.length > 0) {
        expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: records[0]!.sequence }], state });
        return undefined;
      }
      return happens(0.05) ? undefined : answer.state;
    } catch (error) {
      expect(error).toEqual(new Error('crash'));
      return undefined;
    }
  }

  async function end(last: { final?: boolean; early?: boolean }): Promise<void> {
    for (let answer: unknown; answer === undefined; ) answer = await call([], last);
    state = {};
  }

  while (next < sent.length) {
    const start = startOf(sent[next]!);
    if (window !== undefined && window !== start) await end({ final: true });
    window = start;
    const rest = sent.slice(next).findIndex((one) => startOf(one) !== start);
    const most = rest < 0 ? sent.length - next : rest;
    const records = sent.slice(next, next + whole(random, 1, Math.min(most, mostRecords)));
    tried = Math.max(tried, next + records.length);
    const answer = await call(records);
    if (answer === undefined) {
      // What is done and comes again is never given up.
      if (!givesUp || next < done || happens(0.5)) continue;
      givenUp.push(records);
      next += records.length;
      continue;
    }
    state = answer;
    done = Math.max(done, next + records.length);
    // It may be that they come again nonetheless.
    if (!happens(0.05)) next += records.length;
    // Not between a batch that has filled two parts and failed, and the parts of it that are tried again.
    if ((givesUp || next >= tried) && happens(0.1)) await end({ final: happens(0.5), early: true });
    if (renewals > 0 && happens(0.05)) {
      renewals--;
      [next, state, window] = [0, {}, undefined];
    }
  }
  if (window !== undefined) await end({ final: true });
  // As `stepwell redrive --given-up` hands them over, which may be stopped and done again.
  for (const records of givenUp) {
    const times = happens(0.2) ? 2 : 1;
    [state, window] = [{}, startOf(records[0]!)];
    for (let taken = 0; taken < times; ) {
      const again = await call(records, { final: true }, `${shard}~${records[0]!.sequence}`);
      if (again !== undefined) taken++;
    }
  }
}

interface Counted {
  readonly visits: number;
  readonly seconds: number;
  readonly longest: number;
  readonly payments: number;
  /** of none that is NULL */
  readonly cents?: number;
  readonly least?: number;
}

const together = (one: Counted | undefined, other: Counted): Counted => ({
  visits: (one?.visits ?? 0) + other.visits,
  seconds: (one?.seconds ?? 0) + other.seconds,
  longest: Math.max(one?.longest ?? 0, other.longest),
  payments: (one?.payments ?? 0) + other.payments,
  ...(one?.cents === undefined && other.cents === undefined ? {} : { cents: (one?.cents ?? 0) + (other.cents ?? 0) }),
  ...(one?.least === undefined && other.least === undefined
    ? {}
    : { least: Math.min(one?.least ?? Infinity, other.least ?? Infinity) }),
});

test(`each record is counted once, however often and in whatever batches it comes (${SEEDS} seeds)`, async () => {
  let parts = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomOf(seed);
    const world = new World();
    world.crashes = () => (random() < 0.02 ? (random() < 0.5 ? 'before' : 'after') : undefined);
    const expected = new Map<string, Counted>();
    const shards = whole(random, 1, 3);
    for (let shard = 0; shard < shards; shard++) {
      const sent = sentTo(random);
      for (const one of sent.filter(({ isGood }) => isGood)) {
        for (const what of [`by-country ${JSON.stringify(one.country)}`, 'all-visits']) {
          const key = `${what} ${startOf(one)} shard-${shard}`;
          const { cents, seconds } = one;
          const paid = cents === null ? { payments: 0 } : { cents, least: cents, payments: 1 };
          expected.set(key, together(expected.get(key), { visits: 1, seconds, longest: seconds, ...paid }));
        }
      }
      await takeShard(`shard-${shard}`, sent, world, random);
    }

    const counted: typeof expected = new Map();
    for (const item of world.items.values()) {
      const { table, window = '', country = null, visits, paid, time, least, longest, payments } = item;
      parts++;
      const [start, shard] = window.replace(/~\d+/, '').split('#');
      const isByCountry = table === 'by-country';
      const key = `${table}${isByCountry ? ` ${JSON.stringify(country)}` : ''} ${start} ${shard}`;
      const cents = (amount?: string) => (amount === undefined ? {} : { cents: Math.round(Number(amount) * 100) });
      counted.set(
        key,
        together(counted.get(key), {
          visits: Number(visits),
          seconds: Number(time),
          longest: Number(longest),
          payments: Number(payments),
          ...cents(paid),
          ...(least === undefined ? {} : { least: cents(least).cents! }),
        }),
      );
    }
    const compared = (all: typeof expected) =>
      [...all]
        .map(([key, of]) => [key, key.startsWith('all') ? of.visits : of] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
    expect({ seed, counted: compared(counted) }).toEqual({ seed, counted: compared(expected) });
    parts -= expected.size;
  }
  // States have been written before their windows' ends, or nothing of that has been tried.
  expect(parts).toBeGreaterThan(SEEDS);
});

const sent = (sequence: number, country: string | null, cents: number): Sent => ({
  sequence: String(sequence),
  arrivedAt: T0,
  country,
  cents,
  seconds: 0.5,
  isGood: true,
});

const windowEvent = (state: unknown, isFinal = false) => ({
  window: { start: '2026-11-01T10:00:00Z', end: '2026-11-01T10:01:00Z' },
  state,
  shardId: 'shard-1',
  isFinalInvokeForWindow: isFinal,
});
const nothing = { failed: [], rows: [] };

test('an item has its group, its window and the counts', async () => {
  const world = new World();
  const store = world.store();
  const rows = [sent(7, 'de', 150), sent(8, null, -1), sent(9, 'de', 1)].map(rowOf);
  const { state } = await answerTo(windowEvent({}), [], { failed: [], rows }, store);
  expect(world.items.size).toBe(0);
  expect(await answerTo(windowEvent(json(state), true), [], nothing, store)).toEqual({
    batchItemFailures: [],
    state: {},
  });
  const window = '2026-11-01T10:00:00Z#shard-1#7';
  expect([...world.items.values()]).toEqual([
    {
      table: 'by-country',
      group: 'de',
      window,
      country: 'de',
      visits: '2',
      paid: '1.51',
      time: '1',
      least: '0.01',
      longest: '0.5',
      payments: '2',
    },
    {
      table: 'by-country',
      group: '\\N',
      window,
      visits: '1',
      paid: '-0.01',
      time: '0.5',
      least: '-0.01',
      longest: '0.5',
      payments: '1',
    },
    { table: 'all-visits', group: 'all', window, visits: '3' },
  ]);
});

test('what was counted before a deployment that changes the aggregates is written as it was, but for tables that are gone', async () => {
  const world = new World();
  const before = await answerTo(windowEvent({}), [], { failed: [], rows: [rowOf(sent(1, 'de', 5))] }, world.store());
  const changed: Tables = [{ table: 'by-country', model: 'records', by: ['age'], count: 'n', values: [] }];
  const store = world.store(changed);
  const rows = [sent(1, 'de', 5), sent(2, 'ch', 5)].map(rowOf);
  const after = await answerTo(windowEvent(json(before.state)), [], { failed: [], rows }, store);
  await answerTo(windowEvent(json(after.state), true), [], nothing, store);
  const window = '2026-11-01T10:00:00Z#shard-1#';
  expect([...world.items.values()]).toEqual([
    {
      table: 'by-country',
      group: 'de',
      window: `${window}1`,
      country: 'de',
      visits: '1',
      paid: '0.05',
      time: '0.5',
      least: '0.05',
      longest: '0.5',
      payments: '1',
    },
    { table: 'by-country', group: '1', window: `${window}2`, age: '1', n: '1' },
  ]);
});

test('without windows nothing is counted, and a batch comes again from the first record that is not done', async () => {
  const world = new World();
  const records = [1, 2].map((one) => ({
    shard: 'shard-1',
    sequence: String(one),
    arrivedAt: T0,
    data: Buffer.alloc(0),
  }));
  const done = { failed: [{ sequence: '2', reason: 'throttled' }], rows: [rowOf(sent(1, 'de', 5))] };
  expect(await answerTo({}, records, done, world.store())).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(world.items.size).toBe(0);
});

test('a row whose group no item can have is refused', () => {
  const [aggregate] = fitsOf(planOf(TABLES));
  expect(aggregate!.refuses({ country: 'de' })).toBeUndefined();
  expect(aggregate!.refuses({ country: 'x'.repeat(2_049) })).toBe(
    'does not fit into the DynamoDB table by-country: its group is a key of 2049 bytes, and DynamoDB takes 2048 at most',
  );
  const [byTime] = fitsOf(planOf([{ ...TABLES[0]!, by: ['seconds'] }]));
  expect(byTime!.refuses({ seconds: 'nan' })).toMatch(/: column seconds is nan, which is no number in DynamoDB$/);
});

test.each([
  ['sum', 'decimal', ['0.10', null, '0.20', '-1.005'], '-0.705'],
  ['sum', 'decimal', ['99999999999999999999999999999999999.99', '0.01'], '100000000000000000000000000000000000.00'],
  ['sum', 'bigint', ['9223372036854775807', '9223372036854775807'], '18446744073709551614'],
  ['sum', 'integer', ['-5', '5'], '0'],
  ['sum', 'double', ['0.5', '1e+20', '-1e+20'], '0'],
  ['sum', 'double', ['1', 'inf'], 'Infinity'],
  ['sum', 'integer', [null, null], null],
  ['min', 'decimal', ['10', '9.99', null, '9.990'], '9.99'],
  ['max', 'decimal', ['-0.01', '-0.001', '-10'], '-0.001'],
  ['max', 'bigint', ['9223372036854775806', '9223372036854775807', '9007199254740992'], '9223372036854775807'],
  ['min', 'double', ['1e+20', '-1e-7', '0'], '-1e-7'],
  ['max', 'double', ['1', 'inf', '2'], 'inf'],
  ['min', 'timestamp', ['2026-11-01T10:00:00.000001Z', '2026-11-01T10:00:00.000000Z'], '2026-11-01T10:00:00.000000Z'],
  ['max', 'date', ['2026-11-01', '0999-12-31', '2026-10-31'], '2026-11-01'],
  ['max', 'integer', [null], null],
  ['countOf', 'text', ['', null, 'x'], '2'],
  ['countOf', 'text', [null], '0'],
] as const)('%s of %s: %j is %s', (how, type, values, result) => {
  const of = type === 'decimal' ? ({ type, precision: 38, scale: 3 } as const) : ({ type } as const);
  expect(values.reduce<string | null>((before, value) => folded(how, before, value, of), null)).toBe(result);
});

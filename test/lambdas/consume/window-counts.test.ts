/** Counts of windows against an independent count, whatever order calls come in, fail, are given up, and come again in. */
import { type Answer, answerTo } from '../../../lambdas/consume/answer';
import type { CountedRow } from '../../../lambdas/consume/count-on';
import { endWindow } from '../../../lambdas/consume/end-window';
import { ShardLog } from '../../../lambdas/consume/shard-log';
import { type CountStore, WindowCounts } from '../../../lambdas/consume/window-counts';
import { aggregatesOf } from '../../../lambdas/shared/stream/aggregates';
import { windowText } from '../../../lambdas/shared/stream/count-part';
import type { PartPlace } from '../../../lambdas/shared/stream/counted';
import { fitsOf } from '../../../lambdas/shared/stream/fits';
import { folded } from '../../../lambdas/shared/stream/fold';
import type { StreamPlan } from '../../../lib/tasks/stream';
import { randomOf, whole } from '../../e2e/order-files';
import { column } from '../staging';
import { type Call, Crash, callsOf, clientOf, World as LogWorld, Turns } from './log-world';

const SEEDS = Number(process.env.SEEDS ?? 40);
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

/** DynamoDB and S3 as far as counts of a shard need them. */
class World extends LogWorld {
  readonly items = new Map<string, Record<string, string>>();
  readonly documents = new Map<string, string>();
  readonly written = new Map<string, number>();

  constructor(readonly shard: string) {
    super();
  }

  store(call: Call, tables: Tables = TABLES, windowMs = WINDOW_MS): CountStore {
    const nameOf = ({ start, first }: PartPlace) => `${start} ${first}`;
    return {
      aggregates: aggregatesOf(planOf(tables)),
      windowMs,
      // A batch may fill several.
      mostPartBytes: 2_000,
      now: () => 0,
      read: (key) => call(() => JSON.parse(this.documents.get(key)!)),
      write: (_shard, counted) =>
        call(() => {
          const key = `document-${this.documents.size}`;
          this.documents.set(key, JSON.stringify(counted));
          return key;
        }),
      put: async (items) => {
        for (const { table, item, count } of items)
          await call(() => {
            const key = `${table} ${item.group!.S} ${item.window!.S}`;
            const before = Number(this.items.get(key)?.[count] ?? 0);
            if (before > Number(item[count]!.N)) return;
            this.items.set(key, {
              table,
              ...Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, (S ?? N)!])),
            });
          });
      },
      isWritten: (_shard, place) => call(() => (this.written.get(nameOf(place)) ?? 0) >= place.version),
      noteWritten: (_shard, place) =>
        call(() => {
          this.written.set(nameOf(place), Math.max(place.version, this.written.get(nameOf(place)) ?? 0));
        }),
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

const rowOf = ({ sequence, arrivedAt, country, cents, seconds }: Sent): CountedRow => ({
  model: 'records',
  sequence,
  arrivedAt,
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

interface Process {
  readonly log: ShardLog;
  readonly counts: WindowCounts;
}

interface Batch {
  readonly records: readonly Sent[];
  /** the call that ends its window */
  readonly isLast?: boolean;
  readonly isTakenAgain?: boolean;
}

/** What the function does with a batch. @throws what makes the call one that failed */
async function consume(
  { log, counts }: Process,
  shard: string,
  start: string,
  { records, isLast, isTakenAgain = false }: Batch,
  failed: readonly Sent[],
  windowMs = WINDOW_MS,
): Promise<Answer> {
  if (records.length > 0)
    await log.stage(records, {
      duplicatesAmong: async () => new Set(),
      content: async () => Buffer.from('content'),
      keyOf: ([first], revision) => `${first!.sequence}-${revision}`,
      count: (kept, before) =>
        counts.count(shard, kept.filter(({ isGood }) => isGood).map(rowOf), before, isTakenAgain),
    });
  const end = windowText(Date.parse(start) + windowMs);
  const event = { window: { start, end }, state: {}, shardId: shard, isFinalInvokeForWindow: isLast === true };
  return answerTo(event, records.map(streamRecordOf(shard)), { failed: failed.map(failureOf) }, (of, until) =>
    endWindow(of, until, { log: () => log, counts }),
  );
}

const streamRecordOf =
  (shard: string) =>
  ({ sequence, arrivedAt }: Sent) => ({ shard, sequence, arrivedAt, data: Buffer.alloc(0) });
const failureOf = ({ sequence }: Sent) => ({ sequence, reason: 'throttled' });

/** Lambda, as it takes a shard through its windows, with all that may go wrong. Returns what went wrong. */
async function takeShard(
  sent: readonly Sent[],
  world: World,
  random: Random,
  newLength?: number,
): Promise<Set<string>> {
  const { shard } = world;
  const happened = new Set<string>();
  const happens = (chance: number, what?: string) => {
    const is = random() < chance;
    if (is && what) happened.add(what);
    return is;
  };
  const turns = new Turns(random);
  let crashes = 0.02;
  let length = WINDOW_MS;
  const call = callsOf(turns, () => random() < crashes);
  const started = (): Process => ({
    log: new ShardLog(clientOf(world, call).store),
    counts: new WindowCounts(world.store(call, TABLES, length)),
  });
  const warm: Process[] = [];
  const latecomers: Promise<unknown>[] = [];
  const notes: (readonly Sent[])[] = [];
  const startAt = ({ arrivedAt }: Sent) => windowText(Math.floor(arrivedAt / length) * length);

  /** Whether Lambda hears that all of it is done. */
  async function invoke(start: string, batch: Batch): Promise<boolean> {
    const process =
      warm.length > 0 && random() < 0.8 ? warm.splice(whole(random, 0, warm.length - 1), 1)[0]! : started();
    const failed = batch.records.filter(({ isGood }) => isGood && happens(0.02, 'a live table refused a record'));
    const work = consume(process, shard, start, batch, failed, length);
    if (happens(0.05, 'a call went on after Lambda had given it up')) {
      latecomers.push(work.catch(() => {}));
      for (let n = whole(random, 0, 20); n > 0; n--) await turns.take();
      return false;
    }
    try {
      const answer = await work;
      warm.push(process);
      expect(answer).toEqual({
        batchItemFailures: failed.length > 0 ? [{ itemIdentifier: batch.records[0]!.sequence }] : [],
        state: {},
      });
      return failed.length === 0 && !happens(0.05, 'an answer was lost');
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      if (random() < 0.5) warm.push(process);
      return false;
    }
  }

  async function end(start: string): Promise<void> {
    while (!(await invoke(start, { records: [], isLast: true })))
      if (happens(0.4, 'the end of a window was given up')) return;
  }

  /** As `stepwell redrive --given-up` hands it over, which may be stopped and done again. */
  async function takeAgain(): Promise<void> {
    const [records] = notes.splice(whole(random, 0, notes.length - 1), 1);
    for (let rest = records!; rest.length > 0; ) {
      const others = rest.findIndex((one) => startAt(one) !== startAt(rest[0]!));
      const own = others < 0 ? rest : rest.slice(0, others);
      if (!(await invoke(startAt(own[0]!), { records: own, isLast: true, isTakenAgain: true }))) {
        notes.push(records!);
        return;
      }
      rest = rest.slice(own.length);
    }
    if (happens(0.1, 'a note came twice')) notes.push(records!);
  }

  const writeLeft = async () => {
    const { log, counts } = started();
    await counts.write(shard, await log.counts(), (_, isBehind) => isBehind || crashes === 0);
  };

  let renewals = happens(0.5) ? 1 : 0;
  let window: string | undefined;
  for (let next = 0; next < sent.length; ) {
    const start = startAt(sent[next]!);
    if (window !== undefined && window !== start) await end(window);
    window = start;
    const others = sent.slice(next).findIndex((one) => startAt(one) !== start);
    const most = others < 0 ? sent.length - next : others;
    const records = sent.slice(next, next + whole(random, 1, Math.min(most, 12)));
    const isDone = await invoke(start, { records });
    if (isDone) next += records.length;
    else if (happens(0.3, 'a batch was given up')) {
      notes.push(records);
      next += records.length;
    }
    if (notes.length > 0 && happens(0.1, 'a note was taken while others came')) await takeAgain();
    if (happens(0.03, 'somebody looked for what was left')) await writeLeft().catch(() => {});
    if (
      renewals > 0 &&
      happens(0.1, notes.length > 0 ? 'a mapping was made anew while notes waited' : 'a mapping was made anew')
    ) {
      // It knows nothing, takes the shard from its beginning, and nobody ends the window of the one before.
      renewals--;
      [next, window] = [0, undefined];
      if (newLength !== undefined) {
        length = newLength;
        warm.length = 0;
      }
    }
  }
  if (window !== undefined) await end(window);
  while (notes.length > 0) await takeAgain();
  await Promise.all(latecomers);
  crashes = 0;
  await writeLeft();
  return happened;
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

/** By table, group, window and shard. */
function countsOf(items: Iterable<Record<string, string>>): Map<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const item of items) {
    const { table, window = '', country = null, visits, paid, time, least, longest, payments } = item;
    const [start, shard] = window.split('#');
    const key = `${table}${table === 'by-country' ? ` ${JSON.stringify(country)}` : ''} ${start} ${shard}`;
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
  return counted;
}

/** Independent of the code. */
function expectedOf(sent: readonly Sent[], shard: string): Map<string, Counted> {
  const expected = new Map<string, Counted>();
  for (const one of sent.filter(({ isGood }) => isGood)) {
    for (const what of [`by-country ${JSON.stringify(one.country)}`, 'all-visits']) {
      const key = `${what} ${startOf(one)} ${shard}`;
      const { cents, seconds } = one;
      const paid = cents === null ? { payments: 0 } : { cents, least: cents, payments: 1 };
      expected.set(key, together(expected.get(key), { visits: 1, seconds, longest: seconds, ...paid }));
    }
  }
  return expected;
}

const compared = (all: ReadonlyMap<string, Counted>) =>
  [...all]
    .map(([key, of]) => [key, key.startsWith('all') ? of.visits : of] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

test(`each record is counted once, however often and in whatever batches it comes, and whatever is given up (${SEEDS} seeds)`, async () => {
  const happened = new Set<string>();
  let parts = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomOf(seed);
    const world = new World('shard-1');
    const sent = sentTo(random);
    for (const what of await takeShard(sent, world, random)) happened.add(what);
    const expected = expectedOf(sent, 'shard-1');
    expect({ seed, counted: compared(countsOf(world.items.values())) }).toEqual({ seed, counted: compared(expected) });
    parts += world.items.size - expected.size;
  }
  expect([...happened].toSorted()).toEqual([
    'a batch was given up',
    'a call went on after Lambda had given it up',
    'a live table refused a record',
    'a mapping was made anew',
    'a mapping was made anew while notes waited',
    'a note came twice',
    'a note was taken while others came',
    'an answer was lost',
    'somebody looked for what was left',
    'the end of a window was given up',
  ]);
  // Windows have had several parts, or nothing of that has been tried.
  expect(parts).toBeGreaterThan(SEEDS);
});

test('a mapping that is made anew with windows of another length counts no record again', async () => {
  for (let seed = 1; seed <= SEEDS / 4; seed++) {
    const random = randomOf(seed);
    const world = new World('shard-1');
    const sent = sentTo(random);
    await takeShard(sent, world, random, 2 * WINDOW_MS);
    const visits = [...world.items.values()]
      .filter(({ table }) => table === 'all-visits')
      .map((item) => Number(item.visits));
    expect({ seed, visits: visits.reduce((sum, one) => sum + one, 0) }).toEqual({
      seed,
      visits: sent.filter(({ isGood }) => isGood).length,
    });
  }
});

const sent = (sequence: number, country: string | null, cents: number, minute = 0): Sent => ({
  sequence: String(sequence),
  arrivedAt: T0 + minute * WINDOW_MS,
  country,
  cents,
  seconds: 0.5,
  isGood: true,
});

/** Without anything that goes wrong. */
function startedFor(
  world: World,
  tables: Tables = TABLES,
): Process & { take(...records: Sent[]): Promise<Answer>; end(minute: number): Promise<Answer> } {
  const call: Call = async (work) => work();
  const process = {
    log: new ShardLog(clientOf(world, call).store),
    counts: new WindowCounts(world.store(call, tables)),
  };
  const start = (minute: number) => windowText(T0 + minute * WINDOW_MS);
  return {
    ...process,
    take: (...records) => consume(process, world.shard, startOf(records[0]!), { records }, []),
    end: (minute) => consume(process, world.shard, start(minute), { records: [], isLast: true }, []),
  };
}

test('an item has its group, its window and the counts', async () => {
  const world = new World('shard-1');
  const { take, end } = startedFor(world);
  await take(sent(7, 'de', 150), sent(8, null, -1), sent(9, 'de', 1));
  expect(world.items.size).toBe(0);
  expect(await end(0)).toEqual({ batchItemFailures: [], state: {} });
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
  const world = new World('shard-1');
  await startedFor(world).take(sent(1, 'de', 5));
  const after = startedFor(world, [{ table: 'by-country', model: 'records', by: ['age'], count: 'n', values: [] }]);
  await after.take(sent(1, 'de', 5), sent(2, 'ch', 5));
  await after.end(0);
  const window = '2026-11-01T10:00:00Z#shard-1#';
  expect([...world.items.values()].toSorted((a, b) => (a.window! < b.window! ? -1 : 1))).toEqual([
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

test('windows whose end was given up weigh nothing in what later commits write, and the next end writes them', async () => {
  const world = new World('shard-1');
  const { take, end } = startedFor(world);
  const GROUPS = COUNTRIES.slice(0, 3);
  for (let minute = 0; minute < 20; minute++)
    await take(...GROUPS.map((country, index) => sent(100 * minute + index + 1, country, 5, minute)));
  const sizes = [...world.documents.values()].map((text) => text.length);
  expect(sizes.at(-1)! - sizes[0]!).toBeLessThan(19 * 150);
  await end(19);
  const visits = [...world.items.values()].filter(({ table }) => table === 'all-visits').map((item) => item.visits);
  expect(visits).toEqual(Array.from({ length: 20 }, () => String(GROUPS.length)));
  // What is written is not named any longer.
  await take(sent(9_999, 'de', 5, 20));
  expect(JSON.parse([...world.documents.values()].at(-1)!)).toMatchObject({ open: [{ version: 1 }], behind: [] });
});

test('the end of a window of the mapping ends all that the function has counted before it, in shorter ones as well', async () => {
  const world = new World('shard-1');
  const process = startedFor(world);
  await process.take(sent(1, 'de', 5, 0), sent(2, 'de', 5, 1));
  await consume(process, world.shard, windowText(T0), { records: [], isLast: true }, [], 2 * WINDOW_MS);
  const all = [...world.items.values()].filter(({ table }) => table === 'all-visits');
  expect(all.map(({ window, visits }) => [window, visits]).toSorted()).toEqual([
    ['2026-11-01T10:00:00Z#shard-1#1', '1'],
    ['2026-11-01T10:01:00Z#shard-1#2', '1'],
  ]);
});

test('records that Kinesis has got by a clock that goes back count in their own windows', async () => {
  const world = new World('shard-1');
  const { take, end } = startedFor(world);
  await take(sent(1, 'de', 5, 1));
  await take(sent(2, 'de', 5, 0), sent(3, 'de', 5, 1));
  await take(sent(4, 'de', 5, 1));
  await end(1);
  const all = [...world.items.values()].filter(({ table }) => table === 'all-visits');
  expect(all.map(({ window, visits }) => [window, visits]).toSorted()).toEqual([
    ['2026-11-01T10:00:00Z#shard-1#2', '1'],
    ['2026-11-01T10:01:00Z#shard-1#1', '3'],
  ]);
});

test('without windows nothing is counted, and a batch comes again from the first record that is not done', async () => {
  const records = [sent(1, 'de', 5), sent(2, 'de', 5)].map(streamRecordOf('shard-1'));
  const done = { failed: [{ sequence: '2', reason: 'throttled' }] };
  const never = async () => {
    throw new Error('there is no window');
  };
  expect(await answerTo({}, records, done, never)).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
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

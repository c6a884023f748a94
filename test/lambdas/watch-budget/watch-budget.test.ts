import { watchBudget } from '../../../lambdas/watch-budget/watch-budget';
import { beginOfMonth, endOfMonth } from '../../../lib/cost/month';
import { pricesOf } from '../../../lib/cost/prices';
import type { Alert } from '../../../lib/tasks/alert';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

const HOUR = 3_600_000;
const MONTH = '2026-11';
const begin = beginOfMonth(MONTH);
let cloud: LambdaCloud;
let pipeline = '';

beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  pipeline = `p${Math.random().toString(36).slice(2)}`;
});

interface Setting {
  readonly monthly?: number;
  /** ms since 1970: when a function has worked for an hour, on 10 GB: 48 cents */
  readonly worked: readonly number[];
  readonly now: number;
  readonly remainingMs?: () => number;
  readonly onRead?: (from: number, to: number) => Promise<void>;
}

async function watch({ monthly = 1, worked, now, remainingMs = () => 600_000, onRead }: Setting) {
  const alerts: Alert[] = [];
  const read: [number, number][] = [];
  const sofar = await watchBudget(
    { pipeline, monthly, logs: { work: '/stepwell/p/work' }, transitions: { work: 1 }, capacity: {} },
    {
      ledger: cloud.ledger,
      async *readLog(_, from, to) {
        read.push([from, to]);
        await onRead?.(from, to);
        for (const [index, timestamp] of worked.entries()) {
          if (timestamp < from || timestamp >= to) continue;
          const message = `REPORT RequestId: r${index}\tDuration: 3599999 ms\tBilled Duration: 3600000 ms\tMemory Size: 10240 MB\tMax Memory Used: 9 MB`;
          yield { timestamp, message };
        }
      },
      send: async (alert) => {
        alerts.push(alert);
      },
      prices: pricesOf('us-east-1'),
      now: () => now,
      remainingMs,
    },
  );
  return { sofar, alerts, read };
}

test('goes on where it was, and counts nothing twice', async () => {
  const worked = [begin + HOUR, begin + 20 * HOUR];

  const first = await watch({ worked, now: begin + 3 * HOUR, monthly: 100 });
  const second = await watch({ worked, now: begin + 30 * HOUR, monthly: 100 });
  const again = await watch({ worked, now: begin + 30 * HOUR, monthly: 100 });

  expect(first.sofar.usd).toBeCloseTo(0.48, 2);
  expect(second.sofar.usd).toBeCloseTo(0.96, 2);
  expect(second.read[0]![0]).toBe(first.sofar.until);
  expect(again.sofar.usd).toBe(second.sofar.usd);
  expect(again.read).toEqual([]);
  expect([...first.alerts, ...second.alerts]).toEqual([]);
});

test('tells when four fifths are spent, and when all is, each by a key of its own, and says where it went', async () => {
  const worked = [begin + HOUR, begin + 2 * HOUR, begin + 9 * HOUR];

  const near = await watch({ worked, now: begin + 5 * HOUR, monthly: 1.1 });
  const over = await watch({ worked, now: begin + 10 * HOUR, monthly: 1.1 });

  expect(near.alerts).toMatchObject([
    {
      kind: 'budget',
      pipeline,
      title: `${pipeline} has spent 87 % of its budget of 2026-11: $0.96 of $1.10`,
      dedupeKey: '2026-11#near',
      command: `npx stepwell cost ${pipeline} --month 2026-11`,
    },
  ]);
  expect(near.alerts[0]!.lines).toContain('  Lambda           $0.96');
  expect(over.alerts).toMatchObject([
    { title: expect.stringContaining('has spent its budget'), dedupeKey: '2026-11#over' },
  ]);
});

test('of two that count at once, one counts', async () => {
  const worked = [begin + HOUR];
  let beforeIt: Promise<unknown> | undefined;

  const { sofar } = await watch({
    worked,
    now: begin + 3 * HOUR,
    onRead: async () => {
      beforeIt ??= watch({ worked, now: begin + 3 * HOUR });
      await beforeIt;
    },
  });
  const later = await watch({ worked, now: begin + 3 * HOUR });

  expect(sofar.usd).toBeCloseTo(0.48, 2);
  expect(later.sofar.usd).toBe(sofar.usd);
});

test('counts the end of a month in the next one, which begins anew', async () => {
  const last = endOfMonth(MONTH) - 10 * 60_000;
  await watch({ worked: [], now: last - HOUR });

  const { sofar, alerts } = await watch({ worked: [last], now: endOfMonth(MONTH) + HOUR, monthly: 0.4 });

  expect(sofar).toMatchObject({ month: '2026-12', usd: 0 });
  expect(alerts).toMatchObject([{ dedupeKey: '2026-11#over' }]);
});

test('what it has no time for, the next hour counts', async () => {
  const worked = [begin + HOUR, begin + 100 * HOUR];
  let left = 3;

  const first = await watch({
    worked,
    now: begin + 101 * HOUR,
    monthly: 100,
    remainingMs: () => (left-- > 0 ? 1e6 : 0),
  });
  const second = await watch({ worked, now: begin + 102 * HOUR, monthly: 100 });

  expect(first.read).toHaveLength(3);
  expect(first.sofar.usd).toBeCloseTo(0.48, 2);
  expect(second.sofar.usd).toBeCloseTo(0.96, 2);
});

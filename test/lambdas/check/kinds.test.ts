import { checkStaged } from '../../../lambdas/check/check';
import type { MeasuresItem } from '../../../lambdas/shared/measures';
import type { Check, CheckResult } from '../../../lib/tasks/check';
import type { OutputColumn, Run } from '../../../lib/tasks/common';
import { RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const LINES: OutputColumn[] = [
  { name: 'order_id', type: { type: 'bigint' }, nullable: true },
  { name: 'sku', type: { type: 'text' }, nullable: true },
  { name: 'quantity', type: { type: 'integer' }, nullable: true },
  { name: 'changed_at', type: { type: 'timestamp' }, nullable: true },
  { name: 'day', type: { type: 'date' }, nullable: true },
];
const ORDERS: OutputColumn[] = [
  { name: 'id', type: { type: 'integer' }, nullable: true },
  { name: 'shop', type: { type: 'text' }, nullable: true },
];
const LINE_ROWS = `select * from (values
  (1::bigint, 'A-1', 2, timestamp '2026-01-05 10:00:00', date '2026-01-05'),
  (1, 'A-2', 4, timestamp '2026-01-04 10:00:00', date '2026-01-04'),
  (3, 'b-3', 6, null, null),
  (null, null, null, null, null)) as t(order_id, sku, quantity, changed_at, day)`;
const ORDER_ROWS = `select * from (values (1, 'x'), (2, null)) as t(id, shop)`;

const on = { model: 'lines', severity: 'error' as const };
let attempts = 0;

interface Options {
  readonly run?: Run;
  readonly earlier?: MeasuresItem[];
  readonly lines?: string[];
}

async function judge(check: Check, { run = RUN, earlier = [], lines = [LINE_ROWS] }: Options = {}) {
  const manifest = await staging.stage('orders', {
    lines: { columns: LINES, selects: lines },
    orders: { columns: ORDERS, selects: [ORDER_ROWS] },
  });
  return checkStaged(
    {
      run,
      checks: [{ ...check, severity: 'warn' }],
      models: [
        { name: 'lines', columns: LINES },
        { name: 'orders', columns: ORDERS },
      ],
      sources: [],
      manifests: [manifest],
    },
    { s3: staging.s3, workBucket: WORK, attempt: `kinds-${attempts++}`, earlier: async () => earlier },
  );
}

const hours = (count: number) => ({ seconds: count * 3600 });
const earlier = (id: string, values: readonly number[]): MeasuresItem[] =>
  values.map((value, index) => ({ runId: `r${index}`, loadKey: `l${index}`, measures: { [id]: value } }));

test.each<[Check, Partial<CheckResult>]>([
  // RUN starts at 2026-01-05T14:00:00Z
  [{ kind: 'freshness', ...on, column: 'changed_at', maxAge: hours(4) }, { value: '2026-01-05 10:00:00' }],
  [{ kind: 'freshness', ...on, column: 'day', maxAge: hours(14) }, { value: '2026-01-05' }],
  [
    {
      kind: 'foreignKey',
      ...on,
      model: 'orders',
      columns: ['id'],
      references: { model: 'orders', columns: ['id'] },
    },
    { check: 'foreignKey(orders.id in orders)', rule: 'id must be in orders (id)', bad: 0 },
  ],
  [{ kind: 'matches', ...on, column: 'sku', pattern: '^[a-z]-\\d$', flags: 'i' }, { bad: 0 }],
  [
    { kind: 'distribution', ...on, column: 'quantity', mean: { min: 4, max: 4 } },
    { check: 'distribution(lines.quantity).mean', rule: 'the mean of quantity must be from 4 to 4', value: '4' },
  ],
  [{ kind: 'distribution', ...on, column: 'quantity', stddev: { min: 2, max: 2 } }, { value: '2' }],
  [{ kind: 'distribution', ...on, column: 'quantity', nulls: { max: 0.25 } }, { value: '0.25' }],
  [{ kind: 'distribution', ...on, column: 'order_id', distinct: { min: 2, max: 2 } }, { value: '2' }],
  [
    { kind: 'distribution', ...on, column: 'order_id', shares: { 1: { min: 0.6 } } },
    { rule: "the share of '1' in order_id must be at least 0.6", value: '0.666667' },
  ],
])('%j holds', async (check, result) => {
  const { passed, warnings, results } = await judge(check);

  expect(warnings).toEqual([]);
  expect(passed).toBe(1);
  expect(results).toEqual([expect.objectContaining({ outcome: 'passed', ...result })]);
});

test.each<[Check, string]>([
  [
    { kind: 'freshness', ...on, column: 'changed_at', maxAge: hours(3) },
    'lines: the newest changed_at must be at most 3 h old, but it is 2026-01-05 10:00:00, 4 h old.',
  ],
  [
    { kind: 'foreignKey', ...on, columns: ['order_id'], references: { model: 'orders', columns: ['id'] } },
    "lines: order_id must be in orders (id), but 1 of 4 rows violates this, e.g. order_id=3, sku='b-3'.",
  ],
  [
    {
      kind: 'foreignKey',
      ...on,
      columns: ['order_id', 'sku'],
      references: { model: 'orders', columns: ['id', 'shop'] },
    },
    "lines: order_id, sku must be in orders (id, shop), but 3 of 4 rows violate this, e.g. order_id=1, sku='A-1'; order_id=1, sku='A-2'; order_id=3, sku='b-3'.",
  ],
  [
    { kind: 'matches', ...on, column: 'sku', pattern: '^[A-Z]-\\d$', flags: '' },
    "lines: sku must match /^[A-Z]-\\d$/, but 1 of 4 rows violates this, e.g. order_id=3, sku='b-3'.",
  ],
  [
    { kind: 'distribution', ...on, column: 'quantity', mean: { max: 3.5 } },
    'lines: the mean of quantity must be at most 3.5, but it is 4.',
  ],
  [
    { kind: 'distribution', ...on, column: 'sku', shares: { 'A-1': { min: 0.5 } } },
    "lines: the share of 'A-1' in sku must be at least 0.5, but it is 0.333333.",
  ],
])('%j that does not hold says what was found', async (check, sentence) => {
  const { passed, warnings } = await judge(check);

  expect(warnings).toEqual([sentence]);
  expect(passed).toBe(0);
});

test("freshness looks from the end of the run's interval, so that a past one can be run again", async () => {
  const run = { ...RUN, interval: { start: '2026-01-04T00:00:00.000Z', end: '2026-01-05T10:30:00.000Z' } };

  const { results } = await judge({ kind: 'freshness', ...on, column: 'changed_at', maxAge: hours(1) }, { run });

  expect(results).toEqual([expect.objectContaining({ outcome: 'passed' })]);
});

test('without a value nothing is fresh, and nothing has a distribution', async () => {
  const { warnings } = await judge({ kind: 'freshness', ...on, column: 'day', maxAge: hours(1) }, { lines: [] });
  const { notes, passed } = await judge(
    { kind: 'distribution', ...on, column: 'quantity', mean: { min: 1 }, nulls: { max: 0.5 } },
    { lines: [] },
  );

  expect(warnings).toEqual(['lines: the newest day must be at most 1 h old, but there is none.']);
  expect(passed).toBe(2);
  expect(notes).toEqual([
    'distribution(lines.quantity).mean: there are no values to judge.',
    'distribution(lines.quantity).nulls: there are no values to judge.',
  ]);
});

describe('against earlier runs', () => {
  const volume: Check = { kind: 'volume', ...on, last: 7, within: 0.5 };

  test('the first runs pass, say so, and leave a measure for those to come', async () => {
    for (const [before, note] of [
      [[], 'no earlier run to compare with; it is judged once there are 3.'],
      [[1000], '1 earlier run to compare with; it is judged once there are 3.'],
      [[1000, 1000], '2 earlier runs to compare with; it is judged once there are 3.'],
    ] as const) {
      const { passed, notes, measures } = await judge(volume, { earlier: earlier('volume(lines)', before) });

      expect(passed).toBe(1);
      expect(notes).toEqual([`volume(lines): ${note}`]);
      expect(measures).toEqual({ 'volume(lines)': 4 });
    }
  });

  test('the median is what counts: one run out of the way does not move it', async () => {
    const good = await judge(volume, { earlier: earlier('volume(lines)', [4, 5, 1_000_000, 6, 0]) });
    const bad = await judge(volume, { earlier: earlier('volume(lines)', [10, 10, 0, 12]) });

    expect(good.results).toEqual([
      {
        check: 'volume(lines)',
        severity: 'warn',
        outcome: 'passed',
        rule: 'the number of rows must be within 50 % of 5, the median of the last 5 runs',
        value: '4',
      },
    ]);
    expect(bad.warnings).toEqual([
      'lines: the number of rows must be within 50 % of 10, the median of the last 4 runs, but it is 4.',
    ]);
  });

  test('a distribution compares each of its numbers', async () => {
    const check: Check = {
      kind: 'distribution',
      ...on,
      column: 'quantity',
      mean: { last: 3, within: 0.1 },
      shares: { 2: { last: 1, within: 0.1 } },
    };
    const measures = { 'distribution(lines.quantity).mean': 3, 'distribution(lines.quantity).shares[2]': 1 / 3 };
    const before = Array.from({ length: 3 }, (_, index) => ({ runId: `${index}`, loadKey: `${index}`, measures }));

    const output = await judge(check, { earlier: before });

    expect(output.warnings).toEqual([
      'lines: the mean of quantity must be within 10 % of 3, the median of the last 3 runs, but it is 4.',
    ]);
    expect(output.measures).toEqual({
      'distribution(lines.quantity).mean': 4,
      'distribution(lines.quantity).shares[2]': 1 / 3,
    });
  });
});

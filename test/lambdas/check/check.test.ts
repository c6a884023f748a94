import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { checkStaged } from '../../../lambdas/check/check';
import type { MeasuresItem } from '../../../lambdas/shared/measures';
import { putBytes } from '../../../lambdas/shared/objects';
import type { Check } from '../../../lib/tasks/check';
import type { Manifest, OutputColumn, Run } from '../../../lib/tasks/common';
import { RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: false },
  { name: 'status', type: { type: 'text' }, nullable: true },
  { name: 'amount', type: { type: 'decimal', precision: 8, scale: 2 }, nullable: true },
  { name: 'day', type: { type: 'date' }, nullable: true },
];
const SELECT = `select * from (values
  (1::bigint, 'paid', 1.50::decimal(8,2), date '2026-01-01'),
  (2, 'open', 2.00, date '2026-01-02'),
  (2, null, null, null)) as t(id, status, amount, day)`;

const on = { model: 'orders', severity: 'error' as const };
let attempts = 0;
const environment = (earlier: MeasuresItem[] = []) => ({
  s3: staging.s3,
  workBucket: WORK,
  attempt: `attempt-${attempts++}`,
  earlier: async () => earlier,
});
const check = async (checks: Check[], selects = [SELECT], run: Run = RUN) =>
  checkStaged(
    {
      run,
      checks,
      models: [{ name: 'orders', columns: COLUMNS }],
      sources: [],
      manifests: [await staging.stage('orders', { orders: { columns: COLUMNS, selects } })],
    },
    environment(),
  );

test('checks that hold pass', async () => {
  await expect(
    check([
      { kind: 'notNull', ...on, column: 'id' },
      { kind: 'unique', ...on, columns: ['id', 'status'] },
      { kind: 'rowCount', ...on, min: 3, max: 3 },
      { kind: 'accepted', ...on, column: 'status', values: ['paid', 'open'] },
      { kind: 'accepted', ...on, column: 'amount', values: [1.5, 2] },
      { kind: 'between', ...on, column: 'amount', min: 1.5, max: 2 },
      { kind: 'between', ...on, column: 'day', min: '2026-01-01' },
      { kind: 'sqlCheck', ...on, condition: 'amount > 0 -- money' },
    ]),
  ).resolves.toMatchObject({ passed: 8, warnings: [], rows: 3, rejected: 0 });
});

test('rows outside the data interval of a run that replaces it fail the check, also those that say no time', async () => {
  const run = { ...RUN, interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' } };
  const inInterval: Check = { kind: 'inInterval', ...on, column: 'day' };

  await expect(check([inInterval], [SELECT], run)).rejects.toMatchObject({
    name: 'CheckFailed',
    message: expect.stringContaining(
      "orders: day must lie in the run's data interval, as replace({ interval: 'day' }) replaces only what lies there, but 2 of 3 rows violate this, " +
        "e.g. id=2, status='open', day=2026-01-02; id=2, status=NULL, day=NULL.",
    ),
  });
  await expect(check([inInterval], [`${SELECT} where id = 1`], run)).resolves.toMatchObject({ passed: 1 });
});

test.each<[Check, string]>([
  [
    { kind: 'notNull', ...on, column: 'status' },
    'orders: status must not be NULL, but 1 of 3 rows violates this, e.g. id=2, status=NULL.',
  ],
  [
    { kind: 'unique', ...on, columns: ['id'] },
    'orders: id must be unique, but 1 value occurs more than once: id=2, rows=2.',
  ],
  [{ kind: 'rowCount', ...on, min: 4 }, 'orders: there must be at least 4 rows, but there are 3.'],
  [{ kind: 'rowCount', ...on, min: 1, max: 2 }, 'orders: there must be from 1 to 2 rows, but there are 3.'],
  [
    { kind: 'accepted', ...on, column: 'status', values: ['paid'] },
    "orders: status must be one of 'paid', but 1 of 3 rows violates this, e.g. id=2, status='open'.",
  ],
  [
    { kind: 'between', ...on, column: 'amount', max: 1.999 },
    "orders: amount must be at most 1.999, but 1 of 3 rows violates this, e.g. id=2, status='open', amount=2.00.",
  ],
  [
    { kind: 'between', ...on, column: 'day', min: '2026-01-02' },
    "orders: day must be at least 2026-01-02, but 1 of 3 rows violates this, e.g. id=1, status='paid', day=2026-01-01.",
  ],
  [
    { kind: 'sqlCheck', ...on, condition: "day > '2026-01-01'" },
    "orders: day > '2026-01-01' must hold, but 1 of 3 rows violates this, e.g. id=1, status='paid', day=2026-01-01.",
  ],
])('%j that does not hold is CheckFailed, in one sentence with examples', async (failing, sentence) => {
  await expect(check([failing])).rejects.toMatchObject({
    name: 'CheckFailed',
    message: expect.stringContaining(
      `1 of 1 checks failed; nothing was published.\n${sentence}\nAll results are in s3://work/runs/orders/run-1/checks-attempt-`,
    ),
  });
});

test('a warning does not fail the task', async () => {
  await expect(
    check([
      { kind: 'notNull', ...on, column: 'id' },
      { kind: 'rowCount', ...on, severity: 'warn', min: 10 },
    ]),
  ).resolves.toEqual({
    passed: 1,
    results: [
      {
        check: 'notNull(orders.id)',
        severity: 'error',
        outcome: 'passed',
        rule: 'id must not be NULL',
        bad: 0,
      },
      {
        check: 'rowCount(orders)',
        severity: 'warn',
        outcome: 'failed',
        rule: 'there must be at least 10 rows',
        value: '3',
      },
    ],
    warnings: ['orders: there must be at least 10 rows, but there are 3.'],
    rows: 3,
    rejected: 0,
  });
});

test('what a failed Check found lies in the work bucket, and its message says where', async () => {
  const failure = await check([
    { kind: 'rowCount', ...on, min: 1 },
    { kind: 'notNull', ...on, column: 'status' },
  ]).catch((error: Error) => error.message);

  const [, key] = /All results are in s3:\/\/work\/(.*)\.$/.exec(String(failure))!;
  expect(JSON.parse((await staging.read({ key: key! })).toString())).toEqual({
    results: [
      {
        check: 'rowCount(orders)',
        severity: 'error',
        outcome: 'passed',
        rule: 'there must be at least 1 row',
        value: '3',
      },
      {
        check: 'notNull(orders.status)',
        severity: 'error',
        outcome: 'failed',
        rule: 'status must not be NULL',
        bad: 1,
      },
    ],
  });
});

test('a check that cannot run says why', async () => {
  await expect(check([{ kind: 'sqlCheck', ...on, condition: 'amont > 0' }])).rejects.toMatchObject({
    name: 'CheckFailed',
    message: expect.stringContaining('Referenced column "amont" not found'),
  });
});

test('no rows at all meet every check on rows', async () => {
  await expect(
    check(
      [
        { kind: 'unique', ...on, columns: ['id'] },
        { kind: 'sqlCheck', ...on, condition: 'amount > 100' },
      ],
      [],
    ),
  ).resolves.toMatchObject({ passed: 2, rows: 0 });
});

describe('limits of bad rows over all partitions of a source', () => {
  const staged = async (partition: string, read: number, rejected: number) => {
    const rows = Array.from(
      { length: rejected },
      (_, index) =>
        `${JSON.stringify({ line: index + 2, column: 'id', reason: `'${partition}${index}' is not a whole number` })}\n`,
    );
    const quarantine = await putBytes(
      staging.s3,
      WORK,
      `quarantine/${partition}-${read}-${rejected}.ndjson`,
      rows.join(''),
    );
    const manifest: Manifest = {
      step: 'orders',
      partition,
      datasets: {},
      source: {
        name: 'orders',
        object: { bucket: 'landing', key: 'a.csv', etag: 'e', size: 1, lastModified: '2026-01-05T14:00:00Z' },
        read,
        rejected,
        ...(rejected > 0 ? { quarantine: { ...quarantine, rows: rejected } } : {}),
      },
    };
    return putBytes(
      staging.s3,
      WORK,
      `runs/orders/run-1/manifests/${partition}-${read}-${rejected}.json`,
      JSON.stringify(manifest),
    );
  };
  const judge = async (onBadRow: object, manifests: { key: string; etag: string; length: number }[]) =>
    checkStaged(
      { run: RUN, checks: [], models: [], sources: [{ name: 'orders', onBadRow }], manifests },
      environment(),
    );

  test('each partition may be within them and all together not', async () => {
    const manifests = [await staged('p', 10, 2), await staged('q', 10, 2)];

    await expect(judge({ maxCount: 3 }, manifests)).rejects.toMatchObject({
      name: 'TooManyBadRows',
      message: expect.stringMatching(
        /^4 of 20 rows of source orders are bad, the contract allows at most 3\. Line 2, column id: 'p0' is not a whole number\. .*'q1' is not a whole number\. All are in s3:\/\/work\/quarantine\/p-10-2\.ndjson, s3:\/\/work\/quarantine\/q-10-2\.ndjson\.$/,
      ),
    });
  });

  test('one partition may be beyond the rate and all together not', async () => {
    await expect(judge({ maxRate: 0.05 }, [await staged('r', 10, 2), await staged('s', 90, 0)])).resolves.toEqual({
      passed: 0,
      warnings: [],
      rows: 0,
      rejected: 2,
    });
  });

  test('count rows whose text was discarded before a rerun, which can quote none of them', async () => {
    const manifests = [await staged('gone', 10, 6)];
    await staging.s3.send(new DeleteObjectCommand({ Bucket: WORK, Key: 'quarantine/gone-10-6.ndjson' }));

    await expect(judge({ maxCount: 3 }, manifests)).rejects.toMatchObject({
      name: 'TooManyBadRows',
      message: expect.stringMatching(/^6 of 10 rows of source orders are bad, the contract allows at most 3\./),
    });
  });
});

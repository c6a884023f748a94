import { runOnRedshift } from '../../../lambdas/bootstrap/run-on-redshift';
import { compare } from '../../../lambdas/reconcile/compare';
import { loadsSql, postgresLoads, redshiftLoads } from '../../../lambdas/reconcile/read-loads';
import { reconcile } from '../../../lambdas/reconcile/reconcile';
import { getItem } from '../../../lambdas/shared/ledger';
import { updateRun } from '../../../lambdas/shared/run-item';
import type { Alert } from '../../../lib/tasks/alert';
import type { LedgerLoad } from '../../../lib/tasks/reconcile';
import { noSleep } from '../databases';
import { type RedshiftCloud, startRedshiftCloud } from '../redshift';

const load: LedgerLoad = {
  database: 'redshift',
  loadKey: 'k',
  table: 'analytics.orders',
  generation: 0,
  runId: 'r1',
  rows: 9,
};
const run = {
  runId: 'r1',
  loadKey: 'k',
  generation: 0,
  published: { 'redshift:analytics.orders': { sink: 'redshift:analytics.orders', rows: 9, changed: true } },
};
const compared = (loads: readonly LedgerLoad[], runs = [run]): string[] =>
  compare(loads, runs, new Set(['r1', 'r2'])).map(({ kind, text }) => `${kind}: ${text}`);

describe('the load ledgers and the runs', () => {
  test('that agree differ in nothing', () => {
    expect(compared([load])).toEqual([]);
    // What a later generation has replaced, or another run had loaded before, is no loss.
    expect(compared([{ ...load, generation: 1, runId: 'r2' }])).toEqual([]);
    const before = { ...run.published['redshift:analytics.orders'], changed: false };
    expect(compared([], [{ ...run, published: { 'redshift:analytics.orders': before } } as typeof run])).toEqual([]);
  });

  test('differ by a load that is in one of them alone, and by its rows', () => {
    expect(compared([{ ...load, runId: 'r9' }], [])).toEqual([
      'load without a run: redshift:analytics.orders holds 9 rows of run r9, of which the ledger knows nothing',
    ]);
    expect(compared([])).toEqual([
      'run without a load: run r1 has published 9 rows into redshift:analytics.orders, of which its load ledger knows nothing',
    ]);
    expect(compared([{ ...load, rows: 8 }])).toEqual([
      'other rows: run r1 has published 9 rows into redshift:analytics.orders, and its load ledger says 8',
    ]);
    // The same table in the other database is another one.
    expect(compared([{ ...load, database: 'postgres' }])).toHaveLength(1);
  });

  test('of a lake and of DynamoDB there are none', () => {
    const published = { 'lake:shop.orders': { sink: 'lake:shop.orders', rows: 9, changed: true } };
    expect(compared([], [{ ...run, published } as unknown as typeof run])).toEqual([]);
  });
});

describe('in the databases', () => {
  let cloud: RedshiftCloud;
  beforeAll(async () => {
    cloud = await startRedshiftCloud();
  });
  afterAll(() => cloud.close());

  const asking = { remainingMs: () => 600_000, sleep: noSleep };
  const insert = (table: string, runId: string, rows: number, at: Date) =>
    `INSERT INTO stepwell_orders.loads (load_key, table_name, generation, run_id, published_by, "rows", arrival, published_at)
     VALUES ('orders:${runId}', '${table}', 0, '${runId}', 'x', ${rows}, 'a', '${at.toISOString().slice(0, 19).replace('T', ' ')}')`;
  const record = (runId: string, sink: string, rows: number, endedAt: Date) =>
    updateRun(
      cloud.ledger,
      { pipeline: 'orders', runId, executionArn: `arn:${runId}` },
      {
        status: 'SUCCEEDED',
        startedAt: endedAt.toISOString(),
        endedAt: endedAt.toISOString(),
        loadKey: `orders:${runId}`,
        generation: 0,
        published: { [sink]: { sink, rows, changed: true } },
      },
    );

  test('what agrees is compared, what differs is told once, as the user of the pipeline reads it', async () => {
    const now = Date.now();
    const hours = (n: number) => new Date(now - n * 3_600_000);
    const sent: Alert[] = [];
    const metrics: number[] = [];
    const look = () =>
      reconcile(
        {
          pipeline: 'orders',
          timeoutSeconds: 21_600,
          tables: { redshift: ['analytics.orders'], postgres: ['shop.orders'] },
        },
        {
          ledger: cloud.ledger,
          loads: {
            redshift: (since) => redshiftLoads(cloud.redshift, loadsSql('orders', since), asking),
            postgres: (since) => postgresLoads(cloud.postgres, loadsSql('orders', since), asking),
          },
          send: async (alert) => {
            sent.push(alert);
            return 'sent';
          },
          metric: (_, value) => void metrics.push(value),
          now: () => now,
        },
      );
    await runOnRedshift(cloud.admin, [insert('analytics.orders', 'good', 3, hours(2))], noSleep);
    await cloud.queryAurora(insert('shop.orders', 'fine', 4, hours(3)));
    await cloud.queryAurora(insert('shop.orders', 'older', 4, hours(90)));
    await record('good', 'redshift:analytics.orders', 3, hours(2));
    await record('fine', 'postgres:shop.orders', 4, hours(3));
    // Too long ago, and just now: not compared.
    await record('ancient', 'postgres:shop.orders', 4, hours(60));
    await record('fresh', 'postgres:shop.orders', 4, hours(0.1));
    expect(await look()).toMatchObject({ loads: 2, runs: 2, differences: 0, first: [] });
    expect(sent).toEqual([]);

    await cloud.queryAurora(insert('shop.orders', 'stray', 7, hours(1)));
    await record('lost', 'redshift:analytics.orders', 5, hours(5));
    await record('good', 'redshift:analytics.orders', 2, hours(2));
    const found = await look();

    expect([...found.first].sort()).toEqual([
      'postgres:shop.orders holds 7 rows of run stray, of which the ledger knows nothing',
      'run good has published 2 rows into redshift:analytics.orders, and its load ledger says 3',
      'run lost has published 5 rows into redshift:analytics.orders, of which its load ledger knows nothing',
    ]);
    expect(metrics).toEqual([0, 3]);
    expect(await getItem(cloud.ledger, { pk: 'pipeline#orders', sk: 'reconciliation' })).toEqual(found);
    await look();
    expect(sent).toHaveLength(2);
    expect(sent[0]).toMatchObject({
      kind: 'reconciliation',
      title: 'orders: the load ledgers and the runs differ in 3 loads',
    });
    // The same tomorrow is no news: sendAlert sends one of a key.
    expect(sent[1]!.dedupeKey).toBe(sent[0]!.dedupeKey);
  });

  test('a database that wakes up is waited for', async () => {
    let calls = 0;
    const waking = {
      ...cloud.postgres,
      client: {
        send: async () => {
          calls += 1;
          if (calls < 3) throw Object.assign(new Error('waking'), { name: 'DatabaseResumingException' });
          return { records: [] };
        },
      } as never,
    };
    expect(await postgresLoads(waking, 'SELECT 1', asking)).toEqual([]);
    expect(calls).toBe(3);
  });
});

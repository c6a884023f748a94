/** The sample shop through the same extractor as a real MySQL. */
import { connect } from 'node:net';
import { createConnection } from 'mysql2/promise';
import { mysql } from '../../../lambdas/extract-mysql/mysql';
import { rowsAt } from '../../../lib/samples/shop/calendar';
import { historyStart, saleVersions } from '../../../lib/samples/shop/sales';
import { type SampleShop, startSampleShop } from '../../../lib/samples/shop/server';
import { column, type Staging, startStaging } from '../staging';
import { extractAll, secretsOf, type TableOptions } from './tables';

/** ten past one, when the daily run is under way */
let now = Date.parse('2026-02-10T01:10:00Z');
let shop: SampleShop;
let staging: Staging;
beforeAll(async () => {
  [shop, staging] = await Promise.all([startSampleShop({ now: () => now }), startStaging()]);
});
afterAll(async () => {
  await staging?.close();
  await shop?.close();
});

const money = { type: 'decimal', precision: 10, scale: 2 } as const;
const SALES = [
  column('id', 'bigint', { key: true }),
  column('customer_id', 'integer'),
  column('product_id', 'text'),
  column('channel', 'text'),
  column('session_id', 'text'),
  column('quantity', 'integer'),
  column('unit_price', money),
  column('discount', money),
  column('amount', money),
  column('status', 'text'),
  column('is_deleted', 'boolean'),
  column('sold_at', 'timestamp'),
  column('updated_at', 'timestamp'),
];
/** As they are at a moment, by the generator itself. */
const salesAt = (at: number) =>
  rowsAt(saleVersions(historyStart(at), at), ({ id }) => id, at)
    .map((sale) => ({ ...sale, id: String(sale.id) }))
    .sort((a, b) => Number(a.id) - Number(b.id));
const byId = (rows: readonly Record<string, unknown>[]) => [...rows].sort((a, b) => Number(a.id) - Number(b.id));
const extract = (options: Partial<TableOptions> = {}, secret: object = {}) =>
  extractAll(mysql, staging, secretsOf({ ...shop.secret, ...secret }), { table: 'sales', columns: SALES, ...options });

test('its sales are the same each time, whole or in ranges', async () => {
  const whole = await extract();
  const ranges = await extract({ partitionBy: 'id', partitions: 6 });

  expect(ranges.partitions).toHaveLength(6);
  expect(whole.rejects).toEqual([]);
  expect(whole.rows.length).toBeGreaterThan(6000);
  expect(byId(whole.rows)).toEqual(salesAt(now));
  expect(ranges.rows).toEqual(salesAt(now));
});

test('a day of changes is read by the cursor', async () => {
  const cursor = { column: 'updated_at', from: '2026-02-09T01:00:00.000Z', to: '2026-02-10T01:00:00.000Z' };
  const { rows } = await extract({ cursor, partitionBy: 'id' });

  expect(rows.length).toBeGreaterThan(300);
  expect(rows).toEqual(
    salesAt(now).filter(({ updated_at: at }) => at >= '2026-02-09 01:00:00' && at < '2026-02-10 01:00:00'),
  );
});

test('the shop goes on: what has come since is there at the next login, some of it later than it says', async () => {
  const before = salesAt(now);
  now += 86_400_000;
  const { rows } = await extract();

  expect(byId(rows.filter(({ sold_at: at }) => String(at) >= '2026-02-10 01:10:00'))).toEqual(
    salesAt(now).filter(({ sold_at: at }) => at >= '2026-02-10 01:10:00'),
  );
  const after = new Map(rows.map((row) => [row.id, row]));
  expect(before.filter((sale) => sale.status !== after.get(sale.id)!.status).length).toBeGreaterThan(50);
  const late = [...after.values()].filter(
    ({ id, sold_at: at }) => String(at) < '2026-02-10 01:00:00' && !before.some((sale) => sale.id === id),
  );
  expect(late).not.toEqual([]);
});

test('a query joins its tables, in the spelling of MySQL', async () => {
  const { rows } = await extract({
    table: undefined as never,
    query:
      'SELECT UPPER(c.country) AS country, COUNT(*) AS `sales`, SUM(s.amount) AS total FROM shop.sales s JOIN customers c ON c.id = s.customer_id WHERE s.status <> "returned" GROUP BY UPPER(c.country) ORDER BY 1 -- that\'s all',
    columns: [
      column('country', 'text'),
      column('sales', 'bigint'),
      column('total', { type: 'decimal', precision: 12, scale: 2 }),
    ],
  });

  expect(rows.map(({ country }) => country)).toEqual(['BR', 'DE', 'FR', 'JP', 'US']);
});

test('it refuses as MySQL does', async () => {
  await expect(extract({}, { password: 'wrong' })).rejects.toThrow(
    '(1045). It was refused also with the secret read anew',
  );
  await expect(extract({}, { dbname: 'other' })).rejects.toThrow("Unknown database 'other' (1049)");
  await expect(extract({ table: 'orders' })).rejects.toThrow("Table 'shop.orders' doesn't exist (1146)");
  await expect(extract({ table: undefined as never, query: 'SELECT colour FROM sales' })).rejects.toThrow('(1054)');
});

test('nothing but SELECT, over its own tables, is answered', async () => {
  const { host, port, username: user, password } = shop.secret;
  const connection = await createConnection({ host, port, user, password });
  try {
    for (const sql of ['DELETE FROM sales', "SELECT * FROM read_csv('/etc/passwd')", "COPY sales TO '/tmp/x.csv'"]) {
      await expect(connection.query(sql)).rejects.toThrow(/sample database/);
    }
    await expect(connection.query('SELECT COUNT(*) AS n FROM sales')).resolves.toMatchObject([
      [{ n: expect.any(Number) }],
      expect.anything(),
    ]);
  } finally {
    connection.destroy();
  }
});

test('whoever leaves before the shop has said a word disturbs nobody', async () => {
  const { host, port, username: user, password } = shop.secret;
  now += 86_400_000;
  const socket = connect({ host, port });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.destroy();

  const connection = await createConnection({ host, port, user, password });
  await expect(connection.query('SELECT 1 AS one')).resolves.toMatchObject([[{ one: 1 }], expect.anything()]);
  connection.destroy();
});

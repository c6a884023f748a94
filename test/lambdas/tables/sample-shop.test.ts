/** The sample shop through the same extractor as a real MySQL. */
import { createConnection } from 'mysql2/promise';
import { mysql } from '../../../lambdas/extract-mysql/mysql';
import { SHOP } from '../../../lib/samples/shop/data';
import { type SampleShop, startSampleShop } from '../../../lib/samples/shop/server';
import { column, type Staging, startStaging } from '../staging';
import { extractAll, secretsOf, type TableOptions } from './tables';

let shop: SampleShop;
let staging: Staging;
beforeAll(async () => {
  [shop, staging] = await Promise.all([startSampleShop(), startStaging()]);
});
afterAll(async () => {
  await staging?.close();
  await shop?.close();
});

const SALES = [
  column('id', 'bigint', { key: true }),
  column('customer_id', 'integer'),
  column('product_id', 'text'),
  column('quantity', 'integer'),
  column('amount', { type: 'decimal', precision: 10, scale: 2 }),
  column('status', 'text'),
  column('sold_at', 'timestamp'),
  column('updated_at', 'timestamp'),
];
const extract = (options: Partial<TableOptions> = {}, secret: object = {}) =>
  extractAll(mysql, staging, secretsOf({ ...shop.secret, ...secret }), { table: 'sales', columns: SALES, ...options });

test('its sales are the same each time, whole or in ranges', async () => {
  const whole = await extract();
  const ranges = await extract({ partitionBy: 'id', partitions: 6 });

  expect(ranges.partitions).toHaveLength(6);
  expect(whole.rejects).toEqual([]);
  expect(whole.rows).toHaveLength(SHOP.sales);
  expect(ranges.rows).toEqual(whole.rows);
  expect(whole.rows[9]).toEqual({
    id: '10',
    customer_id: 391,
    product_id: 'p-031',
    quantity: 3,
    amount: '102.89',
    status: 'returned',
    sold_at: '2026-01-01 01:10:00',
    updated_at: '2026-01-03 01:10:00',
  });
});

test('a day of changes is read by the cursor', async () => {
  const cursor = { column: 'updated_at', from: '2026-01-10T01:00:00.000Z', to: '2026-01-11T01:00:00.000Z' };
  const { rows } = await extract({ cursor, partitionBy: 'id' });
  const all = await extract();

  expect(rows.length).toBeGreaterThan(100);
  expect(rows).toEqual(
    all.rows.filter(({ updated_at: at }) => String(at) >= '2026-01-10 01:00:00' && String(at) < '2026-01-11 01:00:00'),
  );
});

test('a query joins its tables, in the spelling of MySQL', async () => {
  const { rows } = await extract({
    table: undefined as never,
    query:
      'SELECT c.country, COUNT(*) AS `sales`, SUM(s.amount) AS total FROM shop.sales s JOIN customers c ON c.id = s.customer_id WHERE s.status <> "returned" GROUP BY c.country ORDER BY 1 -- that\'s all',
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
      [{ n: SHOP.sales }],
      expect.anything(),
    ]);
  } finally {
    connection.destroy();
  }
});

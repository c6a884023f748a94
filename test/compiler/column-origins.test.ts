import { columnOrigins } from '../../lib/compiler/column-origins';
import { openCatalog } from '../../lib/compiler/duckdb';
import { readSql } from '../../lib/compiler/sql';

const inputs = new Map([
  ['orders', ['id', 'shop', 'amount', 'doc']],
  ['shops', ['shop', 'city']],
]);
const AGGREGATES = new Set(['sum', 'count', 'max', 'first', 'count_star']);
const SHORT = { IDENTITY: '', TRANSFORMATION: '*', AGGREGATION: 'Σ', CONDITION: '?' };

/** `orders.id`, with a sign of what was done with it. */
async function originsOf(sql: string): Promise<Record<string, string[]> | undefined> {
  const catalog = await openCatalog();
  try {
    const { tree } = await readSql(sql, catalog, AGGREGATES);
    const found = columnOrigins(tree, inputs, AGGREGATES);
    return (
      found &&
      Object.fromEntries(
        [...found].map(([name, all]) => [
          name,
          all.map(({ of, column, how }) => `${of}.${column}${SHORT[how]}`).sort(),
        ]),
      )
    );
  } finally {
    catalog.close();
  }
}

test.each<[string, Record<string, string[]>]>([
  ['SELECT id, amount AS total FROM orders', { id: ['orders.id'], total: ['orders.amount'] }],
  [
    'SELECT amount * 2 AS d, upper(shop) AS s, CAST(id AS varchar) AS t, 1 AS one, id IS NULL AS n FROM orders',
    { d: ['orders.amount*'], s: ['orders.shop*'], t: ['orders.id*'], one: [], n: ['orders.id*'] },
  ],
  [
    'SELECT shop, sum(amount) AS total, count(*) AS n, max(amount + id) AS m FROM orders GROUP BY shop',
    { shop: ['orders.shop'], total: ['orders.amountΣ'], n: [], m: ['orders.amountΣ', 'orders.idΣ'] },
  ],
  [
    "SELECT CASE WHEN amount > 1 THEN shop ELSE 'x' END AS c, count(*) FILTER (WHERE amount > 1) AS n FROM orders",
    { c: ['orders.amount?', 'orders.shop*'], n: ['orders.amount?'] },
  ],
  [
    'SELECT sum(amount) OVER (PARTITION BY shop ORDER BY id) AS running, row_number() OVER (ORDER BY id) AS n FROM orders',
    { running: ['orders.amountΣ', 'orders.id?', 'orders.shop?'], n: ['orders.id?'] },
  ],
  [
    'SELECT o.*, city FROM orders o JOIN shops USING (shop)',
    {
      id: ['orders.id'],
      shop: ['orders.shop'],
      amount: ['orders.amount'],
      doc: ['orders.doc'],
      city: ['shops.city'],
    },
  ],
  ['SELECT shop FROM orders JOIN shops USING (shop)', { shop: ['orders.shop', 'shops.shop'] }],
  [
    'SELECT * EXCLUDE (doc, id) REPLACE (amount + id AS amount) FROM orders',
    { shop: ['orders.shop'], amount: ['orders.amount*', 'orders.id*'] },
  ],
  [
    'WITH a AS (SELECT shop, sum(amount) AS total FROM orders GROUP BY shop), b AS (SELECT a.total / 2 AS half FROM a) SELECT half FROM b',
    { half: ['orders.amountΣ'] },
  ],
  ['WITH a(x, y) AS (SELECT id, shop FROM orders) SELECT y, x FROM a', { y: ['orders.shop'], x: ['orders.id'] }],
  ['SELECT x FROM (SELECT id FROM orders) AS s(x)', { x: ['orders.id'] }],
  ['SELECT id AS one FROM orders UNION ALL SELECT shop FROM shops', { one: ['orders.id', 'shops.shop'] }],
  ["SELECT id, shop FROM orders UNION ALL SELECT 0, 'none'", { id: ['orders.id'], shop: ['orders.shop'] }],
  ['SELECT id FROM orders UNION ALL BY NAME SELECT shop FROM shops', { id: ['orders.id'], shop: ['shops.shop'] }],
  ['SELECT shop FROM orders EXCEPT SELECT shop FROM shops', { shop: ['orders.shop'] }],
  ['SELECT amount AS a, a + 1 AS b FROM orders', { a: ['orders.amount'], b: ['orders.amount*'] }],
  ['SELECT doc.x AS x, orders.doc.y AS y FROM orders', { x: ['orders.doc*'], y: ['orders.doc*'] }],
  [
    'SELECT (SELECT max(city) FROM shops WHERE shops.shop = orders.shop) AS city FROM orders',
    { city: ['shops.cityΣ'] },
  ],
  [
    'SELECT (SELECT max(orders.amount) FROM shops) AS m, id IN (SELECT shop FROM shops) AS known FROM orders',
    { m: ['orders.amountΣ'], known: ['orders.id*', 'shops.shop*'] },
  ],
  [
    'SELECT CASE WHEN EXISTS (SELECT 1 FROM shops WHERE shops.shop = orders.shop) THEN id END AS x FROM orders',
    { x: ['orders.id*'] },
  ],
])('%s', async (sql, expected) => {
  expect(await originsOf(sql)).toEqual(expected);
});

test.each([
  'SELECT x FROM orders, unnest([1, 2]) AS t(x)',
  "SELECT COLUMNS(c -> c LIKE 's%') FROM orders",
  'WITH RECURSIVE r AS (SELECT id FROM orders UNION ALL SELECT id + 1 FROM r WHERE id < 3) SELECT id FROM r',
  'SELECT list_transform([id], x -> x + 1) AS l FROM orders',
])('of %s nothing is told, rather than too little', async (sql) => {
  expect(await originsOf(sql)).toBeUndefined();
});

import { publishBatch } from '../../../lambdas/publish/redshift-batch';
import type { OutputColumn, WriteMode } from '../../../lib/tasks/common';
import { REDSHIFT_SINK, RUN } from '../fixtures';

const BASE = {
  run: RUN,
  sink: REDSHIFT_SINK,
  schema: 'stepwell_orders',
  staging: 'stg_orders_0123456789ab',
  newColumns: [],
  rows: 3,
  statement: 'stepwell/orders/abc.1',
};
const STAGING = '"stepwell_orders"."stg_orders_0123456789ab"';
const LEDGER = '"stepwell_orders"."loads"';
const MINE = "load_key = 'orders:5feceb66' AND table_name = 'analytics.orders' AND generation >= 0";
const PUBLISHED = `EXISTS (SELECT 1 FROM ${LEDGER} WHERE ${MINE})`;
const ARRIVAL = "'2026-01-05T07:59:00.000Z#00000000000000000000000000000A01'";
const INSERT =
  'INSERT INTO "analytics"."orders" ("order_id", "email", "total", "ordered_at", "details", "_load_id", "_loaded_at", "_arrival") ' +
  `SELECT s."order_id", s."email", s."total", s."ordered_at", JSON_PARSE(s."details"), '0123456789abcdef', GETDATE(), ${ARRIVAL}`;
const OPENING = [
  `LOCK ${LEDGER}`,
  `DELETE FROM ${STAGING} WHERE ${PUBLISHED}`,
  `SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM ${STAGING}) = 3 THEN 1 WHEN (SELECT COUNT(*) FROM ${LEDGER} WHERE ${MINE}) > 0 THEN 1 ELSE 0 END AS rows_reconcile`,
];
const closing = (rows: string) => [
  `INSERT INTO ${LEDGER} (load_key, table_name, generation, run_id, published_by, "rows", arrival, published_at) ` +
    `SELECT 'orders:5feceb66', 'analytics.orders', 0, 'run-1', 'stepwell/orders/abc.1', ${rows}, ${ARRIVAL}, GETDATE() WHERE NOT ${PUBLISHED}`,
  `SELECT "rows", published_by FROM ${LEDGER} WHERE ${MINE} ORDER BY generation DESC LIMIT 1`,
];
const COUNT_LOADED = `(SELECT COUNT(*) FROM "analytics"."orders" WHERE "_load_id" = '0123456789abcdef')`;

test('append moves what the guard has left in staging', () => {
  expect(publishBatch({ ...BASE, sink: { ...REDSHIFT_SINK, write: { mode: 'append' } } })).toEqual([
    ...OPENING,
    `${INSERT} FROM ${STAGING} s`,
    ...closing('3'),
  ]);
});

test('replace empties the table under the same guard, and not for a file that a newer one has overtaken', () => {
  const overtaken = `EXISTS (SELECT 1 FROM ${LEDGER} WHERE table_name = 'analytics.orders' AND load_key <> 'orders:5feceb66' AND arrival > ${ARRIVAL})`;

  expect(publishBatch({ ...BASE, sink: { ...REDSHIFT_SINK, write: { mode: 'replace' } } })).toEqual([
    ...OPENING,
    `DELETE FROM "analytics"."orders" WHERE NOT ${PUBLISHED} AND NOT ${overtaken}`,
    `${INSERT} FROM ${STAGING} s WHERE NOT ${overtaken}`,
    ...closing(COUNT_LOADED),
  ]);
});

test('merge by newestBy picks one row a key, and overwrites only what is not newer', () => {
  const winners = '"stg_orders_0123456789ab_w"';
  const columns = '"order_id", "email", "total", "ordered_at", "details"';

  expect(publishBatch(BASE)).toEqual([
    ...OPENING,
    `CREATE TEMP TABLE ${winners} AS SELECT ${columns} FROM (SELECT ${columns}, ROW_NUMBER() OVER (PARTITION BY "order_id" ` +
      'ORDER BY "ordered_at" DESC NULLS LAST, "email" DESC NULLS LAST, "total" DESC NULLS LAST, "details" DESC NULLS LAST) AS _rank ' +
      `FROM ${STAGING}) ranked WHERE _rank = 1`,
    `DELETE FROM "analytics"."orders" USING ${winners} w WHERE "orders"."order_id" = w."order_id" AND ` +
      '(w."ordered_at" > "orders"."ordered_at" OR (w."ordered_at" IS NOT NULL AND "orders"."ordered_at" IS NULL) OR ' +
      '((w."ordered_at" = "orders"."ordered_at" OR (w."ordered_at" IS NULL AND "orders"."ordered_at" IS NULL)) AND ' +
      `"orders"."_arrival" <= ${ARRIVAL}))`,
    `${INSERT} FROM ${winners} s WHERE NOT EXISTS (SELECT 1 FROM "analytics"."orders" t WHERE t."order_id" = s."order_id")`,
    `DROP TABLE ${winners}`,
    ...closing(COUNT_LOADED),
  ]);
});

test.each<[string, WriteMode]>([
  ['scd2', { mode: 'scd2', keys: ['c0', 'c1'], newestBy: 'c2' }],
  ['merge with deletions', { mode: 'merge', keys: ['c0', 'c1'], newestBy: 'c2', deletedBy: 'c3' }],
])('%s takes the lock first, and stays within what a batch may be, however many columns there are', (_name, write) => {
  const columns: OutputColumn[] = Array.from({ length: 300 }, (_, n) => ({
    name: n < 4 ? `c${n}` : `a_column_of_some_length_${n}`,
    type: { type: 'text' },
    nullable: true,
  }));

  const batch = publishBatch({ ...BASE, run: { ...RUN, generation: 1 }, sink: { ...REDSHIFT_SINK, columns, write } });

  expect(batch[0]).toBe(`LOCK ${LEDGER}`);
  expect(batch.length).toBeLessThanOrEqual(40);
  expect(Math.max(...batch.map((sql) => sql.length))).toBeLessThan(100_000);
});

test('merge without newestBy goes by the order of arrival', () => {
  const sink = { ...REDSHIFT_SINK, write: { mode: 'merge' as const, keys: ['order_id', 'email'] } };

  const remove = publishBatch({ ...BASE, sink }).find((sql) => sql.startsWith('DELETE FROM "analytics"'));

  expect(remove).toBe(
    'DELETE FROM "analytics"."orders" USING "stg_orders_0123456789ab_w" w WHERE "orders"."order_id" = w."order_id" AND ' +
      `"orders"."email" = w."email" AND ("orders"."_arrival" <= ${ARRIVAL})`,
  );
});

test('reprocessing first removes what the earlier generation has left', () => {
  const batch = publishBatch({
    ...BASE,
    run: { ...RUN, generation: 1 },
    sink: { ...REDSHIFT_SINK, write: { mode: 'append' } },
  });

  expect(batch[3]).toBe(
    `DELETE FROM "analytics"."orders" WHERE "_load_id" = '0123456789abcdef' AND NOT ${PUBLISHED.replace('>= 0', '>= 1')}`,
  );
});

test('a replace that is deliberate is never too late', () => {
  const batch = publishBatch({
    ...BASE,
    run: { ...RUN, generation: 1 },
    sink: { ...REDSHIFT_SINK, write: { mode: 'replace' } },
  });

  expect(batch.some((sql) => sql.includes('arrival >'))).toBe(false);
});

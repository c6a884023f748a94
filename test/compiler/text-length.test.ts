import fc from 'fast-check';
import { openCatalog, quoteText } from '../../lib/compiler/duckdb';
import { readSql } from '../../lib/compiler/sql';
import { textColumns } from '../../lib/compiler/text-length';
import type { OutputColumn } from '../../lib/tasks/common';

const column = (name: string, type: OutputColumn['type']): OutputColumn => ({ name, type, nullable: true });
const ORDERS = [
  column('a', { type: 'text', length: 3 }),
  column('b', { type: 'text', length: 8 }),
  column('free', { type: 'text' }),
  column('n', { type: 'integer' }),
  column('p', { type: 'decimal', precision: 6, scale: 2 }),
  column('day', { type: 'date' }),
];
const SHOPS = [column('a', { type: 'text', length: 5 }), column('city', { type: 'text', length: 12 })];
const inputs = new Map([
  ['orders', ORDERS],
  ['shops', SHOPS],
]);

async function lengthsOf(sql: string): Promise<Record<string, number>> {
  const catalog = await openCatalog();
  try {
    const { tree } = await readSql(sql, catalog, new Set());
    return Object.fromEntries(textColumns(tree, inputs, new Map()).lengths);
  } finally {
    catalog.close();
  }
}

test.each<[string, Record<string, number>]>([
  ['SELECT a, b AS bb, free, n FROM orders', { a: 3, bb: 8 }],
  [
    'SELECT any_value(a) AS x, min(b) AS y, max(upper(trim(b))) AS z, first(a ORDER BY n) AS f FROM orders',
    { x: 3, y: 8, z: 8, f: 3 },
  ],
  ["SELECT coalesce(a, 'unknown') AS x, ifnull(a, free) AS y, nullif(b, '') AS z FROM orders", { x: 7, z: 8 }],
  [
    "SELECT CASE WHEN n > 1 THEN a WHEN n > 2 THEN 'four' END AS x, CASE WHEN n > 1 THEN free ELSE a END AS y, if(n > 1, a, b) AS z FROM orders",
    { x: 4, z: 8 },
  ],
  [
    'SELECT left(free, 2) AS x, right(b, 99) AS y, substr(b, 2, 4) AS z, substring(b, 3) AS w, b[2:3] AS s, left(b, -1) AS m FROM orders',
    { x: 2, y: 8, z: 4, w: 8, s: 2, m: 8 },
  ],
  [
    "SELECT a || '-' || b AS x, concat(a, n) AS y, concat_ws(', ', a, b, a) AS z, a || free AS w FROM orders",
    { x: 12, y: 14, z: 18 },
  ],
  [
    'SELECT n::VARCHAR AS x, CAST(p AS VARCHAR) AS y, day::TEXT AS z, CAST(b AS VARCHAR(2)) AS w FROM orders',
    { x: 11, y: 9, z: 17, w: 8 },
  ],
  [
    "SELECT replace(b, 'aa', 'b') AS x, replace(b, 'a', 'bb') AS y, lpad(a, 9, '0') AS z, md5(free) AS m, split_part(b, '-', 1) AS s FROM orders",
    { x: 8, z: 9, m: 32, s: 8 },
  ],
  [
    "SELECT lag(b) OVER (ORDER BY n) AS x, lag(a, 1, 'none!') OVER (ORDER BY n) AS y, max(a) OVER () AS z FROM orders",
    { x: 8, y: 5, z: 3 },
  ],
  ['SELECT * FROM orders', { a: 3, b: 8 }],
  ['SELECT * EXCLUDE (a) REPLACE (left(b, 2) AS b) FROM orders', { b: 2 }],
  ['SELECT * RENAME (a AS b2) FROM orders', {}],
  ['SELECT COLUMNS(*) FROM orders', {}],
  ['SELECT o.a AS x, s.a AS y, s.* FROM orders o JOIN shops s ON o.a = s.a', { x: 3, y: 5, a: 5, city: 12 }],
  ['SELECT a FROM orders FULL JOIN shops USING (a)', { a: 5 }],
  ['SELECT upper(b) AS x, x || x AS y FROM orders', { x: 8, y: 16 }],
  ["WITH w AS (SELECT left(b, 4) AS c, free FROM orders) SELECT c, w.c || '!' AS d, free FROM w", { c: 4, d: 5 }],
  ['SELECT c FROM (SELECT b AS c FROM orders) AS t', { c: 8 }],
  ['SELECT c FROM orders AS t(c)', {}],
  ['SELECT a AS x FROM orders UNION ALL SELECT city FROM shops', { x: 12 }],
  ['SELECT a FROM orders UNION ALL BY NAME SELECT a, city FROM shops', { a: 5, city: 12 }],
  ['SELECT a AS x FROM orders UNION SELECT free FROM orders', {}],
  ['SELECT b AS x FROM orders EXCEPT SELECT city FROM shops', { x: 8 }],
  ["WITH RECURSIVE r AS (SELECT a FROM orders UNION ALL SELECT a || 'x' FROM r) SELECT a FROM r", {}],
  ["SELECT v.s FROM orders, (VALUES ('long, longer')) v(s)", {}],
  ["SELECT string_agg(a) AS x, strftime(day, '%Y') AS y, (SELECT 'x') AS z FROM orders", {}],
])('%s: %j', async (sql, expected) => {
  expect(await lengthsOf(sql)).toEqual(expected);
});

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('ß', 'İ', 'ﬃ', 'ŉ', '  a ', '👨‍👩‍👧', 'é', ''),
);
const characters = (text: string, most: number) => [...text.replaceAll('\0', '')].slice(0, most).join('');
const literal = texts.map((text) => quoteText(characters(text, 6)));
const small = fc.integer({ min: -3, max: 9 });
const expression = fc.letrec<{ e: string }>((tie) => {
  const e = tie('e');
  return {
    e: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'e' },
      fc.constantFrom('a', 'b', 'NULL::VARCHAR', 'n::VARCHAR', 'p::VARCHAR', 'day::VARCHAR', 'ok::VARCHAR'),
      literal,
      fc
        .tuple(fc.constantFrom('upper', 'lower', 'trim', 'ltrim', 'rtrim', 'reverse', 'md5', 'max', 'any_value'), e)
        .map(([f, x]) => (f === 'max' || f === 'any_value' ? x : `${f}(${x})`)),
      fc
        .tuple(fc.constantFrom('coalesce', 'ifnull', 'nullif', 'greatest', 'least', 'concat'), e, e)
        .map(([f, x, y]) => `${f}(${x}, ${y})`),
      fc.tuple(e, e).map(([x, y]) => `(${x} || ${y})`),
      fc.tuple(literal, e, e, e).map(([s, x, y, z]) => `concat_ws(${s}, ${x}, ${y}, ${z})`),
      fc.tuple(fc.constantFrom('left', 'right'), e, small).map(([f, x, k]) => `${f}(${x}, ${k})`),
      fc.tuple(e, small, small).map(([x, i, k]) => `substr(${x}, ${i}, ${k})`),
      fc.tuple(e, small, small).map(([x, i, k]) => `(${x})[${i}:${k}]`),
      fc.tuple(e, literal, literal).map(([x, s, r]) => `replace(${x}, ${s}, ${r})`),
      fc.tuple(e, literal).map(([x, s]) => `split_part(${x}, ${s}, 1)`),
      fc.tuple(e, literal, literal).map(([x, s, r]) => `translate(${x}, ${s}, ${r})`),
      fc.tuple(e, fc.integer({ min: 0, max: 12 })).map(([x, k]) => `lpad(${x}, ${k}, '*')`),
      fc.tuple(e, e, e).map(([x, y, z]) => `CASE WHEN ${x} > ${y} THEN ${z} ELSE ${y} END`),
    ),
  };
}).e;

test('no value of an expression is longer than was foretold', async () => {
  const catalog = await openCatalog();
  let foretold = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        expression,
        texts,
        texts,
        fc.option(fc.integer({ min: -2147483648, max: 2147483647 })),
        async (sql, a, b, n) => {
          const row = `SELECT ${quoteText(characters(a, 3))} AS a, ${quoteText(characters(b, 8))} AS b, CAST(${n ?? 'NULL'} AS INTEGER) AS n, -1234.56::DECIMAL(6,2) AS p, DATE '290000-01-01 (BC)' AS day, false AS ok`;
          const columns = [...ORDERS, column('ok', { type: 'boolean' })];
          const { tree } = await readSql(`SELECT ${sql} AS x FROM orders`, catalog, new Set());
          const bound = textColumns(tree, new Map([['orders', columns]]), new Map()).lengths.get('x');
          if (bound === undefined) return;
          foretold += 1;
          const [result] = await catalog.query(`SELECT length((${sql})::VARCHAR) AS l FROM (${row}) AS orders`);
          expect(Number(result!.l ?? 0)).toBeLessThanOrEqual(bound);
        },
      ),
      { numRuns: 500 },
    );
  } finally {
    catalog.close();
  }
  expect(foretold).toBeGreaterThan(200);
});

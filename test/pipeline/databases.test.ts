import {
  bigint,
  cron,
  type DatabaseOptions,
  decimal,
  definePipeline,
  double,
  hours,
  json,
  key,
  lake,
  mysql,
  postgresTable,
  replace,
  sql,
  timestamp,
} from '../../lib/pipeline';
import { rowSourceConfig } from '../../lib/tasks/extract-rows';
import { mistakes } from './definitions';

const columns = { id: key.bigint(), total: decimal(12, 2), updated_at: timestamp() };
const RIGHT: DatabaseOptions = { secret: 'shop-db', table: 'sales', columns };

const pipeline = (source: object) => ({
  name: 'sales',
  trigger: cron('0 1 * * *'),
  sources: { sales: source },
  models: { rows: sql.text('SELECT id FROM sales') },
  sinks: [lake({ model: 'rows', table: 'rows', write: replace(), partitionBy: [] })],
});
const mistakesOf = (options: object, build: (options: DatabaseOptions) => object = mysql) =>
  mistakes(pipeline(build({ ...RIGHT, ...options } as DatabaseOptions)));

test('a table in a few lines becomes what the extract task takes', () => {
  const cursor = { column: 'updated_at', initialValue: '2026-01-01T00:00:00Z', lag: hours(1) };
  const source = mysql({ ...RIGHT, cursor, partitionBy: 'id', partitions: 8 });

  expect(definePipeline(pipeline(source) as never).sources.sales).toEqual({
    kind: 'mysql',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    columns,
    cursor,
    config: { kind: 'mysql', secret: 'shop-db', table: 'sales', partitionBy: 'id', partitions: 8 },
  });
  expect(() => rowSourceConfig.parse(source.config)).not.toThrow();
});

test('a query, a cursor by its name, and ranges as many as usual', () => {
  const source = postgresTable({
    secret: 'shop-db',
    query: 'SELECT * FROM sales WHERE NOT hidden;',
    columns: { id: bigint() },
    cursor: 'updated_at',
    partitionBy: 'id',
  });

  expect(mistakes(pipeline(source))).toEqual([]);
  expect(source).toMatchObject({
    kind: 'postgres',
    cursor: { column: 'updated_at' },
    config: { kind: 'postgres', query: 'SELECT * FROM sales WHERE NOT hidden;', partitions: 4 },
  });
});

test('each mistake is told with its remedy', () => {
  expect(mistakesOf({ table: undefined })).toMatchInlineSnapshot(`
[
  "sources.sales.table is missing: a table or a query must be here. Use e.g. table: 'sales'.",
]
`);
  expect(mistakesOf({ query: 'SELECT 1' })).toMatchInlineSnapshot(`
[
  "sources.sales.query is 'SELECT 1': it is a table or a query. Remove one.",
]
`);
  expect(mistakesOf({ table: 'a.b.c' })).toMatchInlineSnapshot(`
[
  "sources.sales.table is 'a.b.c': a table is named as 'sales' or 'shop.sales'. Correct it; for anything else use query.",
]
`);
  expect(mistakesOf({ table: undefined, query: 'DELETE FROM sales' })).toMatchInlineSnapshot(`
[
  "sources.sales.query is 'DELETE FROM sales': a query is one SELECT. Use e.g. query: 'SELECT id, total FROM sales'.",
]
`);
  expect(mistakesOf({ table: undefined, query: "SELECT ';' ; DROP TABLE sales" })).toMatchInlineSnapshot(`
[
  "sources.sales.query is 'SELECT ';' ; DROP TABLE sales': a query is one SELECT. Remove what follows the semicolon.",
]
`);
  expect(mistakesOf({ secret: 'correcthorsebatterystaple9911' })).toMatchInlineSnapshot(`
[
  "sources.sales.secret: it is the name of a secret, in kebab-case, never the secret itself. Keep the secret in Secrets Manager as stepwell/crm-api, and write 'crm-api' here.",
]
`);
  expect(mistakesOf({ secret: undefined })).toMatchInlineSnapshot(`
[
  "sources.sales.secret is missing: a source names its secret; the login itself is the JSON in Secrets Manager. Use e.g. secret: 'shop-db', and put host, port, username, password and dbname into stepwell/shop-db.",
]
`);
  expect(mistakesOf({ partitions: 3 })).toMatchInlineSnapshot(`
[
  "sources.sales.partitions is 3: there is nothing to cut into ranges by. Name a column, e.g. partitionBy: 'id'.",
]
`);
  expect(mistakesOf({ partitionBy: 'id', partitions: 0 })).toMatchInlineSnapshot(`
[
  "sources.sales.partitions is 0: partitions are 1 to 1000. Use e.g. 8.",
]
`);
  expect(mistakesOf({ partitonBy: 'id' })).toMatchInlineSnapshot(`
[
  "sources.sales.partitonBy is 'id': there is no such option. Did you mean 'partitionBy'?",
]
`);
  expect(mistakesOf({ tabel: 'id' }, postgresTable)).toMatchInlineSnapshot(`
[
  "sources.sales.tabel is 'id': there is no such option. Known: secret, table, query, columns, cursor, partitionBy, partitions, tolerate, onDrift, onBadRow, memoryMb, network.",
]
`);
  expect(mistakesOf({ network: { subnetIds: ['vpc-1'], securityGroupIds: ['sg-1'] } })).toMatchInlineSnapshot(`
[
  "sources.sales.network.subnetIds[0] is 'vpc-1': a subnet is written as subnet-0a1b2c3d. Correct it.",
]
`);
  expect(
    mistakesOf({ network: { subnets: ['subnet-1'], subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] } }),
  ).toMatchInlineSnapshot(`
[
  "sources.sales.network.subnets is ["subnet-1"]: there is no such option. Use subnetIds.",
]
`);
});

test('a query may have semicolons in its texts and comments', () => {
  expect(
    mistakesOf({ table: undefined, query: "-- all; of it\nWITH s AS (SELECT 'a;b' AS x FROM t) SELECT * FROM s;" }),
  ).toEqual([]);
});

test('one function reads all sources of a kind, so they are in one network', () => {
  const network = { subnetIds: ['subnet-0a'], securityGroupIds: ['sg-0a'] };
  const definition = {
    ...pipeline(mysql({ ...RIGHT, network })),
    sources: { sales: mysql({ ...RIGHT, network }), customers: mysql(RIGHT), stock: postgresTable(RIGHT) },
  };

  expect(mistakes(definition)).toMatchInlineSnapshot(`
[
  "sources.customers.network: one function reads it and sales, which names another network. Name one network from which both can be reached.",
]
`);
});

test('what the editor shows red, definePipeline refuses too', () => {
  // @ts-expect-error a table or a query
  const both = mysql({ ...RIGHT, query: 'SELECT 1' });
  // @ts-expect-error a secret
  const noSecret = mysql({ table: 'sales', columns });
  // @ts-expect-error no such option
  const misspelt = mysql({ ...RIGHT, partitionby: 'id' });

  for (const source of [both, noSecret, misspelt]) expect(mistakes(pipeline(source))).not.toEqual([]);
});

test('ranges and runs are cut exactly: by no fractions, documents or truth values', () => {
  const columns = {
    id: key.bigint(),
    total: decimal(12, 2),
    serial: decimal(20, 0),
    score: double(),
    doc: json(),
    changed: bigint().from('Changed'),
    updated_at: timestamp(),
  };
  const found = (options: object) => mistakesOf({ columns, ...options });

  expect(found({ partitionBy: 'total' })).toEqual([
    "sources.sales.partitionBy is 'total': the contract has decimal(12, 2) there, and ranges are cut exactly: by whole numbers, dates or times. Name another column, best the primary key, e.g. partitionBy: 'id', or leave partitionBy out.",
  ]);
  expect(found({ partitionBy: 'score' })).toHaveLength(1);
  expect(found({ partitionBy: 'doc' })).toHaveLength(1);
  expect(found({ cursor: 'doc' })).toEqual([
    expect.stringMatching(
      /^sources\.sales\.cursor is .*'?doc'?.*: the contract has json\(\) there, and a run reads the rows of its interval: by a date or a timestamp\. Name a column of times, e\.g\. cursor: 'updated_at'/,
    ),
  ]);
  expect(found({ cursor: 'Changed' })).toHaveLength(1);
  // An unsigned number of 64 bits, and names that the contract does not know: the database tells.
  expect(found({ partitionBy: 'serial', cursor: 'updated_at' })).toEqual([]);
  expect(found({ partitionBy: 'row_id', cursor: 'seen_at' })).toEqual([]);
});

test('a part of the ranges may fail, where there are ranges', () => {
  expect(mistakesOf({ tolerate: 0.1, partitionBy: 'id', partitions: 20 })).toEqual([]);
  expect(mistakesOf({ tolerate: 0.1 })).toEqual([
    "sources.sales.tolerate is 0.1: it is read as a whole, so that there is no part which may fail alone. Add e.g. partitionBy: 'id', partitions: 8, or leave tolerate out.",
  ]);
  expect(mistakesOf({ tolerat: 0.1 })).toEqual([expect.stringContaining("Did you mean 'tolerate'?")]);
});

/** What is deployed, read off the committed state machines and those of small pipelines. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileTogether } from '../../lib/compiler';
import { planFrom } from '../../lib/operate/deployed-plan';
import { around, chainOf, lineageGraph } from '../../lib/operate/lineage-graph';
import { tablesIn } from '../../lib/operate/tables';
import {
  after,
  append,
  cron,
  definePipeline,
  httpApi,
  key,
  lake,
  merge,
  postgres,
  published,
  sql,
  text,
} from '../../lib/pipeline';

const committed = (pipeline: string, stream?: string) =>
  planFrom(
    pipeline,
    JSON.parse(
      readFileSync(path.join(__dirname, '../../state-machines', pipeline, 'state-machine.asl.json'), 'utf8'),
    ) as object,
    stream,
  );

test('files, models and tables of a pipeline that files start', () => {
  const plan = committed('orders');

  expect(plan.patterns).toEqual(['orders/*.csv', 'orders/*.csv.gz', 'orders/*.ndjson']);
  expect(plan.sources).toMatchObject([{ name: 'order_export', kind: 'landedFiles', reads: plan.patterns }]);
  expect(plan.models.map(({ name, inputs }) => [name, ...inputs])).toEqual([
    ['order_lines', 'order_export'],
    ['orders', 'order_export'],
  ]);
  expect(tablesIn([plan]).map(({ id }) => id)).toEqual([
    'redshift:shop.order_lines',
    'redshift:shop.orders',
    'aurora:shop.orders',
    'lake:orders.order_lines',
  ]);
});

test('a stream that records are put on is no table; what reads it comes after what puts them', () => {
  const feed = committed('users-feed');
  const users = committed('users', 'users');
  const { sinks } = feed;

  expect(sinks.map(({ id }) => id)).toEqual(['postgres:raw.random_users']);
  expect(users.sources).toMatchObject([{ name: 'records', kind: 'streamRecords', reads: ['users'] }]);
  const { edges } = around(lineageGraph([feed, users]), 'table:dynamodb:users');
  expect(edges).toEqual(
    expect.arrayContaining([
      { from: 'source:users-feed/answers', to: 'model:users-feed/raw_users' },
      { from: 'model:users-feed/raw_users', to: 'source:users/records' },
      { from: 'source:users/records', to: 'model:users/users' },
    ]),
  );
});

test('sources of each kind say where they read; a model in Redshift reads a table', () => {
  const plan = committed('ecommerce');

  expect(Object.fromEntries(plan.sources.map(({ name, kind, reads }) => [name, [kind, ...reads]]))).toEqual({
    sales: ['mysql', 'sales in MySQL of the secret shop-db'],
    customers: ['mysql', 'customers in MySQL of the secret shop-db'],
    interactions: ['httpApi', 'https://crm.example.com/v1/interactions'],
    products: ['dynamoDb', 'DynamoDB table products'],
    clicks: ['landedFiles', 'clickstream/{yyyy}/{MM}/{dd}/*.ndjson.gz'],
  });
  expect(plan.schedule).toEqual({ cron: '0 1 * * *', timezone: 'UTC' });
  expect(plan.models.find(({ name }) => name === 'daily_sales')).toMatchObject({
    kind: 'redshift',
    inputs: ['redshift:commerce.fact_sales'],
  });
  expect(chainOf(plan, 'fact_sales').map(({ name }) => name)).toEqual(['dim_customer', 'dim_product', 'fact_sales']);
});

const first = definePipeline({
  name: 'first',
  trigger: cron('0 1 * * *'),
  sources: { api: httpApi({ url: 'https://api.example.com/rows', columns: { id: key.bigint(), name: text(20) } }) },
  models: {
    rows: sql.text('SELECT id, name FROM api'),
    named: sql.text('SELECT id, name FROM rows WHERE name IS NOT NULL'),
  },
  sinks: [
    lake({ model: 'named', table: 'named', write: append(), partitionBy: [] }),
    postgres({ model: 'rows', table: 'a.rows', write: merge('id') }),
  ],
});
const second = definePipeline({
  name: 'second',
  trigger: after('first'),
  sources: { given: published('first', 'named') },
  models: { counted: sql.text('SELECT count(*) AS rows FROM given') },
  sinks: [postgres({ model: 'counted', table: 'b.counted', write: append() })],
});

test('lineage goes on from pipeline to pipeline, and leaves out what has no part in a table', async () => {
  const compiled = await compileTogether([first, second].map((pipeline) => ({ pipeline, folder: __dirname })));
  const graph = lineageGraph(compiled.map(({ name, definition }) => planFrom(name, definition)));

  const found = around(graph, 'table:aurora:b.counted');

  expect(found.nodes.map(({ id }) => id)).toEqual([
    'source:first/api',
    'model:first/rows',
    'model:first/named',
    'table:lake:first.named',
    'source:second/given',
    'model:second/counted',
    'table:aurora:b.counted',
  ]);
  expect(found.edges).toHaveLength(6);
  expect(around(graph, 'source:first/api').nodes).toHaveLength(graph.nodes.length);
});

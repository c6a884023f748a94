import { linesOf, shownTable, tablesMeant } from '../../lib/cli/lineage';
import { compileTogether } from '../../lib/compiler';
import {
  after,
  csv,
  definePipeline,
  key,
  landedFiles,
  merge,
  mysql,
  postgres,
  published,
  redshift,
  replace,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';
import type { LineagePlan } from '../../lib/tasks/lineage';

const shop = definePipeline({
  name: 'shop',
  trigger: s3Arrival('shop/*.csv'),
  sources: {
    orders: landedFiles({
      glob: 'shop/*.csv',
      format: csv(),
      columns: { id: key.bigint(), email: text(90).pii('mask') },
    }),
  },
  models: {
    clean: sql.text('SELECT id, lower(email) AS email FROM orders'),
    counts: sql.text('SELECT email, count(DISTINCT id) AS n FROM clean GROUP BY email'),
    all_time: sql.text('SELECT max(n) AS most FROM counts', { engine: 'redshift' }),
  },
  sinks: [
    redshift({ model: 'counts', table: 'shop.counts', write: replace() }),
    redshift({ model: 'all_time', table: 'shop.all_time', write: replace() }),
    postgres({ model: 'clean', table: 'shop.counts', write: merge('id') }),
  ],
});
const report = definePipeline({
  name: 'report',
  trigger: after('shop'),
  sources: {
    counted: published('shop', 'counts'),
    people: mysql({ secret: 'people-db', table: 'people', columns: { email: key.text(90) } }),
  },
  models: { report: sql.text('SELECT counted.n FROM counted JOIN people USING (email), unnest([1]) AS t(x)') },
  sinks: [postgres({ model: 'report', table: 'report.report', write: replace() })],
});

let plans: readonly LineagePlan[];
beforeAll(async () => {
  const compiled = await compileTogether([shop, report].map((pipeline) => ({ pipeline, folder: __dirname })));
  plans = compiled.map(({ lineage }) => lineage);
});

const shown = (name: string) => tablesMeant(name, plans).map(({ plan, table }) => shownTable(plan, table, plans));

test('a table is named with its database or without, and a pipeline means all of its tables', () => {
  expect(shown('shop.counts').map(({ table }) => table)).toEqual(['redshift:shop.counts', 'postgres:shop.counts']);
  expect(shown('postgres:shop.counts').map(({ models }) => models)).toEqual([['clean']]);
  expect(shown('shop').map(({ table }) => table)).toEqual([
    'redshift:shop.counts',
    'redshift:shop.all_time',
    'postgres:shop.counts',
  ]);
  expect(() => shown('shop.count')).toThrow(
    "There is no pipeline and no table 'shop.count'. Did you mean 'shop.counts'?",
  );
});

test('what reads it is told: models in Redshift, and pipelines after it', () => {
  expect(shown('redshift:shop.counts')).toMatchObject([
    {
      pipeline: 'shop',
      models: ['clean', 'counts'],
      sources: [{ name: 'orders', reads: ['files in the landing bucket under shop/'] }],
      readBy: [
        { pipeline: 'shop', table: 'redshift:shop.all_time' },
        { pipeline: 'report', table: 'postgres:report.report' },
      ],
    },
  ]);
  expect(shown('shop.all_time')).toMatchObject([
    { tables: ['redshift:shop.counts'], sources: [], models: ['all_time'] },
  ]);
});

test('lines for a person: columns of a table that was named, and the runs that have published it', () => {
  const [counts] = shown('redshift:shop.counts');
  const runs = [{ runId: '3f0c9a1e-1', endedAt: '2026-01-05T08:00:00.000Z', rows: 3376, files: ['shop/a.csv'] }];

  expect(linesOf({ ...counts!, runs }, true)).toEqual([
    'redshift:shop.counts  of pipeline shop',
    '  source   orders: files in the landing bucket under shop/',
    '  models   clean → counts',
    '  read by  redshift:shop.all_time of shop',
    '  read by  postgres:report.report of report',
    '',
    '  Column  Made of',
    '  email   orders.email (calculated) (hidden)',
    '  n       orders.id (of many rows)',
    '',
    '  Run       Published             Rows  File or interval',
    expect.stringMatching(/^ {2}3f0c9a1e {2}2026-01-05 \d\d:\d\d:\d\d {2}3,376 {2}shop\/a\.csv$/),
  ]);
  const [made] = shown('report.report');
  expect(linesOf({ ...made!, runs: [] }, true)).toEqual([
    'postgres:report.report  of pipeline report',
    '  source   counted: redshift:shop.counts',
    '  source   people: people in MySQL of the secret people-db',
    '  models   report',
    '',
    '  Which columns it is made of the SQL does not tell.',
    '',
    '  No run of late has published it.',
  ]);
  expect(linesOf(made!, false)).toHaveLength(4);
});

import * as pipeline from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

const { csv, key, landedFiles, mysql, ndjson, redshift, replace, text } = pipeline;
const files = (onDrift: unknown, format: unknown = csv(), columns: object = { id: key.bigint(), note: text(20) }) =>
  landedFiles({ glob: 'orders/*', format, columns, onDrift } as never);
const withSource = (source: unknown, more: object = {}) =>
  mistakes({ ...shop(), sources: { orders: source }, ...more });

test.each([
  ['fail'],
  ['evolve'],
  ['ignore'],
  ['quarantine'],
  [{ newColumns: 'evolve' }],
  [{ newColumns: 'quarantine', missingColumns: 'ignore', changedTypes: 'quarantine' }],
])('onDrift: %j is right', (onDrift) => {
  expect(withSource(files(onDrift))).toEqual([]);
});

test.each<[string, unknown, string]>([
  [
    'missing columns that evolve',
    { missingColumns: 'evolve' },
    "sources.orders.onDrift.missingColumns is 'evolve': a missing column has nothing that could be added to the targets. Use 'fail', 'ignore' (it is NULL then) or 'quarantine'.",
  ],
  [
    'types that evolve',
    { changedTypes: 'evolve' },
    "sources.orders.onDrift.changedTypes is 'evolve': models and targets are typed by the contract, so a type changes there. Change the column's type in columns and deploy; until then use 'fail', 'ignore' (it is NULL then) or 'quarantine'.",
  ],
  [
    'a kind that there is not',
    { newColumn: 'fail' },
    "sources.orders.onDrift.newColumn is 'fail': there is no such kind of drift. Known: newColumns, missingColumns, changedTypes.",
  ],
  [
    'an action that there is not',
    { newColumns: 'drop' },
    "sources.orders.onDrift.newColumns is 'drop': it is 'fail', 'evolve', 'ignore' or 'quarantine'. Use one of them.",
  ],
  [
    'nothing',
    {},
    "sources.orders.onDrift is {}: it names no kind of drift. Name one, e.g. { newColumns: 'ignore' }; others fail.",
  ],
])('%s is a mistake', (_, onDrift, expected) => {
  expect(withSource(files(onDrift))).toEqual([expected]);
});

test('missing columns cannot be ignored where each may not be NULL', () => {
  expect(
    withSource(files({ missingColumns: 'ignore' }, csv(), { id: key.bigint(), note: text(20).notNull() })),
  ).toEqual([
    'sources.orders.onDrift is {"missingColumns":"ignore"}: no column of the contract may be NULL, so there is none that a run could go on without. Use \'fail\', or leave notNull() and key out where a column may be missing.',
  ]);
});

test('a table has no rows of its own columns to put aside', () => {
  const table = mysql({
    secret: 'db',
    table: 'orders',
    columns: { id: key.bigint(), note: text(20) },
    onDrift: 'quarantine',
  } as never);

  expect(withSource(table, { trigger: pipeline.cron('0 * * * *') })).toEqual([
    "sources.orders.onDrift is 'quarantine': a table has the same columns in all rows, so there are no rows that 'quarantine' could put aside. Use 'fail' or 'ignore', or 'evolve' for new columns; changedTypes may be 'quarantine'.",
  ]);
});

test('a whole file put aside must not empty a table that is replaced', () => {
  const sinks = [redshift({ model: 'lines', table: 'shop.lines', write: replace() })];

  expect(withSource(files({ newColumns: 'quarantine' }), { sinks })).toEqual([
    'sources.orders.onDrift is {"newColumns":"quarantine"}: a file of other columns goes to quarantine as a whole, and then replace() would empty \'shop.lines\'. Use \'fail\' for newColumns and missingColumns, or merge() or append() in the sink.',
  ]);
  expect(withSource(files({ newColumns: 'quarantine' }, ndjson()), { sinks })).toEqual([]);
});

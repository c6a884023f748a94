import { namedInRedshift, piecesOf } from '../../lib/compiler/redshift-models';
import {
  bigint,
  dynamoTable,
  foreignKey,
  merge,
  postgres,
  redshift,
  replace,
  rowCount,
  scd2,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import { compileModels, mistakes } from './compile';

const inRedshift = (text: string, columns?: object) =>
  sql.text(text, { engine: 'redshift', ...(columns ? { columns: columns as never } : {}) });
const LINES = 'SELECT id, note, price, placed FROM orders';
const lines = redshift({ model: 'lines', table: 'shop.lines', write: merge('id') });
const totals = redshift({ model: 'totals', table: 'shop.totals', write: replace() });

/** A model `lines` in Redshift, and `totals` over it. */
const compile = (model: unknown, rest: object = {}, more: object = {}) =>
  compileModels(
    { lines: LINES },
    { models: { lines: sql.text(LINES), totals: model, ...more }, sinks: [lines, totals], ...rest },
  );

test('it is loaded by nobody, and published after the tables that it names, level by level', async () => {
  const most = redshift({ model: 'most', table: 'shop.most', write: replace() });
  const { definition } = await compile(
    inRedshift('WITH sums AS (SELECT note, SUM(price) AS total FROM lines GROUP BY 1) SELECT * FROM sums -- all'),
    { sinks: [lines, totals, most] },
    {
      most: inRedshift('SELECT MAX(total) AS most, GETDATE() AS asked FROM totals', {
        most: bigint(),
        asked: timestamp(),
      }),
    },
  );

  expect(Object.keys(definition.States)).toEqual(
    expect.arrayContaining(['Load', 'Check', 'Publish', 'Publish models 1', 'Publish models 2', 'Record']),
  );
  const branches = (state: string) =>
    (definition.States[state] as unknown as { Branches: { StartAt: string; States: object }[] }).Branches;
  expect(branches('Load').map(({ StartAt }) => StartAt)).toEqual(['Load redshift:shop.lines']);
  expect(branches('Publish').map(({ StartAt }) => StartAt)).toEqual(['Publish redshift:shop.lines']);
  expect(branches('Publish models 2').map(({ StartAt }) => StartAt)).toEqual(['Publish redshift:shop.most']);
  const [state] = Object.values(branches('Publish models 1')[0]!.States);
  expect(state).toMatchObject({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      Payload: {
        model: {
          name: 'totals',
          sql: ['WITH sums AS (SELECT note, SUM(price) AS total FROM lines GROUP BY 1) SELECT * FROM sums'],
          inputs: [{ name: 'lines', schema: 'shop', table: 'lines', columns: ['id', 'note', 'price', 'placed'] }],
        },
        sink: {
          columns: [
            { name: 'note', type: { type: 'text', length: 20 }, nullable: true },
            { name: 'total', type: { type: 'decimal', precision: 38, scale: 2 }, nullable: true },
          ],
          evolve: false,
        },
      },
    },
    Output: '{% $states.result %}',
  });
});

test('it may name what history adds', async () => {
  const history = redshift({ model: 'lines', table: 'shop.lines', write: scd2('id') });
  const current = inRedshift('SELECT id, valid_from FROM lines WHERE is_current');
  expect(await mistakes(compile(current, { sinks: [history, totals] }))).toEqual([]);
});

describe('what is wrong is said, with what to do', () => {
  const ofMore = ['more', 'other'].map((model) => redshift({ model, table: `shop.${model}`, write: replace() }));
  const SUMS = 'SELECT note, COUNT(*) AS n FROM lines GROUP BY 1';
  test.each<[string, () => Promise<unknown>, string[]]>([
    [
      'a source',
      () => compile(inRedshift('SELECT id FROM orders')),
      [
        "models.totals: it runs in Redshift, where the source 'orders' is not. Name a model of it that has a redshift sink, e.g. orders_rows: sql.text('SELECT * FROM orders').",
      ],
    ],
    [
      'a model without a table there',
      () =>
        compile(inRedshift(SUMS), {
          sinks: [postgres({ model: 'lines', table: 'shop.lines', write: replace() }), totals],
        }),
      [
        "models.totals: it runs in Redshift, where 'lines' has no table. Add redshift({ model: 'lines', … }), or take the engine from this model.",
      ],
    ],
    [
      'a table that is not there, or none at all',
      () =>
        compile(
          inRedshift('SELECT id FROM line'),
          { sinks: [lines, totals, ...ofMore] },
          { more: inRedshift('SELECT 1 AS n'), other: inRedshift('SELECT * FROM warehouse') },
        ),
      [
        "models.totals is 'line': it runs in Redshift, where no model has a table of that name. Did you mean 'lines'? It may name lines, more, other.",
        'models.more: it runs in Redshift, and its SQL names no model with a table there. It may name lines, totals, other.',
        "models.other is 'warehouse': it runs in Redshift, where no model has a table of that name. It may name lines, totals, more.",
      ],
    ],
    [
      'a model with two',
      () =>
        compile(inRedshift(SUMS), {
          sinks: [lines, redshift({ model: 'lines', table: 'shop.more', write: replace() }), totals],
        }),
      [
        "models.totals: 'lines' has 2 tables in Redshift, and its SQL names only one. Give each table a model of its own.",
      ],
    ],
    [
      'no sink, or one elsewhere',
      () =>
        compile(inRedshift(SUMS), {
          sinks: [lines, dynamoTable({ model: 'totals', table: 'totals', write: merge('note') })],
        }),
      [
        "sinks[1].model is 'totals': that model runs in Redshift, and its rows do not come to dynamoTable. Write it into redshift(), or take the engine from the model.",
      ],
    ],
    [
      'a model elsewhere that reads it',
      () =>
        compile(
          inRedshift(SUMS),
          { sinks: [lines, totals, redshift({ model: 'more', table: 'shop.more', write: replace() })] },
          { more: sql.text('SELECT * FROM totals') },
        ),
      [
        "models.more: it reads 'totals', which runs in Redshift after this run's rows are published. Let it run there as well, by engine: 'redshift', or take the engine from 'totals'.",
      ],
    ],
    [
      'a check',
      () => compile(inRedshift(SUMS), { checks: [rowCount('totals', { min: 1 })] }),
      [
        "checks[0] (rowCount) is 'totals': checks look at rows before they are published, and this model runs in Redshift after that. Check the models that it reads.",
      ],
    ],
    [
      'a check that refers to it',
      () => compile(inRedshift(SUMS), { checks: [foreignKey('lines', 'note', { model: 'totals', columns: 'note' })] }),
      [
        "checks[0] (foreignKey) is 'totals': checks look at rows before they are published, and this model runs in Redshift after that. Check the models that it reads.",
      ],
    ],
    [
      'a history without times',
      () => compile(inRedshift(SUMS), { sinks: [lines, { ...totals, write: scd2('note') }] }),
      [
        "sinks[1].write: a model that runs in Redshift says what is so now, not since when. Name a time: scd2(key, { newestBy: 'updated_at' }).",
      ],
    ],
    [
      'functions that DuckDB does not know, without columns',
      () => compile(inRedshift('SELECT GETDATE() AS asked FROM lines')),
      [
        expect.stringContaining(
          "declare what comes of it: sql('…', { engine: 'redshift', columns: { … } }).",
        ) as unknown as string,
      ],
    ],
    [
      'a column that does not come of it',
      () => compile(inRedshift(SUMS, { nots: text(20), n: bigint() })),
      ["models.totals, column nots: it is declared, and does not come of the SQL. Did you mean 'note'?"],
    ],
  ])('%s', async (_name, compiling, expected) => {
    expect(await mistakes(compiling())).toEqual(expected);
  });
});

test('tables of SQL that only Redshift reads stand behind FROM and JOIN', () => {
  const read = `
    WITH recent AS (SELECT TOP 10 * FROM "lines" l JOIN Customers c ON l.id = c.id /* FROM nothing */)
    SELECT LISTAGG(note, ',') WITHIN GROUP (ORDER BY note) AS notes, 'FROM orders' AS t FROM recent -- JOIN orders`;
  expect(namedInRedshift(read, ['lines', 'customers', 'orders'])).toEqual(['lines', 'customers']);
  expect(() => namedInRedshift('SELECT TOP 1 * FROM shop.lines', ['lines'])).toThrow("'shop.lines' has a schema");
  expect(() => namedInRedshift('SELECT TOP 1 * FROM lines; DROP TABLE lines', ['lines'])).toThrow('one SELECT');
  expect(() => namedInRedshift('DELETE FROM lines', ['lines'])).toThrow('one SELECT');
});

test('edges of the interval are pieces of their own, but for what stands in texts and comments', () => {
  expect(piecesOf("SELECT '{{interval.start}}', {{interval.start}} -- {{interval.end}}\n, {{ interval.end }}")).toEqual(
    ["SELECT '{{interval.start}}', ", 'start', ' -- {{interval.end}}\n, ', 'end', ''],
  );
});

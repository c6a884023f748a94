import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as p from '../../lib/pipeline';
import { append, lake, merge, postgres, redshift, replace, scd2, sqlCheck } from '../../lib/pipeline';
import { compileModels, mistakes, sinksOf, written } from './compile';

const isFused = ({ functions }: { functions: readonly { task: string }[] }) =>
  !functions.some(({ task }) => task === 'transform');

describe('a row-wise model runs inside the read of the file', () => {
  test.each([
    'SELECT id, upper(note) AS n FROM orders WHERE id > 1',
    'SELECT * FROM orders',
    'SELECT * EXCLUDE (doc) REPLACE (upper(note) AS note) FROM Orders AS o WHERE o.ok',
    'SELECT _row AS line, _file AS file FROM "orders"',
    "SELECT CASE WHEN ok THEN 'y' ELSE 'n' END AS c, list_transform([1, 2], x -> x + id)[1] AS l FROM orders",
    'SELECT id FROM orders -- the end\n; /* the very end */',
  ])('%s', async (sql) => {
    expect(isFused(await compileModels({ m: sql }))).toBe(true);
  });

  test('by way of another such model as well', async () => {
    expect(
      isFused(await compileModels({ a: 'SELECT id, note FROM orders', b: 'SELECT upper(note) AS n FROM a' })),
    ).toBe(true);
  });
});

describe('any other model runs on whole inputs', () => {
  test.each([
    'SELECT row_number() OVER () AS n, id FROM orders',
    'SELECT id FROM orders QUALIFY row_number() OVER (PARTITION BY id) = 1',
    'SELECT count(*) AS n FROM orders',
    'SELECT id, sum(price) AS s FROM orders GROUP BY id',
    'SELECT id FROM orders GROUP BY ALL',
    'SELECT sum(id) AS s FROM orders HAVING sum(id) > 1',
    'SELECT geomean(id) AS g FROM orders',
    'SELECT DISTINCT id FROM orders',
    'SELECT DISTINCT ON (id) id, note FROM orders',
    'SELECT id FROM orders LIMIT 1',
    'SELECT id FROM orders OFFSET 1',
    'SELECT id FROM orders ORDER BY id',
    'SELECT id FROM orders USING SAMPLE 10%',
    'SELECT id FROM orders TABLESAMPLE 10%',
    'SELECT id, unnest([1, 2]) AS u FROM orders',
    'SELECT id, u FROM orders, unnest([1, 2]) AS t(u)',
    'SELECT id, random() AS r FROM orders',
    'SELECT id, uuid()::VARCHAR AS u FROM orders',
    'SELECT id, (SELECT 1) AS one FROM orders',
    'SELECT id FROM orders WHERE id IN (SELECT max(id) FROM orders)',
    'SELECT id FROM orders WHERE EXISTS (SELECT 1)',
    'SELECT a.id FROM orders a JOIN orders b USING (id)',
    'SELECT id FROM orders UNION ALL SELECT id FROM orders',
    'WITH w AS (SELECT id FROM orders) SELECT id FROM w',
    'SELECT id FROM (SELECT id FROM orders)',
  ])('%s', async (sql) => {
    expect(isFused(await compileModels({ m: sql }))).toBe(false);
  });
});

test('names of WITH queries are not inputs, though one may be called as its source is', async () => {
  const { definition } = await compileModels({
    m: 'WITH orders AS (SELECT * FROM orders), w AS (SELECT id FROM orders) SELECT o.id FROM orders o JOIN w USING (id)',
    n: "WITH RECURSIVE days AS (SELECT DATE '2026-01-01' AS d UNION ALL SELECT d + 1 FROM days WHERE d < DATE '2026-02-01') SELECT d::DATE AS d FROM days JOIN \"ORDERS\" ON day = d",
  });

  const { Items } = definition.States.Transform as unknown as { Items: { name: string; inputs: { name: string }[] }[] };
  expect(Items.map(({ name, inputs }) => [name, inputs.map((input) => input.name)])).toEqual([
    ['m', ['orders']],
    ['n', ['orders']],
  ]);
});

test('models over other models run level by level, in the order of their needs, however they are written down', async () => {
  const { definition } = await compileModels({
    c: 'SELECT max(n) AS n FROM b',
    b: 'SELECT count(*) AS n FROM a GROUP BY id',
    a: 'SELECT id FROM orders',
    d: 'SELECT min(id) AS n FROM a',
  });

  const level = (state: string) =>
    (definition.States[state] as unknown as { Items: { name: string }[] }).Items.map(({ name }) => name);
  expect([level('Transform 1'), level('Transform 2')]).toEqual([['b', 'd'], ['c']]);
});

test.each([
  [
    'SELECT * FROM orders',
    'id bigint, note text(20), day date, price decimal(12,2), qty integer, placed timestamp, doc json, ok boolean',
  ],
  [
    'SELECT sum(qty) AS q, sum(price) AS p, avg(price) AS a, count(*) AS c, min(placed) AS t, price * qty AS e, price / 2 AS d FROM orders GROUP BY ALL',
    'q bigint, p decimal(38,2), a double, c bigint, t timestamp, e decimal(18,2), d double',
  ],
  [
    "SELECT now() AS n, uuid() AS u, 1::UTINYINT AS i, 1.5 AS d, placed::TIMESTAMPTZ AS z, '{}'::JSON AS j FROM orders",
    'n timestamp, u text(36), i integer, d decimal(2,1), z timestamp, j json',
  ],
])('%s has the columns %s', async (sql, expected) => {
  const [sink] = sinksOf(await compileModels({ m: sql }));

  expect(written(sink!.columns)).toBe(expected);
});

const CALL = "Correct the SQL (DuckDB's dialect).";
const READ = 'Declare a source and name it in FROM: what a run reads must be claimed, and pinned to a version.';
test.each([
  [
    'SELECT id\nFROM orders\nWHER id > 1',
    [
      'models.m: syntax error at or near "id". A model is one SELECT in DuckDB\'s dialect.\n      line 3: WHER id > 1\n                   ^',
    ],
  ],
  [
    "SELECT 'ü' AS u,\n  ids FROM orders",
    [
      `models.m: Referenced column "ids" not found in FROM clause. ${CALL} Candidate bindings: "id".\n      line 2:   ids FROM orders\n                ^`,
    ],
  ],
  [
    'SELECT nosuch(id) AS x FROM orders',
    [
      `models.m: Scalar Function with name nosuch does not exist. ${CALL} Did you mean "cosh"?\n      line 1: SELECT nosuch(id) AS x FROM orders\n                     ^`,
    ],
  ],
  ['SELECT id FROM order_s', ["models.m: 'order_s' is no source and no model. Did you mean 'orders'?"]],
  ['SELECT id FROM m', ['models.m: the model reads itself. Name a source or another model in FROM.']],
  ['SELECT 1 AS x', ['models.m: the SQL reads no source and no model. Name one in FROM, e.g. FROM orders.']],
  ['-- nothing', ['models.m: there is no SQL. Write one SELECT.']],
  ['SELECT 1; SELECT 2', ['models.m: it holds 2 statements; a model is one SELECT. Make a model of each.']],
  [
    "SELECT id FROM orders; COPY orders TO 'x'",
    ['models.m: it holds several statements; a model is one SELECT. Remove the others.'],
  ],
  [
    'CREATE TABLE x AS SELECT 1',
    ['models.m: a model is one SELECT, this is CREATE. Select the rows; sinks say where they go.'],
  ],
  [
    '-- clean up\nDELETE FROM orders',
    ['models.m: a model is one SELECT, this is DELETE. Select the rows; sinks say where they go.'],
  ],
  ["ATTACH 'x.db'", ['models.m: a model is one SELECT, this is ATTACH. Select the rows; sinks say where they go.']],
  [
    'PIVOT orders ON ok USING sum(id)',
    ['models.m: PIVOT and UNPIVOT cannot be read. Write it with GROUP BY and CASE, or UNION ALL.'],
  ],
  ["SELECT * FROM read_csv('x.csv')", [`models.m: read_csv() reads from outside the pipeline. ${READ}`]],
  [
    "SELECT id FROM orders JOIN READ_PARQUET('s3://b/x') USING (id)",
    [`models.m: read_parquet() reads from outside the pipeline. ${READ}`],
  ],
  [
    "SELECT id, (SELECT content FROM read_text('/etc/passwd')) AS c FROM orders",
    [`models.m: read_text() reads from outside the pipeline. ${READ}`],
  ],
  ["SELECT * FROM query('SELECT 1')", [`models.m: query() reads from outside the pipeline. ${READ}`]],
  ['SELECT * FROM duckdb_settings()', [`models.m: duckdb_settings() reads from outside the pipeline. ${READ}`]],
  ["SELECT * FROM 'x.parquet'", [`models.m: 'x.parquet' is a file. ${READ}`]],
  [
    'SELECT * FROM main.orders',
    ["models.m: 'main.orders' has a schema. Name sources and models as they stand in pipeline.ts."],
  ],
  ['SELECT ? AS x FROM orders', ['models.m: it has a parameter. Write the value itself.']],
  [
    'SELECT [id] AS l FROM orders',
    ['models.m, column l is BIGINT[]: no target table can hold that type. Convert it, e.g. with to_json(…) or CAST.'],
  ],
  ['SELECT id, id FROM orders', ['models.m, column id: two columns have that name. Rename one with AS.']],
  [
    'SELECT id + 1 FROM orders',
    [
      'models.m, column (id + 1): a column has lower-case letters, digits and _, and begins with a letter. Give it a name with AS.',
    ],
  ],
  [
    'SELECT id AS "Id" FROM orders',
    [
      'models.m, column Id: a column has lower-case letters, digits and _, and begins with a letter. Give it a name with AS.',
    ],
  ],
  [
    'SELECT id AS ctid FROM orders',
    [
      "sinks[0].model is 'm': its column ctid has the name of a system column of PostgreSQL and Redshift. Give it another name with AS.",
    ],
  ],
])('%s is refused', async (sql, expected) => {
  expect(await mistakes(compileModels({ m: sql }))).toEqual(expected);
});

test('a rowid is none of a source', async () => {
  const [mistake] = await mistakes(compileModels({ m: 'SELECT rowid AS r FROM orders' }));

  expect(mistake).toMatch('Referenced column "rowid" not found');
});

test('models that need each other are told with their circle', async () => {
  const cycle = { a: 'SELECT * FROM b', b: 'SELECT * FROM c JOIN orders USING (id)', c: 'SELECT * FROM a' };

  expect(await mistakes(compileModels(cycle))).toEqual([
    'models.a: the models need each other: a → b → c → a. Break the cycle.',
  ]);
});

test('what nothing uses is told', async () => {
  const returns = p.landedFiles({ glob: 'orders/r*.csv', format: p.csv(), columns: { id: p.key.bigint() } });
  const orders = p.landedFiles({ glob: 'orders/*.csv', format: p.csv(), columns: { id: p.key.bigint() } });
  const rest = { sources: { orders, returns }, sinks: [redshift({ model: 'a', table: 'shop.a', write: append() })] };

  expect(await mistakes(compileModels({ a: 'SELECT id FROM orders', b: 'SELECT id FROM orders' }, rest))).toEqual([
    'sources.returns: nothing uses it. Name it in a model, or remove it.',
    'models.b: nothing uses it. Add a sink for it, name it in another model, or remove it.',
  ]);
});

test('mistakes in several models, sinks and checks are told together', async () => {
  const models = {
    a: 'SELECT x FROM orders',
    b: 'SELEC 1',
    c: 'SELECT id FROM nope',
    d: 'SELECT id FROM orders',
    e: 'SELECT * FROM a',
  };

  const found = await mistakes(compileModels(models, { checks: [p.notNull('d', 'idd'), p.notNull('a', 'id')] }));

  expect(found.map((one) => one.split('.')[0])).toHaveLength(4);
  expect(found.join('\n')).toMatch(
    /models\.b: syntax error[\s\S]*models\.c: 'nope'[\s\S]*models\.a: Referenced[\s\S]*checks\[0\] \(notNull\) is 'idd'/,
  );
});

describe('SQL in files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stepwell-models-'));
    await writeFile(join(folder, 'wrong.sql'), '\n-- the rows\nSELECT id,\n  nope\nFROM orders;\n');
    await writeFile(join(folder, 'secret.sql'), "SELECT id, 'AKIAIOSFODNN7EXAMPLE' AS k FROM orders");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a mistake is told with the line of the file', async () => {
    const [mistake] = await mistakes(compileModels({ m: { file: 'wrong.sql' } }, {}, folder));

    expect(mistake).toMatch(/^models\.m \(wrong\.sql\): Referenced column "nope"[^\n]*\n {6}line 4: {3}nope\n {16}\^$/);
  });

  test('SQL in the place of a file, a file in the place of SQL, and functions of other databases are told', async () => {
    expect(await mistakes(compileModels({ m: { file: 'SELECT id FROM orders' }, k: 'models/lines.sql' }))).toEqual([
      "models.m is 'SELECT id FROM orders': sql() takes the name of a file, and this is SQL. Write sql.text('SELECT id FROM orders').",
      "models.k is 'models/lines.sql': sql.text() takes SQL, and this is the name of a file. Write sql('models/lines.sql').",
    ]);
    expect(await mistakes(compileModels({ m: 'SELECT NVL(id, 0) AS id FROM orders' }))).toEqual([
      expect.stringMatching(
        /^models\.m: Scalar Function with name nvl does not exist\. In DuckDB write coalesce\(a, b\)\./,
      ),
    ]);
  });

  test('a file that is not there, and a secret in one, are told', async () => {
    expect(await mistakes(compileModels({ m: { file: 'gone.sql' }, k: { file: 'secret.sql' } }, {}, folder))).toEqual([
      expect.stringMatching(
        /^models\.m is 'gone\.sql': there is no such file in .*\. Create it, or correct its name\.$/,
      ),
      'models.k (secret.sql) is an AWS access key, as text: what is declared here is committed and shown in the console. Take it out, revoke it, and keep it in Secrets Manager.',
    ]);
  });
});

test('columns that write modes name must be there, and of a type that fits', async () => {
  const model = 'a';
  const found = await mistakes(
    compileModels(
      { a: 'SELECT id, note, doc, ok, placed, day FROM orders', b: 'SELECT id, placed, note AS valid_to FROM orders' },
      {
        sinks: [
          postgres({ model, table: 'a.b', write: merge('id', { deletedBy: 'note' }) }),
          postgres({ model, table: 'a.c', write: merge('id', { deletedBy: 'okay' }) }),
          redshift({ model, table: 'a.d', write: scd2('idd', { track: ['id', 'nope'], newestBy: 'note' }) }),
          redshift({ model: 'b', table: 'a.e', write: scd2('id', { track: ['id'] }) }),
          redshift({ model: 'b', table: 'a.f', write: scd2(['id', 'valid_to'], { newestBy: 'placed' }) }),
          redshift({ model, table: 'a.g', write: replace({ interval: 'note' }) }),
          lake({ model, table: 'h', write: replace({ interval: 'placed' }), partitionBy: ['day'] }),
          lake({ model, table: 'i', write: replace({ interval: 'day' }), partitionBy: [] }),
          lake({ model, table: 'j', write: replace({ interval: 'day' }), partitionBy: ['day'] }),
        ],
        trigger: p.cron('0 1 * * *'),
      },
    ),
  );

  expect(found).toEqual([
    "sinks[0].write.deletedBy is 'note': a text column cannot be what tells a deletion: it is a boolean. Use another column, or CAST it in the SQL.",
    "sinks[1].write.deletedBy is 'okay': model 'a' has no such column. Known: id, note, doc, ok, placed, day.",
    "sinks[2].write.track is 'nope': model 'a' has no such column. Did you mean 'note'?",
    "sinks[2].write.newestBy is 'note': a text column cannot be a time. Use another column, or CAST it in the SQL.",
    "sinks[2].write.keys is 'idd': model 'a' has no such column. Did you mean 'id'?",
    'sinks[3].model: scd2 adds a column valid_to, and the model has one. Give it another name with AS.',
    "sinks[3].write.track is 'id': it is a key, so no version of a row has another. Leave it out.",
    'sinks[4].model: scd2 adds a column valid_to, and the model has one. Give it another name with AS.',
    'sinks[4].write: the model has no column beside the keys and newestBy, so nothing could change. Select more columns, or use merge(key).',
    "sinks[5].write.interval is 'note': a text column does not say when a row belongs to an interval. Use a date or timestamp column, or CAST it in the SQL.",
    "sinks[6].write.interval is 'placed': the lake replaces whole partitions, so the column must be a date that it is partitioned by. Partition by a date, e.g. CAST(placed AS date) AS day, and name that: replace({ interval: 'day' }).",
    "sinks[7].write.interval is 'day': the lake replaces whole partitions, so the column must be a date that it is partitioned by. Partition by a date, e.g. CAST(day AS date) AS day, and name that: replace({ interval: 'day' }).",
  ]);
});

test('what write modes need of each row is checked before it is published', async () => {
  const { definition } = await compileModels(
    { a: 'SELECT id, note, ok, placed FROM orders' },
    {
      sinks: [
        postgres({ model: 'a', table: 'a.b', write: scd2('id', { newestBy: 'placed' }) }),
        redshift({ model: 'a', table: 'a.b', write: replace({ interval: 'placed' }) }),
      ],
      trigger: p.cron('0 1 * * *'),
    },
  );

  expect(JSON.stringify(definition)).toContain(
    JSON.stringify([
      { kind: 'notNull', model: 'a', column: 'id', severity: 'error' },
      { kind: 'notNull', model: 'a', column: 'placed', severity: 'error' },
      { kind: 'inInterval', model: 'a', column: 'placed', severity: 'error' },
    ]),
  );
});

test('columns of sinks and checks must be there, and of a type that fits', async () => {
  const found = await mistakes(
    compileModels(
      { a: 'SELECT id, note, doc, ok, placed, day, price::DOUBLE AS dbl FROM orders' },
      {
        sinks: [
          redshift({
            model: 'a',
            table: 'a.b',
            write: merge(['idd', 'doc', 'dbl'], { newestBy: 'ok' }),
            distKey: 'doc',
            sortKey: ['dy'],
          }),
          postgres({ model: 'a', table: 'a.b', write: merge('id', { newestBy: 'id' }) }),
          lake({ model: 'a', table: 't', write: append(), partitionBy: ['placed', 'nope'] }),
        ],
        checks: [
          p.between('a', 'note', { min: 1 }),
          p.between('a', 'day', { min: 'yesterday' }),
          p.accepted('a', 'ok', ['yes']),
          p.accepted('a', 'id', [1, '2']),
          p.unique('a', ['id', 'x']),
        ],
      },
    ),
  );

  expect(found).toEqual([
    "sinks[0].write.keys is 'idd': model 'a' has no such column. Did you mean 'id'?",
    "sinks[0].write.keys is 'doc': a json column cannot be a key. Use another column, or CAST it in the SQL.",
    "sinks[0].write.keys is 'dbl': a double column cannot be a key. Use another column, or CAST it in the SQL.",
    "sinks[0].write.newestBy is 'ok': a boolean column cannot be what is newest. Use another column, or CAST it in the SQL.",
    "sinks[0].sortKey is 'dy': model 'a' has no such column. Did you mean 'day'?",
    "sinks[0].distKey is 'doc': a json column cannot be a distribution key. Use another column, or CAST it in the SQL.",
    "sinks[1].write.newestBy is 'id': two versions of a row have the same key, so it cannot tell which is newer. Name a column such as updated_at, or leave it out: then the last to arrive stays.",
    "sinks[2].partitionBy is 'nope': model 'a' has no such column. Did you mean 'note'?",
    "sinks[2].partitionBy is 'placed': a timestamp column cannot be a partition: it has too many values. Use another column, or CAST it in the SQL.",
    'checks[0] (between) is 1: note is a text column. Give a text.',
    "checks[1] (between) is 'yesterday': day is a date column. Give a day, e.g. '2026-01-31'.",
    "checks[2] (accepted) is 'yes': ok is a boolean column. Give true or false.",
    "checks[3] (accepted) is '2': id is a bigint column. Give a number.",
    "checks[4] (unique) is 'x': model 'a' has no such column. Known: id, note, doc, ok, placed, day, dbl.",
  ]);
});

test('a partition needs a column that is none of it', async () => {
  const sinks = [lake({ model: 'a', table: 't', write: append(), partitionBy: ['day'] })];

  expect(await mistakes(compileModels({ a: 'SELECT day FROM orders' }, { sinks }))).toEqual([
    'sinks[0].partitionBy: every column is a partition column, so no file would hold a row. Leave one out.',
  ]);
});

test.each([
  ['id', 'a condition is true or false, this is BIGINT. Compare it with something.'],
  ['count(*) > 1', 'a condition looks at one row at a time. Aggregate in a model, and check that one.'],
  ['row_number() OVER () > 1', 'a condition looks at one row at a time. Aggregate in a model, and check that one.'],
  ['idd > 0', 'Referenced column "idd" not found in FROM clause. Correct the condition (DuckDB\'s SQL).'],
  [
    'id IN (SELECT id FROM orders)',
    'Table with name orders does not exist. Join it in a model, and check that one; for keys there is foreignKey().',
  ],
  ['id >', 'syntax error at or near ")". Correct the condition (DuckDB\'s SQL).'],
])('the condition %s is refused', async (condition, expected) => {
  expect(await mistakes(compileModels({ a: 'SELECT id FROM orders' }, { checks: [sqlCheck('a', condition)] }))).toEqual(
    [`checks[0] (sqlCheck) is '${condition}': ${expected}`],
  );
});

test('a condition may be any over one row, a comment at its end included', async () => {
  const checks = ['id > 0 OR note IS NULL -- always', "regexp_matches(note, '^x')", "doc->>'$.a' = 'b'"].map((one) =>
    sqlCheck('a', one),
  );

  expect(await mistakes(compileModels({ a: 'SELECT id, note, doc FROM orders' }, { checks }))).toEqual([]);
});

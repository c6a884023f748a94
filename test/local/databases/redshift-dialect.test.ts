import { startWarehouse, type Warehouse } from './redshift-harness';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await startWarehouse();
});
afterAll(() => warehouse.close());
const one = async (expression: string) => (await warehouse.run(`SELECT ${expression}`))[0]![0];
const error = async (sql: string) =>
  warehouse.run(sql).then(
    () => 'no error',
    (failure: Error) => failure.message,
  );

test.each([
  ['7 / 2', 3],
  ["NVL(NULL, 'a')", 'a'],
  ["NVL2(NULL, 'there', 'absent')", 'absent'],
  ["ISNULL(NULL, 'b')", 'b'],
  ["DECODE(NULL, NULL, 'both', 'x')", 'both'],
  ["DECODE(2, 1, 'one', 2, 'two')", 'two'],
  ["DECODE(3, 1, 'one', 2, 'two')", null],
  ["DATEADD(month, 1, '2024-01-31'::timestamp)", '2024-02-29 00:00:00'],
  ["DATEADD(qtr, 2, '2024-01-15'::date)", '2024-07-15 00:00:00'],
  ["DATEDIFF(day, '2024-02-28 23:59:59', '2024-03-01 00:00:00')", 2],
  ["DATEDIFF(hour, '2024-01-01 00:59:59'::timestamp, '2024-01-01 01:00:00'::timestamp)", 1],
  ["DATEDIFF('month', '2024-01-31'::date, '2024-02-01'::date)", 1],
  ["ADD_MONTHS('2024-02-29', 1)", '2024-03-31 00:00:00'],
  ["DATEADD(day, 1, '2024-01-31')", '2024-02-01 00:00:00'],
  ["LAST_DAY('2024-02-03')", '2024-02-29'],
  ["TRUNC('2024-02-03 10:11:12'::timestamp)", '2024-02-03'],
  ['TRUNC(12.789, 1)', '12.7'],
  ["CONVERT_TIMEZONE('UTC', 'Europe/Berlin', '2024-07-01 10:00:00')", '2024-07-01 12:00:00'],
  ["CONVERT(decimal(6,2), '12.345')", '12.35'],
  ["CAST('12.5' AS decimal)", '13'],
  ["LEN('größe')", 5],
  ["OCTET_LENGTH('größe')", 7],
  ["CHARINDEX('c', 'abc')", 3],
  ["STRTOL('ff', 16)", 255],
  ["SHA2('a', 256)", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  ["REGEXP_REPLACE('a1b2', '[0-9]', '')", 'ab'],
  ["'größe'::varchar(4)", 'grö'],
  ["'it''s \\'quoted\\''", "it's 'quoted'"],
  ["'a -- b' || /* c ; */ $$ 'd' $$", "a -- b 'd' "],
  ['CURRENT_USER', 'admin'],
  ['CURRENT_DATABASE()', 'stepwell'],
  ['JSON_PARSE(\'{"b": [1, "x y"]}\')', '{"b":[1,"x y"]}'],
  ['JSON_SERIALIZE(JSON_PARSE(\'{"b": 1}\'))', '{"b":1}'],
  ["(SELECT LISTAGG(x, '; ') WITHIN GROUP (ORDER BY x DESC) FROM (SELECT 'a' AS x UNION ALL SELECT 'b'))", 'b; a'],
  ['(SELECT AVG(x) FROM (SELECT 1 AS x UNION ALL SELECT 2))', 1],
  ['(SELECT MEDIAN(x) FROM (SELECT 1 AS x UNION ALL SELECT 2))', '1.5'],
  ['(SELECT COUNT(*) FROM (SELECT 1 AS x MINUS SELECT 1))', 0],
])('%s is %j', async (expression, value) => {
  expect(await one(expression)).toEqual(value);
});

test('GETDATE is in whole seconds and SYSDATE is the time of the transaction', async () => {
  const { SubStatements, Id } = await warehouse.batch(['SELECT GETDATE()', 'SELECT SYSDATE', 'SELECT SYSDATE']);

  const values: unknown[] = [];
  for (const part of SubStatements!) values.push((await warehouse.result(part.Id!))[0]![0]);
  const [getdate, first, second] = values;
  expect(Id).toBeDefined();
  expect(getdate).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  expect(first).toBe(second);
});

describe('CREATE TABLE', () => {
  test("layout is accepted, keys are not enforced but a primary key is NOT NULL, types are Redshift's", async () => {
    await warehouse.run(`CREATE TABLE public.orders (
        id BIGINT IDENTITY(1, 1), "Order_No" BIGINT NOT NULL ENCODE az64 DISTKEY, name VARCHAR(10) DEFAULT 'none' ENCODE lzo, note TEXT, code CHAR(3),
        price DECIMAL(12, 2), plain DECIMAL, doc SUPER, at TIMESTAMP WITHOUT TIME ZONE SORTKEY, wide VARCHAR(MAX), flag BOOLEAN NULL,
        PRIMARY KEY (order_no), UNIQUE (name), FOREIGN KEY (name) REFERENCES elsewhere (id)
      ) BACKUP NO DISTSTYLE KEY`);

    await warehouse.run('INSERT INTO orders (order_no) VALUES (7), (7)');

    expect(await warehouse.run('SELECT id, order_no, name FROM orders ORDER BY id')).toEqual([
      [1, 7, 'none'],
      [2, 7, 'none'],
    ]);
    expect(await error('INSERT INTO orders (order_no) VALUES (NULL)')).toContain(
      'Cannot insert a NULL value into column order_no',
    );
    expect(await error('INSERT INTO orders (id, order_no) VALUES (1, 1)')).toContain(
      'cannot set an identity column to a value',
    );
    expect(await warehouse.run(`SELECT "column", type FROM pg_table_def WHERE tablename = 'orders'`)).toEqual([
      ['id', 'bigint'],
      ['order_no', 'bigint'],
      ['name', 'character varying(10)'],
      ['note', 'character varying(256)'],
      ['code', 'character(3)'],
      ['price', 'numeric(12,2)'],
      ['plain', 'numeric(18,0)'],
      ['doc', 'super'],
      ['at', 'timestamp without time zone'],
      ['wide', 'character varying(65535)'],
      ['flag', 'boolean'],
    ]);
  });

  test.each([
    ['CREATE TABLE t (id uuid)', 'Column "t.id" has unsupported type "uuid".'],
    ['CREATE TABLE t (id int[])', 'Column "t.id" has unsupported type "int[]".'],
    ['CREATE TABLE t (id serial)', 'has unsupported type "serial"'],
    ['CREATE TABLE t (id int CHECK (id > 0))', 'syntax error at or near "CHECK"'],
    ['CREATE TABLE t (a varchar(65536))', 'cannot exceed 65535'],
    ['CREATE TABLE t (a decimal(39,2))', 'DECIMAL precision 39 must be between 1 and 38'],
    ['CREATE TABLE t (a int) DISTKEY (b)', 'column "b" named in key does not exist'],
    ['CREATE TABLE t (a int DISTKEY, b int DISTKEY)', 'multiple DISTKEY columns'],
    ['CREATE TABLE t (a int) DISTSTYLE EVEN DISTKEY (a)', 'cannot specify DISTKEY with DISTSTYLE EVEN'],
    [`CREATE TABLE t (${'n'.repeat(70)} int)`, 'names of more than 63 bytes'],
  ])('%s fails', async (sql, message) => {
    expect(await error(sql)).toContain(message);
  });

  test('LIKE copies columns, with defaults if asked; AS makes a table of a query', async () => {
    await warehouse.run("CREATE TABLE parent (a int NOT NULL, b varchar(5) DEFAULT 'x') DISTSTYLE ALL");
    await warehouse.run('CREATE TABLE child (LIKE parent INCLUDING DEFAULTS)');
    await warehouse.run('INSERT INTO child (a) VALUES (1)');
    await warehouse.run('CREATE TABLE copied DISTKEY (a) SORTKEY (a, b) AS SELECT a, b FROM child');

    expect(await warehouse.run('SELECT * FROM copied')).toEqual([[1, 'x']]);
  });
});

describe('lengths count bytes', () => {
  beforeAll(async () => {
    await warehouse.run('CREATE TABLE short (v VARCHAR(4), c CHAR(4))');
    await warehouse.run("CREATE TABLE long AS SELECT 'größe'::varchar(20) AS v");
  });
  const tooLong =
    /Value too long for character type[\s\S]*context: {3}Value too long for type character( varying)?\(4\)/;

  test.each([
    ["INSERT INTO short (v) VALUES ('größ')"],
    ['INSERT INTO short (v) SELECT v FROM long'],
    ["INSERT INTO short (c) VALUES ('größe')"],
    ["UPDATE short SET v = 'größe'"],
  ])('%s does not fit', async (sql) => {
    await warehouse.run("INSERT INTO short (v) VALUES ('abcd')");

    expect(await error(sql)).toMatch(tooLong);
  });

  test('four bytes fit, blanks past the end are cut off, and a cast cuts at a character', async () => {
    await warehouse.run('DELETE FROM short');
    await warehouse.run("INSERT INTO short (v) VALUES ('grö'), ('abcd   ')");

    expect(await warehouse.run('SELECT v FROM short ORDER BY v')).toEqual([['abcd'], ['grö']]);
    expect(await one("'größe'::varchar(3)")).toBe('gr');
  });
});

describe('what Redshift does not have is refused', () => {
  test.each([
    ['SELECT gen_random_uuid()', 'function gen_random_uuid() does not exist'],
    ['SELECT generate_series(1, 3)', 'function generate_series() does not exist'],
    ["SELECT '{}'::jsonb", 'type "jsonb" does not exist'],
    ["SELECT '{\"a\":1}' -> 'a'", 'operator does not exist: ->'],
    ['SELECT ARRAY[1]', 'syntax error at or near "["'],
    ['SELECT DISTINCT ON (a) a FROM t', 'SELECT DISTINCT ON is not supported'],
    ['INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING', 'syntax error at or near "conflict"'],
    ['INSERT INTO t VALUES (1) RETURNING a', 'syntax error at or near "returning"'],
    ['SELECT count(*) FILTER (WHERE true)', 'syntax error at or near "("'],
    ['DO $$ BEGIN END $$', 'syntax error at or near "DO"'],
    ['SELECT 1; SELECT 2', 'cannot insert multiple commands'],
    ['BEGIN', 'a batch is one transaction'],
    ["SELECT 'open", 'unterminated quoted string'],
    ['SELECT (1', 'syntax error at or near "end of input"'],
    ['SELECT 1 / 0', 'Divide by zero'],
  ])('%s', async (sql, message) => {
    expect(await error(sql)).toContain(message);
  });
});

describe('MERGE', () => {
  beforeEach(async () => {
    await warehouse.batch([
      'DROP TABLE IF EXISTS target',
      'DROP TABLE IF EXISTS source',
      'CREATE TABLE target (id int, v varchar(9))',
      'CREATE TABLE source (id int, v varchar(9))',
      "INSERT INTO target VALUES (1, 'old'), (2, 'kept')",
      "INSERT INTO source VALUES (1, 'new'), (3, 'added')",
    ]);
  });
  const MERGE = 'MERGE INTO target USING source s ON target.id = s.id';

  test('updates what matches and inserts the rest', async () => {
    await warehouse.run(
      `${MERGE} WHEN MATCHED THEN UPDATE SET v = CASE WHEN s.v IS NULL THEN target.v ELSE s.v END WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)`,
    );

    expect(await warehouse.run('SELECT * FROM target ORDER BY id')).toEqual([
      [1, 'new'],
      [2, 'kept'],
      [3, 'added'],
    ]);
  });

  test.each([
    [`${MERGE} WHEN MATCHED THEN DELETE`, 'syntax error at or near "end of input"'],
    [
      `${MERGE} WHEN MATCHED AND s.v > target.v THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`,
      'syntax error at or near "WHEN"',
    ],
    [
      `${MERGE.replace('target USING', 'target t USING')} WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1, NULL)`,
      'syntax error at or near "t"',
    ],
    [
      'MERGE INTO target USING (SELECT 1 AS id) s ON target.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1, NULL)',
      'syntax error at or near "("',
    ],
    [
      `${MERGE} WHEN MATCHED THEN UPDATE SET target.v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`,
      'syntax error at or near "."',
    ],
    [`${MERGE} REMOVE DUPLICATES WHEN MATCHED THEN DELETE`, 'syntax error at or near "WHEN"'],
  ])('%s is refused', async (sql, message) => {
    expect(await error(sql)).toContain(message);
  });

  test('two source rows for one target row are an error', async () => {
    await warehouse.run("INSERT INTO source VALUES (1, 'again')");

    expect(
      await error(`${MERGE} WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`),
    ).toContain('Found multiple matches to update the same tuple.');
  });
});

describe('ALTER TABLE', () => {
  test('adds and renames columns, widens a VARCHAR outside of a transaction, changes the owner', async () => {
    await warehouse.run('CREATE TABLE altered (a varchar(4))');
    const batch = await warehouse.batch([
      'ALTER TABLE altered ADD COLUMN b decimal(8,2) DEFAULT 1 NOT NULL ENCODE az64',
      'ALTER TABLE altered RENAME COLUMN b TO c',
      'ALTER TABLE altered ADD PRIMARY KEY (a)',
    ]);
    expect(batch.Status).toBe('FINISHED');
    await warehouse.run('ALTER TABLE altered ALTER COLUMN a TYPE varchar(8)');
    await warehouse.run("INSERT INTO altered (a) VALUES ('abcdefgh')");

    expect(await warehouse.run('SELECT * FROM altered')).toEqual([['abcdefgh', '1.00']]);
    const inBatch = await warehouse.batch(['ALTER TABLE altered ALTER COLUMN a TYPE varchar(9)', 'SELECT 1']);
    expect(inBatch.Error).toContain('cannot run inside a transaction block');
    expect(await error('ALTER TABLE altered ADD COLUMN d int NOT NULL')).toContain(
      'must have a non-null default expression',
    );
    expect(await error('ALTER TABLE altered ALTER COLUMN a TYPE int')).toContain(
      'can only change the length of a VARCHAR column',
    );
  });
});

describe('users and grants', () => {
  test('a user does what it was granted and no more; its name is free of the prefix everywhere', async () => {
    await warehouse.run("CREATE USER Reader PASSWORD 'Secret123'");
    warehouse.cloud.secrets.set('reader', JSON.stringify({ username: 'reader', password: 'Secret123' }));
    await warehouse.batch([
      'CREATE SCHEMA IF NOT EXISTS mart',
      'CREATE TABLE mart.facts (n int)',
      'INSERT INTO mart.facts VALUES (1)',
      'GRANT USAGE ON SCHEMA mart TO reader',
      'GRANT SELECT ON TABLE mart.facts TO reader',
      'GRANT TEMP ON DATABASE stepwell TO reader',
    ]);
    const asReader = (sql: string) => warehouse.run(sql, { secret: 'reader' });

    expect(await asReader('SELECT n, current_user FROM mart.facts')).toEqual([[1, 'reader']]);
    await expect(asReader('INSERT INTO mart.facts VALUES (2)')).rejects.toThrow(
      'FAILED ERROR: permission denied for table facts',
    );
    await expect(asReader('LOCK mart.facts')).rejects.toThrow('permission denied');
    await expect(asReader('CREATE TABLE mart.mine (n int)')).rejects.toThrow('permission denied for schema mart');
    expect(await warehouse.run("SELECT usename FROM pg_user WHERE usename = 'reader'")).toEqual([['reader']]);
    expect(await error("CREATE USER reader PASSWORD 'Secret123'")).toBe('FAILED ERROR: user "reader" already exists');
    expect(await error("CREATE USER weak PASSWORD 'weak'")).toContain('invalid password');
    await warehouse.run('ALTER TABLE mart.facts OWNER TO reader');
    await asReader('LOCK mart.facts');
  });

  test('a password given as an MD5 hash works, with psql too after the first call', async () => {
    const { createHash } = await import('node:crypto');
    const md5 = `md5${createHash('md5').update('Secret123hashed').digest('hex')}`;
    await warehouse.run(`CREATE USER hashed PASSWORD '${md5}'`);
    warehouse.cloud.secrets.set('hashed', JSON.stringify({ username: 'hashed', password: 'Secret123' }));
    warehouse.cloud.secrets.set('wrong', JSON.stringify({ username: 'hashed', password: 'Secret124' }));

    await expect(warehouse.run('SELECT 1', { secret: 'wrong' })).rejects.toThrow(
      'password authentication failed for user "hashed"',
    );
    expect(await warehouse.run('SELECT current_user', { secret: 'hashed' })).toEqual([['hashed']]);
    const psql = await warehouse.cloud.sql(
      'redshift_stepwell',
      "SELECT dateadd('day', 1, '2024-02-28')::text AS day, current_setting('transaction_isolation') AS isolation",
      {
        name: 'redshift_hashed',
        password: 'Secret123',
      },
    );
    expect(psql.rows).toEqual([{ day: '2024-02-29 00:00:00', isolation: 'repeatable read' }]);
  });

  test('groups pass their grants on, default privileges apply to new tables', async () => {
    await warehouse.run("CREATE USER member PASSWORD 'Secret123'");
    warehouse.cloud.secrets.set('member', JSON.stringify({ username: 'member', password: 'Secret123' }));
    await warehouse.batch([
      'CREATE GROUP analysts WITH USER member',
      'CREATE SCHEMA reports',
      'GRANT USAGE ON SCHEMA reports TO GROUP analysts',
      'ALTER DEFAULT PRIVILEGES FOR USER admin IN SCHEMA reports GRANT SELECT ON TABLES TO GROUP analysts',
      'CREATE TABLE reports.r AS SELECT 5 AS n',
    ]);

    expect(await warehouse.run('SELECT n FROM reports.r', { secret: 'member' })).toEqual([[5]]);
    await warehouse.run('REVOKE SELECT ON ALL TABLES IN SCHEMA reports FROM GROUP analysts');
    await expect(warehouse.run('SELECT n FROM reports.r', { secret: 'member' })).rejects.toThrow('permission denied');
  });
});

test('a role of Redshift cannot open the database of Aurora, nor the other way round', async () => {
  await warehouse.cloud.sql('postgres', "CREATE ROLE aurora_user LOGIN PASSWORD 'x'");
  await warehouse.run("CREATE USER stranger PASSWORD 'Secret123'");
  const open = (database: string, name: string, password: string) =>
    warehouse.cloud.sql(database, 'SELECT 1', { name, password }).then(
      () => 'opened',
      (refusal: Error) => refusal.message,
    );

  expect(await open('redshift_stepwell', 'aurora_user', 'x')).toContain('permission denied for database');
  expect(await open('postgres', 'redshift_stranger', 'Secret123')).toContain('pg_hba.conf rejects connection');
  expect(await open('redshift_stepwell', 'redshift_stranger', 'Secret123')).toBe('opened');
});

/** Tables of a real MariaDB through the extractor into Parquet. Left out where no MariaDB is installed. */
import fc from 'fast-check';
import { mysql } from '../../../lambdas/extract-mysql/mysql';
import type { Secrets } from '../../../lambdas/shared/secrets';
import type { RowSource } from '../../../lib/pipeline';
import { rowsAt } from '../../../lib/samples/shop/calendar';
import { customerVersions } from '../../../lib/samples/shop/customers';
import { historyStart, saleVersions } from '../../../lib/samples/shop/sales';
import { startSampleShop } from '../../../lib/samples/shop/server';
import ecommerce from '../../../state-machines/ecommerce/pipeline';
import { column, type Staging, startStaging } from '../staging';
import { findMariadb, type Mariadb, ROOT, startMariadb } from './mariadb';
import { extractAll, secretsOf, type TableOptions } from './tables';

const program = findMariadb();
const onMariadb = program === undefined ? describe.skip : describe;

onMariadb('a table of MariaDB', () => {
  let server: Mariadb;
  let staging: Staging;
  let login: Record<string, unknown>;

  beforeAll(async () => {
    [server, staging] = await Promise.all([startMariadb(program!), startStaging()]);
    login = { host: '127.0.0.1', port: server.port, ...ROOT, dbname: 'shop' };
    await server.query(
      "SET GLOBAL sql_mode = ''",
      "SET SESSION sql_mode = ''",
      'CREATE DATABASE shop CHARACTER SET utf8mb4',
      'USE shop',
    );
  });

  afterAll(async () => {
    await staging?.close();
    await server?.stop();
  });

  const extract = (options: TableOptions, secrets: Secrets = secretsOf(login)) =>
    extractAll(mysql, staging, secrets, options);

  test('keeps each type exactly as the database has it', async () => {
    await server.query(
      `CREATE TABLE kinds (id BIGINT UNSIGNED PRIMARY KEY, amount DECIMAL(38,10), small TINYINT(1), tiny TINYINT UNSIGNED,
        f FLOAT, d DOUBLE, flag BIT(1), bits BIT(16), day DATE, at DATETIME(6), stamp TIMESTAMP(3) NULL, clock TIME, year YEAR,
        size ENUM('small','größer'), tags SET('a','b','c'), doc JSON, name VARCHAR(50) CHARACTER SET latin1, note TEXT, raw VARBINARY(20))`,
      `INSERT INTO kinds VALUES (9223372036854775807, 1234567890123456789012345678.0123456789, 1, 255, 16777215, 0.1, b'1', b'0000000000110001',
        '2024-02-29', '2026-01-05 10:11:12.123456', '2026-01-05 10:11:12.500', '-838:59:59', 2026, 'größer', 'a,c', '{"n": 12345678901234567890}',
        'Müller', '😀 tea', 'bytes')`,
      'INSERT INTO kinds (id, stamp) VALUES (1, NULL)',
    );

    const { rows, rejects } = await extract({
      table: 'kinds',
      partitionBy: 'id',
      columns: [
        column('id', 'bigint', { key: true }),
        column('amount', { type: 'decimal', precision: 38, scale: 10 }),
        column('small', 'boolean'),
        column('tiny', 'integer'),
        column('f', 'double'),
        column('d', 'double'),
        column('flag', 'boolean'),
        column('bits', 'integer'),
        column('day', 'date'),
        column('at', 'timestamp'),
        column('stamp', { type: 'timestamp', timezone: 'Europe/Berlin' }),
        column('clock', 'text'),
        column('year', 'integer'),
        column('size', 'text'),
        column('tags', 'text'),
        column('doc', 'json'),
        column('name', 'text'),
        column('note', 'text'),
        column('raw', 'text'),
      ],
    });

    expect(rejects).toEqual([]);
    expect(rows[0]).toMatchObject({ id: '1', amount: null, stamp: null, doc: null });
    expect(rows[1]).toEqual({
      id: '9223372036854775807',
      amount: '1234567890123456789012345678.0123456789',
      small: true,
      tiny: 255,
      f: 16777215,
      d: 0.1,
      flag: true,
      bits: 49,
      day: '2024-02-29',
      at: '2026-01-05 10:11:12.123456',
      stamp: '2026-01-05 10:11:12.5',
      clock: '-838:59:59',
      year: 2026,
      size: 'größer',
      tags: 'a,c',
      doc: '{"n": 12345678901234567890}',
      name: 'Müller',
      note: '😀 tea',
      raw: 'bytes',
    });
  });

  test('quarantines what no contract can hold: zero dates, unsigned numbers past bigint, bytes that are no text', async () => {
    await server.query(
      'CREATE TABLE odd (id INT PRIMARY KEY, big BIGINT UNSIGNED, day DATE, at DATETIME, raw VARBINARY(16))',
      `INSERT INTO odd VALUES (1, 18446744073709551615, NULL, NULL, NULL), (2, 1, '0000-00-00', NULL, NULL),
        (3, 1, '2026-00-01', NULL, NULL), (4, 1, NULL, '0000-00-00 00:00:00', NULL), (5, 1, NULL, NULL, x'ff00fe'), (6, 6, '2026-01-01', NULL, 'ok')`,
    );

    const { rows, rejects } = await extract({
      table: 'odd',
      columns: [
        column('id', 'integer', { key: true }),
        column('big', 'bigint'),
        column('day', 'date'),
        column('at', 'timestamp'),
        column('raw', 'text'),
      ],
    });

    expect(rows).toEqual([{ id: 6, big: '6', day: '2026-01-01', at: null, raw: 'ok' }]);
    expect(rejects.map(({ row, column: name, reason }) => [row, name, reason])).toEqual([
      [1, 'big', "'18446744073709551615' is out of range of bigint"],
      [
        2,
        'day',
        "'0000-00-00' is MySQL's zero date, and no day of the calendar (in a query, NULLIF(…, '0000-00-00') reads it as NULL)",
      ],
      [3, 'day', "'2026-00-01' is not a day of the calendar"],
      [
        4,
        'at',
        "'0000-00-00 00:00:00' is MySQL's zero date, and no time of the calendar (in a query, NULLIF(…, '0000-00-00') reads it as NULL)",
      ],
      [5, 'raw', 'the value is 3 bytes that are not UTF-8 text'],
    ]);
  });

  test('keeps what seldom fits: 64 unsigned bits, the empty value of an enum, texts of other charsets, leap days, any session time zone', async () => {
    await server.query(
      `CREATE TABLE seldom (id INT PRIMARY KEY, big BIGINT UNSIGNED, bits BIT(64), size ENUM('small','big') NOT NULL, tags SET('a','b') NOT NULL,
        euro VARCHAR(30) CHARACTER SET latin1, wide VARCHAR(30) CHARACTER SET utf16, day DATE, born YEAR, stamp TIMESTAMP NULL, at DATETIME)`,
      "SET SESSION time_zone = '+05:00'",
      // 'huge' is none of the enum's values: with this sql_mode MySQL keeps its error value, an empty text.
      `INSERT INTO seldom VALUES (1, 18446744073709551615, b'${'1'.repeat(64)}', 'huge', '', '€ 5 – „Žižkov“', '日本 😀', '2000-02-29', 0,
        '2026-01-05 10:00:00', '2024-02-29 23:59:59')`,
      "SET SESSION time_zone = '+00:00'",
      "SET GLOBAL time_zone = '+09:30'",
    );
    try {
      const twentyDigits = { type: 'decimal', precision: 20, scale: 0 } as const;
      const { rows, rejects } = await extract({
        table: 'seldom',
        columns: [
          column('id', 'integer', { key: true }),
          column('big', twentyDigits),
          column('bits', twentyDigits),
          column('size', 'text'),
          column('tags', 'text'),
          column('euro', 'text'),
          column('wide', 'text'),
          column('day', 'date'),
          column('born', 'integer'),
          column('stamp', 'timestamp'),
          column('at', { type: 'timestamp', timezone: 'Europe/Vienna' }),
        ],
      });

      expect(rejects).toEqual([]);
      expect(rows).toEqual([
        {
          id: 1,
          big: '18446744073709551615',
          bits: '18446744073709551615',
          size: '',
          tags: '',
          euro: '€ 5 – „Žižkov“',
          wide: '日本 😀',
          day: '2000-02-29',
          born: 0,
          stamp: '2026-01-05 05:00:00',
          at: '2024-02-29 22:59:59',
        },
      ]);
    } finally {
      await server.query("SET GLOBAL time_zone = 'SYSTEM'");
    }
  });

  test('zero dates are rows too: in ranges and by a cursor each comes once, and a range is not cut by them', async () => {
    await server.query(
      'CREATE TABLE zeros (id INT PRIMARY KEY, day DATE, at DATETIME, KEY (day))',
      `INSERT INTO zeros SELECT seq, DATE '2026-01-01' + INTERVAL seq DAY, '2026-06-01 10:00:00' FROM seq_1_to_40`,
      `INSERT INTO zeros VALUES (41, '0000-00-00', '2026-06-01 10:00:00'), (42, NULL, '2026-06-01 10:00:00'),
        (43, '2026-01-05', '0000-00-00 00:00:00'), (44, '2026-01-06', NULL)`,
    );
    const columns = [column('id', 'integer', { key: true }), column('day', 'date'), column('at', 'timestamp')];
    const idsOf = ({ rows, rejects }: Awaited<ReturnType<typeof extract>>) => ({
      rows: rows.map(({ id }) => id).sort((one, other) => Number(one) - Number(other)),
      rejects: rejects.map(({ column: name, raw }) => [name, (JSON.parse(raw) as { id: number }).id]).sort(),
    });
    const all = (...without: number[]) =>
      Array.from({ length: 44 }, (_, index) => index + 1).filter((id) => !without.includes(id));

    const inRanges = await extract({ table: 'zeros', partitionBy: 'day', partitions: 4, columns });
    expect(inRanges.partitions).toHaveLength(4);
    expect(inRanges.partitions[0]!.values.to).toMatch(/^2026-01/);
    const bad = [
      ['at', 43],
      ['day', 41],
    ];
    expect(idsOf(inRanges)).toEqual({ rows: all(41, 43), rejects: bad });

    const first = await extract({ table: 'zeros', cursor: { column: 'at', to: '2026-06-02T00:00:00.000Z' }, columns });
    expect(idsOf(first)).toEqual({ rows: all(41, 43), rejects: bad });
    const later = { column: 'at', from: '2026-06-01T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z' };
    expect(idsOf(await extract({ table: 'zeros', cursor: later, columns }))).toEqual({
      rows: all(41, 43, 44),
      rejects: [['day', 41]],
    });
  });

  test('refuses a geometry before a row is read, and reads it by a query', async () => {
    await server.query(
      'CREATE TABLE places (id INT PRIMARY KEY, at POINT)',
      'INSERT INTO places VALUES (1, POINT(1, 2))',
    );
    const columns = [column('id', 'integer', { key: true }), column('at', 'text')];

    await expect(extract({ table: 'places', columns })).rejects.toThrow(
      'Source sales: column at of table places is a GEOMETRY, which has no text. Read it by a query that makes one of it',
    );
    expect((await extract({ query: 'SELECT id, ST_AsText(at) AS at FROM places;', columns })).rows).toEqual([
      { id: 1, at: 'POINT(1 2)' },
    ]);
  });

  describe('in ranges', () => {
    const columns = [column('id', 'bigint'), column('day', 'date'), column('place', 'text')];

    beforeAll(async () => {
      await server.query(
        'CREATE TABLE visits (id BIGINT, day DATE, place VARCHAR(20), KEY (id))',
        // Keys come up to three times, and some rows have none.
        `INSERT INTO visits SELECT seq DIV 3, DATE '2026-01-01' + INTERVAL seq DIV 40 DAY, CONCAT('p', seq) FROM seq_1_to_4000`,
        "INSERT INTO visits VALUES (NULL, NULL, 'x1'), (NULL, NULL, 'x2')",
      );
    });
    const places = (rows: Record<string, unknown>[]) => rows.map(({ place }) => place).sort();
    const all = [...Array.from({ length: 4000 }, (_, index) => `p${index + 1}`), 'x1', 'x2'].sort();

    test.each(['id', 'day'])('of %s every row is read once, with a key or without', async (partitionBy) => {
      const { partitions, rows } = await extract({ table: 'visits', partitionBy, partitions: 7, columns });

      expect(partitions.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `range-${n}`));
      expect(places(rows)).toEqual(all);
    });

    test('a long read goes on after the last key, whose rows are all read', async () => {
      let looks = 0;
      const { rows, invocations } = await extract({
        table: 'visits',
        partitionBy: 'id',
        columns,
        // At the second look of each invocation the time is up.
        remainingMs: () => (++looks % 2 === 0 ? 1000 : 900_000),
      });

      expect(invocations).toBeGreaterThan(5);
      expect(places(rows)).toEqual(all);
    });

    test('without a key a read that takes too long says what to declare', async () => {
      await expect(extract({ table: 'visits', columns, remainingMs: () => 1000 })).rejects.toMatchObject({
        name: 'SourceRefused',
        message: expect.stringContaining('Set partitionBy to the primary key'),
      });
    });

    test('an empty table is one partition without rows', async () => {
      await server.query('CREATE TABLE nobody LIKE visits');

      expect(await extract({ table: 'nobody', partitionBy: 'id', partitions: 4, columns })).toMatchObject({
        partitions: [{ id: 'all', values: {} }],
        rows: [],
      });
    });

    test.each([
      ['name', "table visits has no column 'name', which partitionBy names. It has id, day, place."],
      ['place', 'partitionBy names place of table visits, a VAR_STRING. Ranges need whole numbers, dates or times'],
    ])('by %s is refused', async (partitionBy, message) => {
      await expect(extract({ table: 'visits', partitionBy, columns })).rejects.toThrow(message);
    });
  });

  describe('by its cursor', () => {
    const columns = [
      column('id', 'integer', { key: true }),
      column('stamp', 'timestamp'),
      column('at', { type: 'timestamp', timezone: 'Europe/Berlin' }),
      column('day', 'date'),
    ];

    beforeAll(async () => {
      await server.query(
        "SET SESSION time_zone = '+00:00'",
        'CREATE TABLE changes (id INT PRIMARY KEY, stamp TIMESTAMP NULL, at DATETIME, day DATE)',
        `INSERT INTO changes VALUES (1, '2026-06-01 09:59:59', '2026-06-01 11:59:59', '2026-05-31'), (2, '2026-06-01 10:00:00', '2026-06-01 12:00:00', '2026-06-01'),
          (3, '2026-06-02 09:59:59', '2026-06-02 11:59:59', '2026-06-02'), (4, '2026-06-02 10:00:00', '2026-06-02 12:00:00', '2026-06-03'), (5, NULL, NULL, NULL)`,
      );
    });
    const ids = async (name: string, from?: string, to?: string) => {
      const cursor = { column: name, ...(from ? { from } : {}), ...(to ? { to } : {}) };
      const { rows } = await extract({ table: 'changes', cursor, partitionBy: 'id', partitions: 2, columns });
      return rows.map(({ id }) => id);
    };

    test.each(['stamp', 'at'])('an interval has its start and not its end, whatever the zone: %s', async (name) => {
      expect(await ids(name, '2026-06-01T10:00:00.000Z', '2026-06-02T10:00:00.000Z')).toEqual([2, 3]);
    });

    test('a day belongs to the interval in which it begins', async () => {
      expect(await ids('day', '2026-06-01T10:00:00.000Z', '2026-06-02T10:00:00.000Z')).toEqual([3]);
      expect(await ids('day', '2026-06-01T00:00:00.000Z', '2026-06-02T00:00:00.000Z')).toEqual([2]);
    });

    test('the first run reads everything before its end, also what was never changed', async () => {
      expect(await ids('stamp', undefined, '2026-06-01T10:00:00.000Z')).toEqual([1, 5]);
    });

    test('a column that is no time is refused, and one that is not there', async () => {
      await expect(ids('id', '2026-06-01T10:00:00Z')).rejects.toThrow('The cursor id is a LONG: runs are cut by time');
      await expect(ids('changed', '2026-06-01T10:00:00Z')).rejects.toThrow("no column 'changed', which cursor names");
    });
  });

  describe("whose columns are not the contract's", () => {
    const columns = [column('order_id', 'integer', { key: true }), column('note', 'text')];

    beforeAll(async () => {
      await server.query(
        'CREATE TABLE drifted (OrderId INT PRIMARY KEY, colour VARCHAR(10), `select` INT)',
        "INSERT INTO drifted VALUES (1, 'red', 7)",
      );
    });

    test('stops before a row is read', async () => {
      await expect(extract({ table: 'drifted', columns })).rejects.toMatchObject({
        name: 'ContractDrift',
        message:
          "Table drifted does not fit the contract of source sales: missing: 'note' (text); new: 'colour' (VAR_STRING), 'select' (LONG). Correct the table or the contract; or, in onDrift, newColumns: 'evolve' adds new columns to the targets, 'ignore' leaves them out; missingColumns: 'ignore' has NULL in their place.",
      });
    });

    test('goes on without them, or with them as text', async () => {
      const ignored = await extract({
        table: 'drifted',
        columns,
        onDrift: 'ignore',
        partitionBy: 'select',
        partitions: 1,
      });
      const evolved = await extract({ table: 'drifted', columns, onDrift: 'evolve' });

      expect(ignored.rows).toEqual([{ order_id: 1, note: null }]);
      expect(evolved.rows).toEqual([{ order_id: 1, note: null, colour: 'red', select: '7' }]);
    });
  });

  describe('that cannot be read', () => {
    const columns = [column('id', 'integer', { key: true })];
    const failure = (options: Partial<TableOptions> = {}, secret: object = {}) =>
      extract({ table: 'guarded', columns, ...options }, secretsOf({ ...login, ...secret })).catch((error) => error);

    beforeAll(async () => {
      await server.query(
        'CREATE TABLE guarded (id INT PRIMARY KEY)',
        'INSERT INTO guarded VALUES (1)',
        "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'old'",
        "CREATE USER 'nobody'@'127.0.0.1' IDENTIFIED BY 'x'",
        "GRANT SELECT ON shop.guarded TO 'reader'@'127.0.0.1'",
      );
    });

    test.each<[string, Partial<TableOptions>, object, string, string]>([
      [
        'a wrong password',
        {},
        { password: 'wrong' },
        'SourceRefused',
        "MySQL says of the login of secret stepwell/shop-db: Access denied for user 'root'@'localhost' (using password: YES) (1045). It was refused also with the secret read anew",
      ],
      [
        'another database',
        {},
        { dbname: 'shopp' },
        'SourceRefused',
        "Unknown database 'shopp' (1049). Correct dbname in the secret.",
      ],
      [
        'a missing right',
        {},
        { username: 'nobody', password: 'x' },
        'SourceRefused',
        "Access denied for user 'nobody'@'127.0.0.1' to database 'shop' (1044). Grant it",
      ],
      [
        'a table without right',
        { table: 'odd' },
        { username: 'reader', password: 'old' },
        'SourceRefused',
        'SELECT command denied to user',
      ],
      [
        'a table that is not there',
        { table: 'gardens' },
        {},
        'SourceRefused',
        "MySQL says of table gardens: Table 'shop.gardens' doesn't exist (1146). Correct the source's table",
      ],
      [
        'a query that is none',
        { query: 'SELECT id FRM guarded' },
        {},
        'SourceRefused',
        'You have an error in your SQL syntax',
      ],
      [
        'a query of a column that is not there',
        { query: 'SELECT nothing FROM guarded' },
        {},
        'SourceRefused',
        "Unknown column 'nothing'",
      ],
      [
        'a port where nobody listens',
        {},
        { port: 1 },
        'SourceUnavailable',
        'MySQL cannot be reached as the secret stepwell/shop-db says (connect ECONNREFUSED 127.0.0.1:1). Does it run',
      ],
      ['a host that is not there', {}, { host: 'db.invalid' }, 'SourceRefused', 'There is no such host'],
      [
        'a secret without password',
        {},
        { password: undefined },
        'SourceRefused',
        'The secret stepwell/shop-db has no password.',
      ],
      ['an ssl that is none', {}, { ssl: 'yes' }, 'SourceRefused', 'has an ssl that is neither true, false nor'],
    ])('says why: %s', async (_, options, secret, name, message) => {
      const error = await failure(
        options.query === undefined ? options : { ...options, table: undefined as never },
        secret,
      );

      expect(error.name).toBe(name);
      expect(error.message).toContain(message);
      expect(error.message).not.toContain(ROOT.password);
    });

    test('a password that was changed is read anew, once', async () => {
      const reads: boolean[] = [];
      const secrets: Secrets = {
        read: async (_name, { fresh = false } = {}) => {
          reads.push(fresh);
          return { ...login, username: 'reader', password: fresh ? 'new' : 'old' };
        },
      };
      await server.query("ALTER USER 'reader'@'127.0.0.1' IDENTIFIED BY 'new'");

      expect((await extract({ table: 'guarded', columns }, secrets)).rows).toEqual([{ id: 1 }]);
      expect(reads).toEqual([false, true, false, true]);
    });

    test('TLS is had where the secret asks for it, and with the right server only', async () => {
      await server.query(
        "CREATE USER 'careful'@'%' IDENTIFIED BY 'y' REQUIRE SSL",
        "GRANT SELECT ON shop.* TO 'careful'@'%'",
      );
      const careful = { username: 'careful', password: 'y', host: 'localhost' };

      expect(await failure({}, { ...careful, ssl: { ca: server.ca } })).toMatchObject({ rows: [{ id: 1 }] });
      expect((await failure({}, careful)).message).toContain('Access denied');
      expect(await failure({}, { ...careful, ssl: true })).toMatchObject({
        name: 'SourceRefused',
        message: expect.stringContaining('Its certificate must be for that host and signed by an authority'),
      });
      await server.certify('db.example.com');
      expect(await failure({}, { ...careful, ssl: { ca: server.ca } })).toMatchObject({
        name: 'SourceRefused',
        message: expect.stringContaining('Its certificate must be for that host'),
      });
      await server.certify('localhost');
    });
  });

  test('a connection that is killed in the middle fails the attempt for a retry, which reads all rows', async () => {
    await server.query(
      'CREATE TABLE many (id INT PRIMARY KEY, pad CHAR(200))',
      "INSERT INTO many SELECT seq, REPEAT('x', 200) FROM seq_1_to_60000",
    );
    const options = {
      table: 'many',
      partitionBy: 'id',
      columns: [column('id', 'integer', { key: true }), column('pad', 'text')],
    };
    const victims = async () =>
      server.query(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT `id`, `pad`%' AND USER = 'root'",
      );
    let killing: Promise<unknown> | undefined;
    const kill = () => {
      killing ??= victims().then(([victim]) => server.query(`KILL ${victim!.ID}`));
      return 900_000;
    };

    await expect(extract({ ...options, remainingMs: kill })).rejects.toMatchObject({ name: 'SourceUnavailable' });
    await killing;
    const { rows } = await extract(options);

    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 60_000 }, (_, index) => index + 1));
  });

  test('a reader sees the table as it was when its transaction began', async () => {
    await server.query('CREATE TABLE moving (id INT PRIMARY KEY) ENGINE=InnoDB', 'INSERT INTO moving VALUES (1), (2)');
    const reader = await mysql.connect({ host: '127.0.0.1', port: server.port, ...ROOT, database: 'shop' });
    const ids: unknown[] = [];
    try {
      await server.query('INSERT INTO moving VALUES (3)', 'DELETE FROM moving WHERE id = 1');
      await reader.rows({ sql: 'SELECT id FROM moving ORDER BY id', values: [] }, ({ id }) => void ids.push(id));
      await expect(reader.one({ sql: 'DELETE FROM moving', values: [] })).rejects.toThrow(/READ ONLY/);
    } finally {
      await reader.close();
    }

    expect(ids).toEqual([1, 2]);
  });

  test('any table comes out as its rows', async () => {
    const type = (
      definition: string,
      contract: Parameters<typeof column>[1],
      value: fc.Arbitrary<string | number | bigint | null>,
    ) => ({ definition, contract, value: fc.option(value, { freq: 6 }) });
    const digits = (most: number) => fc.bigInt({ min: -(10n ** BigInt(most)) + 1n, max: 10n ** BigInt(most) - 1n });
    const types = [
      type('BIGINT', 'bigint', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      type('INT', 'integer', fc.integer()),
      type(
        'DECIMAL(30,6)',
        { type: 'decimal', precision: 30, scale: 6 },
        digits(30).map(
          (n) =>
            `${n < 0n ? '-' : ''}${String(n < 0n ? -n : n)
              .padStart(7, '0')
              .replace(/(\d{6})$/, '.$1')}`,
        ),
      ),
      type(
        'VARCHAR(40)',
        'text',
        fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
      ),
      type(
        'DATE',
        'date',
        fc
          .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
          .map((date) => date.toISOString().slice(0, 10)),
      ),
      type(
        'DATETIME(3)',
        'timestamp',
        fc
          .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
          .map((date) => date.toISOString().replace('T', ' ').replace('Z', '')),
      ),
      type(
        'DOUBLE',
        'double',
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
      ),
    ];
    const shape = fc.uniqueArray(fc.nat(types.length - 1), { minLength: 1, maxLength: types.length });
    const tables = shape.chain((chosen) =>
      fc.record({
        chosen: fc.constant(chosen.map((index) => types[index]!)),
        rows: fc.array(fc.tuple(...chosen.map((index) => types[index]!.value)), { maxLength: 30 }),
        partitions: fc.integer({ min: 1, max: 5 }),
      }),
    );
    let count = 0;

    await fc.assert(
      fc.asyncProperty(tables, async ({ chosen, rows, partitions }) => {
        const table = `random_${count++}`;
        const columns = chosen.map(({ definition }, index) => `c${index} ${definition}`);
        const literals = (row: readonly unknown[]) =>
          row.map((value) =>
            value === null ? 'NULL' : typeof value === 'string' ? server.quote(value) : String(value),
          );
        await server.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, ${columns.join(', ')}) CHARACTER SET utf8mb4`);
        if (rows.length > 0) {
          await server.query(
            `INSERT INTO ${table} VALUES ${rows.map((row, index) => `(${[index, ...literals(row)].join(', ')})`).join(', ')}`,
          );
        }

        const read = await extract({
          table,
          partitionBy: 'id',
          partitions,
          columns: [
            column('id', 'integer', { key: true }),
            ...chosen.map(({ contract }, index) => column(`c${index}`, contract)),
          ],
        });

        // What DuckDB makes of the same texts: its own spelling of each value.
        const expected = await staging.casts(
          [
            { type: 'integer' },
            ...chosen.map(({ contract }) => (typeof contract === 'string' ? { type: contract } : contract)),
          ],
          rows.map((row, index) => [String(index), ...row.map((value) => (value === null ? null : String(value)))]),
        );
        expect(read.rejects).toEqual([]);
        expect(read.rows.map((row) => Object.values(row))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test("the ecommerce pipeline's sources read a real shop over TLS, and the same from the sample shop", async () => {
    const now = Date.parse('2026-02-10T01:10:00Z');
    await server.query(
      `CREATE TABLE customers (id INT UNSIGNED PRIMARY KEY, name VARCHAR(128), email VARCHAR(254), country CHAR(2), city VARCHAR(128),
        tier ENUM('basic', 'silver', 'gold') NOT NULL, newsletter TINYINT(1) NOT NULL, created_at DATETIME NOT NULL, updated_at TIMESTAMP NOT NULL)`,
      `CREATE TABLE sales (id BIGINT UNSIGNED PRIMARY KEY, customer_id INT UNSIGNED NOT NULL, product_id VARCHAR(20) NOT NULL,
        channel ENUM('web', 'app', 'store') NOT NULL, session_id VARCHAR(64), quantity SMALLINT NOT NULL, unit_price DECIMAL(10, 2) NOT NULL,
        discount DECIMAL(10, 2) NOT NULL, amount DECIMAL(10, 2) NOT NULL, status VARCHAR(16) NOT NULL, is_deleted BIT(1) NOT NULL,
        sold_at DATETIME NOT NULL, updated_at DATETIME(3) NOT NULL, KEY (updated_at))`,
      ...insertAll(
        'customers',
        rowsAt(customerVersions(0, now), ({ id }) => id, now),
      ),
      ...insertAll(
        'sales',
        rowsAt(saleVersions(historyStart(now), now), ({ id }) => id, now),
      ),
    );
    const real = { ...login, host: 'localhost', ssl: { ca: server.ca } };
    const sample = await startSampleShop({ now: () => now });
    try {
      for (const [name, read] of [
        ['sales', { from: '2026-02-09T00:00:00.000Z', to: '2026-02-10T01:00:00.000Z' }],
        ['customers', undefined],
      ] as const) {
        const options = optionsOf(ecommerce.sources[name] as RowSource, read);
        const ofReal = await extract(options, secretsOf(real));
        const ofSample = await extract(options, secretsOf({ ...sample.secret }));

        expect(ofReal.rows.length).toBeGreaterThan(300);
        expect(ofReal.rejects).toEqual([]);
        expect(byId(ofSample.rows)).toEqual(byId(ofReal.rows));
      }
    } finally {
      await sample.close();
    }
  });

  const insertAll = (table: string, rows: readonly object[]): string[] => {
    const values = rows.map((row) => `(${Object.values(row).map(literal).join(', ')})`);
    return [`INSERT INTO ${table} (${Object.keys(rows[0]!).join(', ')}) VALUES ${values.join(', ')}`];
  };
  const literal = (value: unknown): string =>
    value === null ? 'NULL' : typeof value === 'string' ? server.quote(value) : String(value);
});

const byId = (rows: readonly Record<string, unknown>[]) => [...rows].sort((a, b) => Number(a.id) - Number(b.id));

/** A source as its pipeline declares it. */
function optionsOf(
  { config, columns, cursor }: RowSource,
  bounds: { from: string; to: string } | undefined,
): TableOptions {
  if (config.kind !== 'mysql') throw new Error(`a source of kind ${config.kind}`);
  const { table, partitionBy, partitions } = config;
  return {
    ...(table === undefined ? {} : { table }),
    ...(partitionBy === undefined ? {} : { partitionBy }),
    partitions,
    columns: Object.entries(columns).map(([name, { type, isNullable, isKey }]) =>
      column(name, type, { nullable: isNullable, key: isKey }),
    ),
    ...(bounds && cursor ? { cursor: { column: cursor.column, ...bounds } } : {}),
  };
}

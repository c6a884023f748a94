/** Tables of a real MariaDB through the extractor into Parquet. Left out where no MariaDB is installed. */
import { mysql } from '../../../lambdas/extract-mysql/mysql';
import type { Secrets } from '../../../lambdas/shared/secrets';
import { column, type Staging, startStaging } from '../staging';
import { findMariadb, type Mariadb, ROOT, startMariadb } from './mariadb';
import { extractAll, secretsOf, type TableOptions } from './tables';

const program = findMariadb();
if (program === undefined) console.log('mariadbd is not installed: the tests against a real MariaDB are left out.');
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
  }, 60_000);

  afterAll(async () => {
    await staging?.close();
    await server?.stop();
  }, 30_000);

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
});

/** Tables of a real PostgreSQL through the extractor into Parquet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Client } from 'pg';
import { postgres } from '../../../lambdas/extract-postgres/postgres';
import type { Secrets } from '../../../lambdas/shared/secrets';
import { type PostgresServer, startPostgres } from '../../../lib/local/postgres/server';
import { column, type Staging, startStaging } from '../staging';
import { extractAll, secretsOf, type TableOptions } from './tables';

const stateDir = mkdtempSync(join(tmpdir(), 'stepwell-tables-'));
let server: PostgresServer;
let staging: Staging;
let admin: Client;
let login: Record<string, unknown>;

beforeAll(async () => {
  [server, staging] = await Promise.all([startPostgres({ stateDir }), startStaging()]);
  admin = new Client({ connectionString: server.adminUrl() });
  await admin.connect();
  await admin.query(
    "CREATE ROLE reader LOGIN PASSWORD 'old'; CREATE ROLE nobody LOGIN PASSWORD 'x'; GRANT pg_read_all_data TO reader",
  );
  login = { host: '127.0.0.1', port: server.port, username: 'reader', password: 'old', dbname: 'postgres' };
});

afterAll(async () => {
  await admin?.end();
  await staging?.close();
  await server?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const extract = (options: TableOptions, secrets: Secrets = secretsOf(login)) =>
  extractAll(postgres, staging, secrets, options);
const id = column('id', 'integer', { key: true });

test('keeps each type exactly as the database has it', async () => {
  await admin.query(
    `
    CREATE TYPE size AS ENUM ('small', 'größer');
    CREATE TABLE kinds (id int8 PRIMARY KEY, amount numeric(38,10), price money, small int2, f float4, d float8, flag bool, day date, at timestamp,
      stamp timestamptz, size size, doc json, docb jsonb, list int[], name text, code char(4), raw bytea, uid uuid, span interval);
    INSERT INTO kinds VALUES (9223372036854775807, 1234567890123456789012345678.0123456789, 12.5, -3, 16777217, 0.1, true, '2024-02-29',
      '2026-01-05 10:11:12.123456', '2026-01-05 10:11:12.5+02', 'größer', '{"n": 12345678901234567890}', '{"a": [1, null]}', '{1,NULL,3}', '😀 tea', 'ab',
      '\\xff00fe', '0f8fad5b-d9cb-469f-a165-70867728950e', '1 day 02:03:04'), (1)`.replace(
      ', (1)',
      '; INSERT INTO kinds (id) VALUES (1)',
    ),
  );

  const { rows, rejects } = await extract({
    table: 'public.kinds',
    partitionBy: 'id',
    columns: [
      column('id', 'bigint', { key: true }),
      column('amount', { type: 'decimal', precision: 38, scale: 10 }),
      column('price', { type: 'decimal', precision: 10, scale: 2 }),
      column('small', 'integer'),
      column('f', 'double'),
      column('d', 'double'),
      column('flag', 'boolean'),
      column('day', 'date'),
      column('at', { type: 'timestamp', timezone: 'Europe/Berlin' }),
      column('stamp', { type: 'timestamp', timezone: 'Europe/Berlin' }),
      column('size', 'text'),
      column('doc', 'json'),
      column('docb', 'json'),
      column('list', 'json'),
      column('name', 'text'),
      column('code', 'text'),
      column('raw', 'text'),
      column('uid', 'text'),
      column('span', 'text'),
    ],
  });

  expect(rejects).toEqual([]);
  expect(rows[0]).toMatchObject({ id: '1', amount: null, list: null, flag: null });
  expect(rows[1]).toEqual({
    id: '9223372036854775807',
    amount: '1234567890123456789012345678.0123456789',
    price: '12.50',
    small: -3,
    f: 16777216,
    d: 0.1,
    flag: true,
    day: '2024-02-29',
    at: '2026-01-05 09:11:12.123456',
    stamp: '2026-01-05 08:11:12.5',
    size: 'größer',
    doc: '{"n": 12345678901234567890}',
    docb: '{"a": [1, null]}',
    list: '[1, null, 3]',
    name: '😀 tea',
    code: 'ab  ',
    raw: '\\xff00fe',
    uid: '0f8fad5b-d9cb-469f-a165-70867728950e',
    span: 'P1DT2H3M4S',
  });
});

test('quarantines what no contract can hold: NaN, infinity, years before the first', async () => {
  await admin.query(`CREATE TABLE odd (id int PRIMARY KEY, d float8, n numeric, day date);
    INSERT INTO odd VALUES (1, 'NaN', NULL, NULL), (2, NULL, 'NaN', NULL), (3, NULL, NULL, 'infinity'), (4, NULL, NULL, '0044-03-15 BC'), (5, 1, 1, '2026-01-01')`);

  const { rows, rejects } = await extract({
    table: 'odd',
    partitionBy: 'id',
    columns: [
      id,
      column('d', 'double'),
      column('n', { type: 'decimal', precision: 5, scale: 2 }),
      column('day', 'date'),
    ],
  });

  expect(rows).toEqual([{ id: 5, d: 1, n: '1.00', day: '2026-01-01' }]);
  expect(rejects.map(({ row, column: name, reason }) => [row, name, reason])).toEqual([
    [1, 'd', "'NaN' is not a number"],
    [2, 'n', "'NaN' is not a decimal number"],
    [3, 'day', "'infinity' is not a date (YYYY-MM-DD)"],
    [4, 'day', "'0044-03-15 BC' is not a date (YYYY-MM-DD)"],
  ]);
});

describe('in ranges', () => {
  const columns = [column('id', 'bigint'), column('at', 'timestamp'), column('place', 'text')];
  const all = [...Array.from({ length: 4000 }, (_, index) => `p${index + 1}`), 'x1', 'x2'].sort();
  const places = (rows: Record<string, unknown>[]) => rows.map(({ place }) => place).sort();

  beforeAll(() =>
    admin.query(`CREATE TABLE visits (id int8, at timestamptz, place text);
      INSERT INTO visits SELECT n / 3, '2026-01-01Z'::timestamptz + n / 40 * interval '1 hour', 'p' || n FROM generate_series(1, 4000) n;
      INSERT INTO visits VALUES (NULL, 'infinity', 'x1'), (NULL, NULL, 'x2')`),
  );

  test.each(['id', 'at'])('of %s every row is read once, with a key or without', async (partitionBy) => {
    const read = await extract({ table: 'visits', partitionBy, partitions: 7, columns });

    expect(read.partitions).toHaveLength(7);
    expect([...read.rows, ...read.rejects.map(({ raw }) => JSON.parse(raw))].map(({ place }) => place).sort()).toEqual(
      all,
    );
  });

  test('a long read goes on after the last key, whose rows are all read', async () => {
    let looks = 0;
    const { rows, invocations } = await extract({
      table: 'visits',
      partitionBy: 'id',
      columns: [columns[0]!, columns[2]!],
      onDrift: 'ignore',
      remainingMs: () => (++looks % 2 === 0 ? 1000 : 900_000),
    });

    expect(invocations).toBeGreaterThan(5);
    expect(places(rows)).toEqual(all);
  });
});

test('an interval has its start and not its end', async () => {
  await admin.query(`CREATE TABLE changes (id int PRIMARY KEY, stamp timestamptz, at timestamp, day date);
    INSERT INTO changes VALUES (1, '2026-06-01 09:59:59Z', '2026-06-01 11:59:59', '2026-05-31'), (2, '2026-06-01 10:00:00Z', '2026-06-01 12:00:00', '2026-06-01'),
      (3, '2026-06-02 09:59:59Z', '2026-06-02 11:59:59', '2026-06-02'), (4, '2026-06-02 10:00:00Z', '2026-06-02 12:00:00', '2026-06-03'), (5, NULL, NULL, NULL)`);
  const columns = [
    id,
    column('stamp', 'timestamp'),
    column('at', { type: 'timestamp', timezone: 'Europe/Berlin' }),
    column('day', 'date'),
  ];
  const ids = async (name: string, from: string | undefined, to: string) => {
    const cursor = { column: name, to, ...(from ? { from } : {}) };
    return (await extract({ table: 'changes', cursor, partitionBy: 'id', columns })).rows.map((row) => row.id);
  };
  const [from, to] = ['2026-06-01T10:00:00.000Z', '2026-06-02T10:00:00.000Z'] as const;

  expect(await ids('stamp', from, to)).toEqual([2, 3]);
  expect(await ids('at', from, to)).toEqual([2, 3]);
  expect(await ids('day', from, to)).toEqual([3]);
  expect(await ids('stamp', undefined, from)).toEqual([1, 5]);
});

test('says why it cannot read', async () => {
  await admin.query('CREATE TABLE guarded (id int PRIMARY KEY); INSERT INTO guarded VALUES (1)');
  const failure = async (options: Partial<TableOptions> = {}, secret: object = {}) => {
    const error = await extract(
      { table: 'guarded', columns: [id], ...options },
      secretsOf({ ...login, ...secret }),
    ).catch((one) => one);
    return `${error.name}: ${error.message}`;
  };

  expect(await failure({}, { password: 'wrong' })).toContain(
    'SourceRefused: Source sales: PostgreSQL says of the login of secret stepwell/shop-db: password authentication failed for user "reader" (28P01). It was refused also',
  );
  expect(await failure({}, { dbname: 'shopp' })).toContain(
    'SourceRefused: Source sales: PostgreSQL says of table guarded: database "shopp" does not exist (3D000). Correct dbname',
  );
  expect(await failure({}, { username: 'nobody', password: 'x' })).toContain(
    'permission denied for table guarded (42501). Grant it',
  );
  expect(await failure({ table: 'gardens' })).toContain(
    'relation "gardens" does not exist (42P01). Correct the source\'s table',
  );
  expect(await failure({ table: undefined as never, query: 'SELECT nothing FROM guarded' })).toContain(
    'column "nothing" does not exist (42703)',
  );
  expect(await failure({}, { port: 1 })).toContain('SourceUnavailable: Source sales: PostgreSQL cannot be reached');
  expect(await failure({}, { host: 'db.invalid' })).toContain('SourceRefused');
  expect(await failure({}, { ssl: true })).toContain("The server has no TLS, which the secret's ssl demands");
  expect(await failure({ columns: [id, column('more', 'text')] })).toContain(
    "ContractDrift: Table guarded does not fit the contract of source sales: missing: 'more' (",
  );
});

test('a password that was changed is read anew, and a connection that is ended in the middle is tried again', async () => {
  await admin.query(
    "CREATE TABLE many (id int PRIMARY KEY, pad text); INSERT INTO many SELECT n, repeat('x', 200) FROM generate_series(1, 60000) n; ALTER ROLE reader PASSWORD 'new'",
  );
  const secrets: Secrets = {
    read: async (_name, { fresh = false } = {}) => ({ ...login, password: fresh ? 'new' : 'old' }),
  };
  const options = { table: 'many', partitionBy: 'id', columns: [id, column('pad', 'text')] };
  let killing: Promise<unknown> | undefined;
  const kill = () => {
    killing ??= admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stepwell'",
    );
    return 900_000;
  };

  await expect(extract({ ...options, remainingMs: kill }, secrets)).rejects.toMatchObject({
    name: 'SourceUnavailable',
  });
  await killing;
  const { rows } = await extract(options, secrets);

  expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 60_000 }, (_, index) => index + 1));
  await admin.query("ALTER ROLE reader PASSWORD 'old'");
});

test('any table comes out as its rows', async () => {
  const date = fc
    .date({ min: new Date('0002-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((one) => one.toISOString());
  const types = [
    {
      sql: 'int8',
      contract: { type: 'bigint' as const },
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    },
    {
      sql: 'numeric',
      contract: { type: 'decimal' as const, precision: 30, scale: 0 },
      value: fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n }).map(String),
    },
    {
      sql: 'text',
      contract: { type: 'text' as const },
      value: fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
    },
    { sql: 'date', contract: { type: 'date' as const }, value: date.map((text) => text.slice(0, 10)) },
    {
      sql: 'timestamptz',
      contract: { type: 'timestamp' as const },
      value: date.map((text) => text.slice(0, 23).replace('T', ' ')),
    },
    { sql: 'bool', contract: { type: 'boolean' as const }, value: fc.boolean().map(String) },
  ];
  const rowsOf = fc.array(fc.tuple(...types.map(({ value }) => fc.option(value, { freq: 6 }))), { maxLength: 40 });
  let count = 0;
  await admin.query("SET TIME ZONE 'UTC'");

  await fc.assert(
    fc.asyncProperty(rowsOf, fc.integer({ min: 1, max: 5 }), async (rows, partitions) => {
      const table = `random_${count++}`;
      await admin.query(
        `CREATE TABLE ${table} (id int PRIMARY KEY, ${types.map(({ sql }, index) => `c${index} ${sql}`).join(', ')})`,
      );
      for (const [index, row] of rows.entries()) {
        await admin.query(
          `INSERT INTO ${table} VALUES (${index}, ${types.map((_, at) => `$${at + 1}`).join(', ')})`,
          row,
        );
      }

      const read = await extract({
        table,
        partitionBy: 'id',
        partitions,
        columns: [id, ...types.map(({ contract }, index) => column(`c${index}`, contract))],
      });

      const expected = await staging.casts(
        [{ type: 'integer' }, ...types.map(({ contract }) => contract)],
        rows.map((row, index) => [String(index), ...row]),
      );
      expect(read.rejects).toEqual([]);
      expect(read.rows.map((row) => Object.values(row))).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { UnreadableFile } from '../../../lib/tasks/errors';
import { column, type Staging, startStaging } from '../staging';
import { extract, type Options } from './extract';

let staging: Staging;
let duckdb: DuckDBConnection;
const folder = mkdtempSync(join(tmpdir(), 'parquet-test-'));
beforeAll(async () => {
  staging = await startStaging();
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run("SET TimeZone = 'UTC'");
});
afterAll(async () => {
  await staging.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
async function parquet(select: string, options = ''): Promise<Buffer> {
  const path = join(folder, `${files++}.parquet`);
  await duckdb.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);
  return readFileSync(path);
}
const read = (body: string | Buffer, options: Options = {}) =>
  extract(staging, body, {
    format: { kind: 'parquet' },
    key: 'orders/a.parquet',
    onBadRow: { maxRate: 1 },
    ...options,
  });

test('every type, in another order and spelling than the contract', async () => {
  const columns = [
    column('id', 'bigint', { key: true, nullable: false }),
    column('whole', 'integer'),
    column('exact', { type: 'decimal', precision: 12, scale: 2 }),
    column('ratio', 'double'),
    column('name', { type: 'text', length: 20 }),
    column('ok', 'boolean'),
    column('day', 'date'),
    column('moment', 'timestamp'),
    column('berlin', { type: 'timestamp', timezone: 'Europe/Berlin' }),
    column('doc', 'json'),
  ];
  const body = await parquet(`
    SELECT {'a': [1, 2]} AS doc, TIMESTAMP '2026-01-05 12:00:00' AS "Berlin", TIMESTAMPTZ '2026-01-05 12:00:00.25+02' AS moment,
      DATE '2026-01-05' AS "Day", true AS ok, 'Ann' AS "Name", 0.1::FLOAT AS ratio, 12.5::DECIMAL(9,3) AS exact, 7::TINYINT AS whole, 9007199254740993 AS id
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, 2`);
  const { rows, rejects } = await read(body, { columns });
  expect(rejects).toEqual([]);
  expect(rows).toEqual([
    {
      id: '9007199254740993',
      whole: 7,
      exact: '12.50',
      ratio: 0.1,
      name: 'Ann',
      ok: true,
      day: '2026-01-05',
      moment: '2026-01-05 10:00:00.25',
      berlin: '2026-01-05 11:00:00',
      doc: '{"a":[1,2]}',
    },
    {
      id: '2',
      whole: null,
      exact: null,
      ratio: null,
      name: null,
      ok: null,
      day: null,
      moment: null,
      berlin: null,
      doc: null,
    },
  ]);
});

test('types that pandas and Spark make of other types: whole doubles, midnights, binary texts', async () => {
  const columns = [column('id', 'bigint'), column('day', 'date'), column('name', 'text'), column('big', 'bigint')];
  const body = await parquet(
    "SELECT 12.0::DOUBLE AS id, TIMESTAMP_NS '2026-01-05 00:00:00' AS day, encode('Ünder') AS name, 1e17::DOUBLE AS big",
  );
  expect((await read(body, { columns })).rows).toEqual([
    { id: '12', day: '2026-01-05', name: 'Ünder', big: '100000000000000000' },
  ]);
});

test('values that do not fit are quarantined with their rows, as of other formats', async () => {
  const body = await parquet(`
    SELECT * FROM (VALUES (1::DOUBLE, 'a', 1.00), (1.5, 'b', 1), (NULL, 'c', 1), (4, 'longer than ten', 1), (5, 'e', 1.239), (6, 'f', 2)) AS t(id, name, amount)`);
  const { rows, rejects, output } = await read(body);
  expect(rows.map(({ id }) => id)).toEqual(['1', '6']);
  expect(rejects.map(({ line, row, column: name, reason }) => [line, row, name, reason])).toEqual([
    [null, 2, 'id', "'1.5' is not a whole number"],
    [null, 3, 'id', 'the key is empty'],
    [null, 4, 'name', 'the text has 15 characters, the column takes 10'],
    [null, 5, 'amount', "'1.239' has more decimals than decimal(8,2) takes"],
  ]);
  expect(JSON.parse(rejects[0]!.raw)).toEqual({ id: '1.5', name: 'b', amount: '1.000' });
  expect(output).toMatchObject({ rows: 2, rejected: 4 });
});

test('too many bad rows: the message names the rows', async () => {
  const body = await parquet("SELECT NULL::BIGINT AS id, 'a' AS name, 1.00 AS amount");
  await expect(read(body, { onBadRow: { maxCount: 0 } })).rejects.toThrow(/Row 1, column id: the key is empty/);
});

test('drift is told as of other formats', async () => {
  const body = await parquet("SELECT 1 AS id, 'a' AS name, 1.00 AS amount, [1] AS tags");
  await expect(read(body)).rejects.toThrow(/new: 'tags'/);
  await expect(read(await parquet("SELECT 1 AS id, 'a' AS name"))).rejects.toThrow(/missing: 'amount'/);
  expect((await read(body, { onDrift: 'evolve' })).rows).toEqual([{ id: '1', name: 'a', amount: '1.00', tags: '[1]' }]);
  expect((await read(body, { onDrift: 'ignore' })).rows).toEqual([{ id: '1', name: 'a', amount: '1.00' }]);
});

test('a large file of many row groups, with models on top', async () => {
  const body = await parquet(
    "SELECT range AS id, 'name ' || range % 1000 AS name, (range % 100)::DECIMAL(8,2) AS amount FROM range(60000)",
    ', ROW_GROUP_SIZE 8192',
  );
  const sql = 'SELECT id, amount, _row, _file FROM orders WHERE id % 2 = 0';
  const columns = [
    column('id', 'bigint'),
    column('amount', 'double'),
    column('_row', 'bigint'),
    column('_file', 'text'),
  ];
  const datasets = [{ name: 'half', sql, columns, formats: ['parquet' as const] }];
  const { manifest, output } = await read(body, { datasets });
  expect(output.rows).toBe(60_000);
  const rows = await staging.rows(manifest.datasets.half!.parts);
  expect(rows).toHaveLength(30_000);
  expect(rows.every(({ id, _row, _file }) => Number(_row) === Number(id) + 1 && _file === 'orders/a.parquet')).toBe(
    true,
  );
});

test('what is no whole Parquet file is refused, and named', async () => {
  const body = await parquet("SELECT range AS id, 'a' AS name, 1.00 AS amount FROM range(1000)");
  const broken = Buffer.from(body);
  broken.fill(0x41, broken.length - 60, broken.length - 8);
  const cases: [string | Buffer, string][] = [
    ['id,name,amount\n1,a,2\n', 'it is a text file, where a Parquet file is expected'],
    [gzipSync(body), 'it is a gzip file, where a Parquet file is expected'],
    [body.subarray(0, body.length - 5), 'the Parquet file ends too early, as after a broken upload. Upload it again'],
    [Buffer.from([1, 2, 3, 0, 4, 5]), 'it is no Parquet file'],
    ['', 'it is empty'],
    [broken, 'the Parquet file is damaged'],
  ];
  for (const [one, what] of cases) {
    const error = await read(one).catch((caught) => caught);
    expect(error).toBeInstanceOf(UnreadableFile);
    expect(error.message).toContain(`s3://landing/orders/a.parquet cannot be read: ${what}`);
  }
});

test('a Parquet file in place of a text file is refused as well', async () => {
  const body = await parquet('SELECT 1 AS id');
  await expect(read(body, { format: { kind: 'ndjson' } })).rejects.toThrow(/it looks like a Parquet file/);
});

test('values of the very types of the contract are taken as they are, at their bounds', async () => {
  const columns = [
    column('big', 'bigint'),
    column('whole', 'integer'),
    column('exact', { type: 'decimal', precision: 38, scale: 10 }),
    column('ok', 'boolean'),
    column('day', 'date'),
    column('moment', 'timestamp'),
  ];
  const body = await parquet(`
    SELECT -9223372036854775808 AS big, -2147483648 AS whole, -1234567890123456789012345678.0123456789::DECIMAL(38,10) AS exact, false AS ok,
      DATE '0001-01-01' AS day, TIMESTAMP '0001-01-01 00:00:00.000001' AS moment
    UNION ALL SELECT 9223372036854775807, 2147483647, 0.0000000001, true, '9999-12-31', '9999-12-31 23:59:59.999999'
    UNION ALL SELECT 1, 1, 1, true, '12026-01-01', '2026-01-01'
    UNION ALL SELECT 2, 1, 1, true, '2026-01-01', 'infinity'`);
  const { rows, rejects } = await read(body, { columns });
  expect(rows).toEqual([
    {
      big: '-9223372036854775808',
      whole: -2147483648,
      exact: '-1234567890123456789012345678.0123456789',
      ok: false,
      day: '0001-01-01',
      moment: '0001-01-01 00:00:00.000001',
    },
    {
      big: '9223372036854775807',
      whole: 2147483647,
      exact: '0.0000000001',
      ok: true,
      day: '9999-12-31',
      moment: '9999-12-31 23:59:59.999999',
    },
  ]);
  expect(rejects.map(({ row, column: name }) => [row, name])).toEqual([
    [3, 'day'],
    [4, 'moment'],
  ]);
});

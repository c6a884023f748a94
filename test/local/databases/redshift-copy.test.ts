import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { COPY_ROLE, startWarehouse, type Warehouse } from './redshift-harness';

let warehouse: Warehouse;
let duck: DuckDBInstance;
const folder = mkdtempSync(join(tmpdir(), 'stepwell-parquet-'));
beforeAll(async () => {
  warehouse = await startWarehouse();
  duck = await DuckDBInstance.create(':memory:');
});
afterAll(async () => {
  duck.closeSync();
  rmSync(folder, { recursive: true, force: true });
  await warehouse.close();
});

/** Puts the rows of a query as a Parquet object and returns its length. */
async function parquet(key: string, query: string): Promise<number> {
  const file = join(folder, key.replaceAll('/', '_'));
  const connection = await duck.connect();
  await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  const body = readFileSync(file);
  warehouse.cloud.put(key, body);
  return body.length;
}
const manifest = (key: string, entries: object[]) => warehouse.cloud.put(key, JSON.stringify({ entries }));
const entry = (key: string, length: number, mandatory = true) => ({
  url: `s3://${key}`,
  mandatory,
  meta: { content_length: length },
});
const copy = (table: string, source: string, rest = 'FORMAT AS PARQUET MANIFEST') =>
  `COPY ${table} FROM 's3://${source}' IAM_ROLE '${COPY_ROLE}' ${rest}`;
const error = (sql: string) =>
  warehouse.run(sql).then(
    () => 'no error',
    (failure: Error) => failure.message,
  );

const COLUMNS =
  'id bigint NOT NULL, n integer, price decimal(12,2), ratio double precision, name varchar(8), ok boolean, day date, at timestamp';
const ROW =
  "1::BIGINT AS id, 2::INTEGER AS n, 3.50::DECIMAL(12,2) AS price, 0.1::DOUBLE AS ratio, 'größe' AS name, true AS ok, DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 10:11:12.123456' AS at";

describe('Parquet by manifest', () => {
  beforeEach(() => warehouse.batch(['DROP TABLE IF EXISTS staged', `CREATE TABLE staged (${COLUMNS})`]));

  test('all files of the manifest are loaded, every type, NULL and the empty string apart', async () => {
    const nulls =
      "SELECT 2::BIGINT AS id, NULL::INTEGER AS n, NULL::DECIMAL(12,2) AS price, NULL::DOUBLE AS ratio, '' AS name, NULL::BOOLEAN AS ok, NULL::DATE AS day, NULL::TIMESTAMP AS at";
    const tricky = `SELECT 3::BIGINT AS id, -1::INTEGER AS n, -0.01::DECIMAL(12,2) AS price, 1e300::DOUBLE AS ratio, '",\n\\N' AS name, false AS ok, DATE '0001-01-01' AS day, TIMESTAMP '1999-12-31 23:59:59' AS at`;
    manifest('work/m1', [
      entry('work/a.parquet', await parquet('work/a.parquet', `SELECT ${ROW} UNION ALL ${nulls}`)),
      entry('work/b.parquet', await parquet('work/b.parquet', tricky)),
    ]);

    const state = await warehouse.batch([copy('staged', 'work/m1')]);

    expect(state.SubStatements![0]).toMatchObject({ Status: 'FINISHED', ResultRows: 3 });
    expect(await warehouse.run('SELECT * FROM staged ORDER BY id')).toEqual([
      [1, 2, '3.50', 0.1, 'größe', true, '2024-02-29', '2024-02-29 10:11:12.123456'],
      [2, null, null, null, '', null, null, null],
      [3, -1, '-0.01', 1e300, '",\n\\N', false, '0001-01-01', '1999-12-31 23:59:59'],
    ]);
    expect(warehouse.cloud.calls.filter(({ action }) => action.startsWith('s3:')).at(-1)).toMatchObject({
      principal: { kind: 'role', roleArn: COPY_ROLE },
      action: 's3:GetObject',
    });
  });

  test('a list of columns says where they go', async () => {
    manifest('work/m2', [
      entry('work/c.parquet', await parquet('work/c.parquet', "SELECT 'x' AS name, 9::BIGINT AS id")),
    ]);

    await warehouse.run(`COPY staged (name, id) FROM 's3://work/m2' IAM_ROLE '${COPY_ROLE}' FORMAT PARQUET MANIFEST`);

    expect(await warehouse.run('SELECT id, name, n FROM staged')).toEqual([[9, 'x', null]]);
  });

  test('it is part of its batch: what fails later undoes it', async () => {
    manifest('work/m3', [entry('work/d.parquet', await parquet('work/d.parquet', `SELECT ${ROW}`))]);

    await warehouse.batch([copy('staged', 'work/m3'), 'SELECT 1 / 0']);

    expect(await warehouse.run('SELECT count(*) FROM staged')).toEqual([[0]]);
  });

  const withColumn = (name: string, value: string) => `SELECT * REPLACE (${value} AS ${name}) FROM (SELECT ${ROW})`;
  test.each([
    [
      'a text that is too long in bytes',
      withColumn('name', "'größen 8'"),
      /Spectrum Scan Error[\s\S]*The length of the data column name is longer than the length defined in the table. Table: 8, Data: 10, File name: https:\/\/s3.us-east-1.amazonaws.com\/work\/bad.parquet/,
    ],
    [
      'another integer type',
      withColumn('n', '1::BIGINT'),
      /has an incompatible Parquet schema for column 's3:\/\/work\/bad.parquet.n'. Column type: INTEGER, Parquet schema:\noptional bigint n/,
    ],
    ['another scale', withColumn('price', '1::DECIMAL(12,3)'), /Column type: DECIMAL\(12,2\)/],
    ['text in place of a date', withColumn('day', "'2024-01-01'"), /Column type: DATE/],
    [
      'a column too many',
      `SELECT ${ROW}, 1 AS more`,
      /Unmatched number of columns between table and file. Table columns: 8, Data columns: 9/,
    ],
    ['NULL for NOT NULL', withColumn('id', 'NULL::BIGINT'), /Cannot insert a NULL value into column id/],
  ])('%s is an error', async (_case, query, message) => {
    manifest('work/bad', [entry('work/bad.parquet', await parquet('work/bad.parquet', query))]);

    expect(await error(copy('staged', 'work/bad'))).toMatch(message);
  });

  test.each([
    [
      'a wrong content_length',
      [entry('work/e.parquet', 1)],
      /content_length in the manifest does not match the length of the file. Manifest: 1/,
    ],
    ['no content_length', [{ url: 's3://work/e.parquet' }], /requires content_length/],
    [
      'a mandatory file that is missing',
      [entry('work/none', 1)],
      /S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey/,
    ],
    ['no file at all', [entry('work/none', 1, false)], /Load into table 'staged' failed/],
    ['no entries', [], /is not valid/],
  ])('%s is an error', async (_case, entries, message) => {
    await parquet('work/e.parquet', `SELECT ${ROW}`);
    manifest('work/m4', entries);

    expect(await error(copy('staged', 'work/m4'))).toMatch(message);
  });

  test('a file that is no Parquet is an error', async () => {
    warehouse.cloud.put('work/f.parquet', 'id,n\n');
    manifest('work/m5', [entry('work/f.parquet', 5)]);

    expect(await error(copy('staged', 'work/m5'))).toMatch(/Spectrum Scan Error[\s\S]*is not a Parquet file/);
  });

  test('a file that is missing and need not be there is passed over', async () => {
    manifest('work/m6', [
      entry('work/none', 1, false),
      entry('work/g.parquet', await parquet('work/g.parquet', `SELECT ${ROW}`)),
    ]);

    await warehouse.run(copy('staged', 'work/m6'));

    expect(await warehouse.run('SELECT count(*) FROM staged')).toEqual([[1]]);
  });

  test('the role must be attached to the namespace and allowed to read', async () => {
    manifest('work/m7', [entry('work/g.parquet', await parquet('work/g.parquet', `SELECT ${ROW}`))]);

    expect(await error(copy('staged', 'work/m7').replace(COPY_ROLE, `${COPY_ROLE}2`))).toContain(
      `is not authorized to assume IAM Role ${COPY_ROLE}2`,
    );
    warehouse.cloud.denied.set(COPY_ROLE, ['s3:GetObject']);
    expect(await error(copy('staged', 'work/m7'))).toContain('Status 403,Error AccessDenied');
    warehouse.cloud.denied.clear();
  });

  test('the user needs INSERT on the table', async () => {
    await warehouse.run("CREATE USER copier PASSWORD 'Secret123'");
    warehouse.cloud.secrets.set('copier', JSON.stringify({ username: 'copier', password: 'Secret123' }));
    manifest('work/m8', [entry('work/g.parquet', await parquet('work/g.parquet', `SELECT ${ROW}`))]);

    await expect(warehouse.run(copy('staged', 'work/m8'), { secret: 'copier' })).rejects.toThrow(
      'permission denied for table staged',
    );
  });

  test('options that do not go with Parquet are refused, as are unknown ones and a missing table', async () => {
    expect(await error(copy('staged', 'work/m1', 'FORMAT PARQUET GZIP'))).toContain(
      'GZIP argument is not supported for PARQUET based COPY',
    );
    expect(await error(copy('staged', 'work/m1', 'FORMAT PARQUET NONSENSE'))).toContain(
      'syntax error at or near "nonsense"',
    );
    expect(await error(copy('nowhere', 'work/m1'))).toContain('Cannot COPY into nonexistent table nowhere');
    expect(await error("COPY staged FROM 's3://work/m1' FORMAT PARQUET MANIFEST")).toContain(
      'CREDENTIALS argument is required',
    );
  });

  test('SUPER takes nested values with SERIALIZETOJSON', async () => {
    await warehouse.run('CREATE TABLE nested (id bigint, doc super)');
    manifest('work/m9', [
      entry('work/h.parquet', await parquet('work/h.parquet', "SELECT 1::BIGINT AS id, {'a': [1, 2]} AS doc")),
    ]);

    expect(await error(copy('nested', 'work/m9'))).toContain('Column type: SUPER');
    await warehouse.run(copy('nested', 'work/m9', 'FORMAT PARQUET MANIFEST SERIALIZETOJSON'));

    expect(await warehouse.run('SELECT doc FROM nested')).toEqual([['{"a":[1,2]}']]);
  });
});

describe('CSV, delimited text and JSON', () => {
  beforeEach(() =>
    warehouse.batch([
      'DROP TABLE IF EXISTS plain',
      'CREATE TABLE plain (id int NOT NULL, name varchar(5), price decimal(8,2), day date)',
    ]),
  );
  const rows = () => warehouse.run('SELECT * FROM plain ORDER BY id');

  test('CSV by prefix, with quotes, a header and gzip', async () => {
    warehouse.cloud.put('work/csv/1.csv.gz', 'id,name,price,day\n1,"a""\nb",1.999,2024-02-29\n', { gzip: true });
    warehouse.cloud.put('work/csv/2.csv.gz', 'id,name,price,day\n2,,,\n', { gzip: true });

    await warehouse.run(copy('plain', 'work/csv/', 'CSV GZIP IGNOREHEADER 1'));

    // Decimals past the scale are cut off, as without ROUNDEC.
    expect(await rows()).toEqual([
      [1, 'a"\nb', '1.99', '2024-02-29'],
      [2, '', null, null],
    ]);
  });

  test('delimited text, with |, NULL AS and a quote that is only a character', async () => {
    warehouse.cloud.put('work/t/1', '1|"a"|1|2024-01-01\n2|NIL||\n');

    await warehouse.run(copy('plain', 'work/t/', "NULL AS 'NIL'"));

    expect(await rows()).toEqual([
      [1, '"a"', '1.00', '2024-01-01'],
      [2, null, null, null],
    ]);
  });

  test("JSON 'auto' maps keys to columns", async () => {
    warehouse.cloud.put('work/j/1', '{"name": "x", "id": 1, "more": true}\n\n{"id": 2, "price": 2.5, "day": null}\n');

    await warehouse.run(copy('plain', 'work/j/', "FORMAT JSON 'auto'"));

    expect(await rows()).toEqual([
      [1, 'x', null, null],
      [2, null, '2.50', null],
    ]);
  });

  test('bad values fail the load, and sys_load_error_detail says file, line, column and reason', async () => {
    warehouse.cloud.put(
      'work/e/1.csv',
      '1,ok,1,2024-01-01\nx,ok,1,2024-01-01\n3,größe,1,2024-01-01\n,ok,1,2024-13-01\n',
    );

    const state = await warehouse.batch([copy('plain', 'work/e/', 'CSV')]);

    expect(state.Error).toBe(
      "ERROR: Load into table 'plain' failed.  Check 'sys_load_error_detail' system table for details.",
    );
    const id = state.SubStatements![0]!.RedshiftQueryId;
    expect(
      await warehouse.run(
        `SELECT TRIM(file_name), line_number, TRIM(column_name), error_code, TRIM(error_message) FROM sys_load_error_detail WHERE query_id IN (${id}) ORDER BY line_number, error_code`,
      ),
    ).toEqual([
      ['s3://work/e/1.csv', 2, 'id', 1207, 'Invalid integer value'],
      ['s3://work/e/1.csv', 3, 'name', 1204, 'String length exceeds DDL length'],
      ['s3://work/e/1.csv', 4, 'day', 1205, 'Invalid Date Format'],
      ['s3://work/e/1.csv', 4, 'id', 1213, 'Missing data for not-null field'],
    ]);
    expect(await rows()).toEqual([]);
    // Below MAXERROR the good ones are let in.
    await warehouse.run(copy('plain', 'work/e/', 'CSV MAXERROR 4'));
    expect(await rows()).toEqual([[1, 'ok', '1.00', '2024-01-01']]);
  });

  test('too many or too few columns are errors with their line', async () => {
    warehouse.cloud.put('work/f/1.csv', '1,a,1,2024-01-01\n2,b,2,2024-01-01,extra\n');
    warehouse.cloud.put('work/g/1.csv', '1,a\n');

    expect(await error(copy('plain', 'work/f/', 'CSV'))).toContain('failed');
    expect(await error(copy('plain', 'work/g/', 'CSV'))).toContain('failed');

    expect(
      await warehouse.run('SELECT line_number, err_code FROM stl_load_errors ORDER BY starttime DESC LIMIT 2'),
    ).toEqual([
      [1, 1214],
      [2, 1202],
    ]);
  });

  test('ZSTD is expanded', async () => {
    const file = join(folder, 'z.csv');
    const connection = await duck.connect();
    await connection.run(
      `COPY (SELECT 1, 'a "b"', 2, DATE '2024-01-01') TO '${file}' (FORMAT csv, HEADER false, COMPRESSION zstd)`,
    );
    connection.closeSync();
    warehouse.cloud.put('work/z/1.csv', readFileSync(file));

    await warehouse.run(copy('plain', 'work/z/', 'CSV ZSTD'));

    expect(await rows()).toEqual([[1, 'a "b"', '2.00', '2024-01-01']]);
  });

  test('TRUNCATECOLUMNS cuts, EMPTYASNULL makes NULL of what is empty', async () => {
    warehouse.cloud.put('work/h/1.csv', '1,größer,1,2024-01-01\n2,,1,2024-01-01\n');

    await warehouse.run(copy('plain', 'work/h/', 'CSV TRUNCATECOLUMNS EMPTYASNULL'));

    expect((await rows()).map(([, name]) => name)).toEqual(['grö', null]);
  });

  test('what is not supported says so, and a prefix without objects fails', async () => {
    expect(await error(copy('plain', 'work/h/', 'CSV BZIP2'))).toContain(
      'The local Redshift does not support COPY … BZIP2',
    );
    expect(await error(copy('plain', 'work/h/', 'CSV ESCAPE'))).toContain('CSV is not compatible with ESCAPE');
    expect(await error(copy('plain', 'work/nothing/', 'CSV'))).toContain(
      "The specified S3 prefix 'nothing/' does not exist",
    );
  });
});

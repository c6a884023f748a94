import type { ExecuteStatementResponse } from '@aws-sdk/client-rds-data';
import { createRdsDataService, type RdsDataService } from '../../../lib/local/services/rds-data';
import { startTestCloud, type TestCloud } from './harness';

const CLUSTER = 'arn:aws:rds:us-east-1:000000000000:cluster:warehouse';
const IMPORT_ROLE = 'arn:aws:iam::000000000000:role/aurora-import';

let cloud: TestCloud;
let service: RdsDataService;
const execute = (secretArn: string, sql: string, more: object = {}) =>
  cloud.invoke<ExecuteStatementResponse>(service, 'ExecuteStatement', {
    resourceArn: CLUSTER,
    secretArn,
    sql,
    ...more,
  });
const asAdmin = (sql: string) => execute('admin', sql);
const asPipeline = (sql: string, more: object = {}) => execute('pipeline', sql, more);
const rows = async (sql: string) =>
  (await asPipeline(sql)).records!.map((row) => row.map((field) => Object.values(field)[0]));
const importing = (table: string, columns: string, options: string, key: string) =>
  `SELECT aws_s3.table_import_from_s3('${table}', '${columns}', '${options}', aws_commons.create_s3_uri('work', '${key}', 'us-east-1'))`;

beforeAll(async () => {
  cloud = await startTestCloud();
  service = createRdsDataService({ postgres: cloud.postgres });
  await service.start!(cloud.context);
  await service.registerCluster({
    clusterIdentifier: 'warehouse',
    databaseName: 'stepwell',
    masterUser: 'stepwell_admin',
    masterPassword: 'a',
    s3ImportRoles: [IMPORT_ROLE],
  });
  cloud.secrets.set('admin', JSON.stringify({ username: 'stepwell_admin', password: 'a' }));
  cloud.secrets.set('pipeline', JSON.stringify({ username: 'stepwell_orders', password: 'p' }));
  // As a bootstrap does it on Aurora, word for word.
  await asAdmin('CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE');
  await asAdmin("CREATE ROLE stepwell_orders LOGIN PASSWORD 'p'");
  await asAdmin('GRANT USAGE ON SCHEMA aws_s3, aws_commons TO stepwell_orders');
  await asAdmin('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3 TO stepwell_orders');
  await asAdmin('GRANT stepwell_orders TO stepwell_admin');
  await asAdmin('CREATE SCHEMA shop AUTHORIZATION stepwell_orders');
  await asPipeline('CREATE TABLE shop.orders (id bigint, note text, price numeric(8,2))');
  await asAdmin('CREATE TABLE public.foreign_table (id bigint)');
});
beforeEach(() => asPipeline('TRUNCATE shop.orders'));
afterAll(async () => {
  await service.stop!();
  await cloud.close();
});

test('a CSV is imported with quotes, newlines and empty cells as COPY reads them', async () => {
  cloud.put('work/a.csv', 'id,note,price\n1,"two\nlines, ""quoted""",9.50\n2,,\n');

  const answer = await rows(importing('shop.orders', '', '(format csv, header true)', 'a.csv'));

  expect(answer).toEqual([['2 rows imported into relation "shop.orders" from file a.csv of 49 bytes']]);
  expect(await rows('SELECT * FROM shop.orders ORDER BY id')).toEqual([
    [1, 'two\nlines, "quoted"', '9.50'],
    [2, true, true],
  ]);
});

test('a column list and the form with bucket, path and region work', async () => {
  cloud.put('work/b.txt', '7\tx\n');

  await asPipeline("SELECT aws_s3.table_import_from_s3('shop.orders', 'id, note', '', 'work', 'b.txt', 'us-east-1')");

  expect(await rows('SELECT id, note FROM shop.orders')).toEqual([[7, 'x']]);
});

test('gzip is undone where Content-Encoding says so, and only there', async () => {
  cloud.put('work/c.csv.gz', '1,a,2\n', { gzip: true, encoding: 'gzip' });
  cloud.put('work/d.csv.gz', '1,a,2\n', { gzip: true });

  await asPipeline(importing('shop.orders', '', '(format csv)', 'c.csv.gz'));

  expect(await rows('SELECT count(*) FROM shop.orders')).toEqual([[1]]);
  await expect(asPipeline(importing('shop.orders', '', '(format csv)', 'd.csv.gz'))).rejects.toMatchObject({
    message: expect.stringContaining('invalid byte sequence for encoding "UTF8"'),
  });
});

test('the object is read with the role of the cluster, whose missing permission is an error', async () => {
  cloud.put('work/e.csv', '1,a,2\n');
  await asPipeline(importing('shop.orders', '', '(format csv)', 'e.csv'));
  expect(cloud.calls.at(-1)).toEqual({
    principal: { kind: 'role', roleArn: IMPORT_ROLE, sessionName: 'aurora-s3-import' },
    action: 's3:GetObject',
    input: { Bucket: 'work', Key: 'e.csv' },
  });

  cloud.denied.set(IMPORT_ROLE, ['s3:GetObject']);
  const refused = asPipeline(importing('shop.orders', '', '(format csv)', 'e.csv'));

  await expect(refused).rejects.toMatchObject({
    code: 'DatabaseErrorException',
    message: expect.stringContaining(
      'ERROR: HTTP 403. Permission denied. Check bucket or provided credentials as they may no longer be valid.',
    ),
  });
  cloud.denied.clear();
});

test.each([
  ['a missing object', importing('shop.orders', '', '(format csv)', 'none.csv'), 'HTTP 404'],
  [
    'a bad row',
    importing('shop.orders', '', '(format csv)', 'bad.csv'),
    /invalid input syntax for type bigint: "x"\n {2}Where: COPY orders, line 2, column id: "x"/,
  ],
  [
    'a table without INSERT for the caller',
    importing('public.foreign_table', '', '(format csv)', 'bad.csv'),
    'permission denied for table foreign_table',
  ],
  [
    'a second statement in the options',
    importing('shop.orders', '', '(format csv); DROP TABLE shop.orders', 'bad.csv'),
    'invalid COPY options',
  ],
])('%s is an error that leaves the table as it was', async (_case, sql, message) => {
  cloud.put('work/bad.csv', '1,a,2\nx,b,3\n');

  await expect(asPipeline(sql)).rejects.toMatchObject({
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });
  expect(await rows('SELECT count(*) FROM shop.orders')).toEqual([[0]]);
});

test('a stored procedure of the pipeline imports several parts in its own transaction, several calls at once', async () => {
  for (let part = 0; part < 8; part++) cloud.put(`work/part-${part}.csv`, `${part},p,1\n`);
  await asPipeline(`CREATE OR REPLACE PROCEDURE shop.load(keys text[], fail boolean) LANGUAGE plpgsql AS $$
    DECLARE k text;
    BEGIN
      FOREACH k IN ARRAY keys LOOP
        PERFORM aws_s3.table_import_from_s3('shop.orders', 'id,note,price', '(format csv)', aws_commons.create_s3_uri('work', k, 'us-east-1'));
      END LOOP;
      IF fail THEN RAISE EXCEPTION 'no'; END IF;
    END $$`);
  const load = (first: number, fail: boolean) =>
    asPipeline("CALL shop.load(string_to_array(:keys, ','), :fail)", {
      parameters: [
        { name: 'keys', value: { stringValue: `part-${first}.csv,part-${first + 1}.csv` } },
        { name: 'fail', value: { booleanValue: fail } },
      ],
    });

  const outcomes = await Promise.allSettled([load(0, false), load(2, true), load(4, false), load(6, false)]);

  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(await rows('SELECT id FROM shop.orders ORDER BY 1')).toEqual([[0], [1], [4], [5], [6], [7]]);
});

test('psql users may import as well, as nothing depends on the Data API', async () => {
  cloud.put('work/f.csv', '5,a,2\n');

  await cloud.sql('stepwell', importing('shop.orders', '', '(format csv)', 'f.csv'), {
    name: 'stepwell_orders',
    password: 'p',
  });

  expect(await rows('SELECT id FROM shop.orders')).toEqual([[5]]);
});

test('a cluster without an import role says what is missing', async () => {
  await service.registerCluster({
    clusterIdentifier: 'bare',
    databaseName: 'bare',
    masterUser: 'bare_admin',
    masterPassword: 'b',
  });
  cloud.secrets.set('bare', JSON.stringify({ username: 'bare_admin', password: 'b' }));
  const bare = (sql: string) => execute('bare', sql, { resourceArn: CLUSTER.replace('warehouse', 'bare') });
  await bare('CREATE EXTENSION aws_s3 CASCADE');
  await bare('CREATE TABLE t (a int)');

  await expect(bare(importing('t', '', '(format csv)', 'a.csv'))).rejects.toMatchObject({
    message: expect.stringContaining(
      'Has the IAM role Amazon Resource Name (ARN) been associated with the feature-name "s3Import"?',
    ),
  });
});

test('two clusters cannot share a database', async () => {
  await expect(
    service.registerCluster({
      clusterIdentifier: 'other',
      databaseName: 'stepwell',
      masterUser: 'other_admin',
      masterPassword: 'b',
    }),
  ).rejects.toThrow('the local PostgreSQL has one already (Aurora cluster warehouse)');
});

test('nothing is left in the exchange folder', async () => {
  const { readdirSync } = await import('node:fs');
  const files = () => readdirSync(cloud.postgres.exchangeDir).filter((name) => /\.(data|end)$/.test(name));
  cloud.put('work/g.csv', '5,a,2\n');
  await asPipeline(importing('shop.orders', '', '(format csv)', 'g.csv'));

  while (files().length > 0) await new Promise(setImmediate);
  expect(files()).toEqual([]);
});

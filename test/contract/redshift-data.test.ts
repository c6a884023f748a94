/** What the Redshift Data API and the dialect do, asked of the local ones, or with `REMOTE=1` of AWS. */
import { randomUUID } from 'node:crypto';
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  type DescribeStatementCommandOutput,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  ListStatementsCommand,
} from '@aws-sdk/client-redshift-data';
import { connect, type DataContract } from './data-client';

let contract: DataContract;
beforeAll(async () => {
  contract = await connect();
});
afterAll(async () => {
  await run(`DROP TABLE IF EXISTS ${TABLE}`);
  await contract.close();
});

const TABLE = `contract_${process.pid}_${Date.now()}`;

async function ended(Id: string): Promise<DescribeStatementCommandOutput> {
  for (;;) {
    const state = await contract.redshiftData.send(new DescribeStatementCommand({ Id, WaitTimeSeconds: 10 }));
    if (['FINISHED', 'FAILED', 'ABORTED'].includes(state.Status!)) return state;
  }
}
async function run(Sql: string, parameters: Record<string, string> = {}) {
  const Parameters = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  const input = { ...contract.redshift, Sql, ...(Parameters.length > 0 ? { Parameters } : {}) };
  return ended((await contract.redshiftData.send(new ExecuteStatementCommand(input))).Id!);
}
async function batch(Sqls: string[], more: object = {}) {
  const { Id } = await contract.redshiftData.send(
    new BatchExecuteStatementCommand({ ...contract.redshift, Sqls, ...more }),
  );
  return ended(Id!);
}
const result = (Id: string) => contract.redshiftData.send(new GetStatementResultCommand({ Id }));

test('a result comes back typed, with its columns', async () => {
  const state = await run(
    'SELECT 1::int AS one, 2.50::decimal(6,2) AS price, true AS yes, NULL::int AS none, 1.5::float8 AS half, :v::varchar(9) AS v',
    { v: 'x' },
  );

  expect(state).toMatchObject({ Status: 'FINISHED', HasResultSet: true, ResultRows: 1 });
  expect(state.CreatedAt).toBeInstanceOf(Date);
  const { Records, ColumnMetadata, TotalNumRows } = await result(state.Id!);
  expect(Records).toEqual([
    [
      { longValue: 1 },
      { stringValue: '2.50' },
      { booleanValue: true },
      { isNull: true },
      { doubleValue: 1.5 },
      { stringValue: 'x' },
    ],
  ]);
  expect([TotalNumRows, ColumnMetadata!.map(({ name, typeName }) => `${name} ${typeName}`)]).toEqual([
    1,
    ['one int4', 'price numeric', 'yes bool', 'none int4', 'half float8', 'v varchar'],
  ]);
});

test('a batch is one transaction: a failure in its middle leaves nothing', async () => {
  const failed = await batch([
    `CREATE TABLE ${TABLE} (id bigint, v varchar(4)) DISTKEY (id) SORTKEY (id)`,
    'SELECT 1 / 0',
    'SELECT 1',
  ]);
  expect(failed.Status).toBe('FAILED');
  expect(failed.SubStatements![1]).toMatchObject({
    Status: 'FAILED',
    Error: expect.stringMatching(/divi(de|sion) by zero/i),
  });

  const made = await batch([
    `CREATE TABLE ${TABLE} (id bigint, v varchar(4)) DISTKEY (id) SORTKEY (id)`,
    `INSERT INTO ${TABLE} VALUES (1, 'abcd'), (2, 'grö')`,
    `SELECT COUNT(*) FROM ${TABLE}`,
  ]);
  expect(made.Status).toBe('FINISHED');
  expect((await result(made.SubStatements![2]!.Id!)).Records).toEqual([[{ longValue: 2 }]]);
});

test.each([
  ['a text that is too long in bytes', `INSERT INTO ${TABLE} VALUES (3, 'größe')`, /Value too long for character type/],
  ['a missing table', 'SELECT * FROM contract_nowhere', /relation "contract_nowhere" does not exist/],
  ['a syntax error', 'SELEC 1', /syntax error at or near "SELEC"/],
  ['ON CONFLICT', `INSERT INTO ${TABLE} VALUES (1) ON CONFLICT DO NOTHING`, /syntax error at or near "conflict"/i],
])("%s fails with Redshift's words", async (_case, sql, message) => {
  const state = await run(sql);

  expect([state.Status, state.Error]).toEqual(['FAILED', expect.stringMatching(message)]);
});

test("dates, NULL handling and aggregates are Redshift's", async () => {
  const state =
    await run(`SELECT 7 / 2, NVL(NULL, 'a'), DECODE(2, 1, 'one', 2, 'two'), DATEDIFF(day, '2024-02-28'::date, '2024-03-01'::date),
    DATEADD(month, 1, '2024-01-31'::timestamp)::date, (SELECT LISTAGG(v, ',') WITHIN GROUP (ORDER BY id) FROM ${TABLE})`);

  expect((await result(state.Id!)).Records![0]!.map((field) => Object.values(field)[0])).toEqual([
    3,
    'a',
    'two',
    2,
    '2024-02-29',
    'abcd,grö',
  ]);
});

test('the same client token is the same statement, which ListStatements finds by its name', async () => {
  const ClientToken = randomUUID();
  const StatementName = `contract-${ClientToken}`;
  const first = await batch(['SELECT 1'], { ClientToken, StatementName });
  const again = await batch(['SELECT 1'], { ClientToken, StatementName });

  expect(again.Id).toBe(first.Id);
  const { Statements } = await contract.redshiftData.send(new ListStatementsCommand({ StatementName }));
  expect(Statements!.map(({ Id, Status }) => [Id, Status])).toEqual([[first.Id, 'FINISHED']]);
});

test("refusals carry AWS's error names", async () => {
  await expect(ended(randomUUID())).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(batch(Array(41).fill('SELECT 1'))).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(run("SELECT ':a', :b", { a: '1', b: '2' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Parameters list contains unused parameters. Unused parameters: [a]',
  });
  for (const wrong of [{ Status: 'DONE' as 'ALL' }, { MaxResults: 101 }])
    await expect(contract.redshiftData.send(new ListStatementsCommand(wrong))).rejects.toMatchObject({
      name: 'ValidationException',
    });
});

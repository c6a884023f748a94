/** What the RDS Data API does, asked of the local one, or with `REMOTE=1` of AWS. */
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { connect, type DataContract } from './data-client';

let contract: DataContract;
beforeAll(async () => {
  contract = await connect();
});
afterAll(async () => {
  await execute(`DROP TABLE ${TABLE}`);
  await contract.close();
});

const TABLE = `contract_${process.pid}_${Date.now()}`;
const execute = (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
  contract.rdsData.send(new ExecuteStatementCommand({ ...contract.aurora, sql, ...more }));

beforeAll(() => execute(`CREATE TABLE ${TABLE} (id bigint PRIMARY KEY, doc jsonb, raw bytea, at timestamptz)`));
beforeEach(() => execute(`TRUNCATE ${TABLE}`));

test('values make the round trip, each in the member of its type', async () => {
  await execute(`INSERT INTO ${TABLE} VALUES (:id, :doc::jsonb, :raw, :at)`, {
    parameters: [
      { name: 'id', value: { longValue: 42 } },
      { name: 'doc', value: { stringValue: '{"a": 1}' } },
      { name: 'raw', value: { blobValue: new Uint8Array([0, 255]) } },
      { name: 'at', value: { stringValue: '2024-02-29 10:00:00.5' }, typeHint: 'TIMESTAMP' },
    ],
  });

  const { records, numberOfRecordsUpdated } = await execute(
    `SELECT id, doc, raw, at, NULL AS none, 1.50::numeric(4,2) AS price, '{a,b}'::text[] AS list FROM ${TABLE}`,
  );

  expect(numberOfRecordsUpdated).toBe(0);
  expect(records).toEqual([
    [
      { longValue: 42 },
      { stringValue: '{"a": 1}' },
      { blobValue: new Uint8Array([0, 255]) },
      { stringValue: '2024-02-29 10:00:00.5' },
      { isNull: true },
      { stringValue: '1.50' },
      { arrayValue: { stringValues: ['a', 'b'] } },
    ],
  ]);
});

test('rows as JSON, and the columns described', async () => {
  const { formattedRecords } = await execute("SELECT 1 AS n, 'x' AS s, NULL AS z", { formatRecordsAs: 'JSON' });
  const { columnMetadata } = await execute(`SELECT id FROM ${TABLE}`, { includeResultMetadata: true });

  expect(JSON.parse(formattedRecords!)).toEqual([{ n: 1, s: 'x', z: null }]);
  expect(columnMetadata).toMatchObject([
    { label: 'id', name: 'id', typeName: 'int8', tableName: TABLE, nullable: 0, type: -5 },
  ]);
});

test('a transaction is seen by others when it commits, and never when it rolls back', async () => {
  const count = async () => (await execute(`SELECT count(*) FROM ${TABLE}`)).records![0]![0]!.longValue;
  const begin = async () => (await contract.rdsData.send(new BeginTransactionCommand(contract.aurora))).transactionId!;
  const first = await begin();
  await execute(`INSERT INTO ${TABLE} (id) VALUES (1)`, { transactionId: first });
  expect(await count()).toBe(0);
  const committed = await contract.rdsData.send(
    new CommitTransactionCommand({ ...contract.aurora, transactionId: first }),
  );
  expect([committed.transactionStatus, await count()]).toEqual(['Transaction Committed', 1]);

  const second = await begin();
  await execute(`INSERT INTO ${TABLE} (id) VALUES (2)`, { transactionId: second });
  const rolledBack = await contract.rdsData.send(
    new RollbackTransactionCommand({ ...contract.aurora, transactionId: second }),
  );
  expect([rolledBack.transactionStatus, await count()]).toEqual(['Rollback Complete', 1]);
});

test('a batch runs a statement once for each set of parameters', async () => {
  const parameterSets = [1, 2, 3].map((n) => [{ name: 'id', value: { longValue: n } }]);

  const answer = await contract.rdsData.send(
    new BatchExecuteStatementCommand({
      ...contract.aurora,
      sql: `INSERT INTO ${TABLE} (id) VALUES (:id)`,
      parameterSets,
    }),
  );

  expect(answer.updateResults).toHaveLength(3);
  expect((await execute(`SELECT count(*) FROM ${TABLE}`)).records).toEqual([[{ longValue: 3 }]]);
});

test.each([
  [
    'a duplicate key',
    `INSERT INTO ${TABLE} (id) VALUES (1), (1)`,
    'DatabaseErrorException',
    /ERROR: duplicate key value violates unique constraint .*SQLState: 23505/s,
  ],
  [
    'a missing table',
    'SELECT * FROM contract_nowhere',
    'DatabaseErrorException',
    /ERROR: relation "contract_nowhere" does not exist.*Position: 15; SQLState: 42P01/s,
  ],
  ['a missing parameter', 'SELECT :a', 'BadRequestException', /Cannot find parameter: a/],
  ['two statements', 'SELECT 1; SELECT 2', 'ValidationException', /Multistatements aren't supported/],
])('%s', async (_case, sql, name, message) => {
  await expect(execute(sql)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
});

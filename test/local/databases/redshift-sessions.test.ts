import type {
  DescribeStatementResponse,
  ExecuteStatementOutput,
  GetStatementResultResponse,
  GetStatementResultV2Response,
  ListSessionsResponse,
} from '@aws-sdk/client-redshift-data';
import type { Principal } from '../../../lib/local/service';
import { ADMIN, startWarehouse, type Warehouse } from './redshift-harness';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await startWarehouse();
});
afterAll(() => warehouse.close());

const AT = { WorkgroupName: 'stepwell', Database: 'stepwell', SecretArn: ADMIN };
const call = <T>(operation: string, input: object, principal?: Principal) =>
  warehouse.cloud.invoke<T>(warehouse.service, operation, input, principal);
const execute = (Sql: string, more: object = AT) =>
  call<ExecuteStatementOutput>('ExecuteStatement', { Sql, WaitTimeSeconds: 20, ...more });
const value = async (Id: string) =>
  Object.values((await call<GetStatementResultResponse>('GetStatementResult', { Id })).Records![0]![0]!)[0];
const open = async (SessionKeepAliveSeconds = 60) =>
  (await execute('SELECT 1', { ...AT, SessionKeepAliveSeconds })).SessionId!;

describe('a session', () => {
  test('keeps temporary tables and settings from one call to the next, and says by itself where and as whom', async () => {
    const SessionId = await open();

    await execute('CREATE TEMP TABLE kept AS SELECT 5 AS n', { SessionId });
    const { Id, Database, WorkgroupName } = await execute('SELECT n FROM kept', { SessionId });

    expect([await value(Id!), Database, WorkgroupName]).toEqual([5, 'stepwell', 'stepwell']);
    expect(await call<DescribeStatementResponse>('DescribeStatement', { Id })).toMatchObject({ SessionId });
  });

  test("holds a transaction of the caller's own open over several calls", async () => {
    await execute('CREATE TABLE in_session (n int)');
    const SessionId = await open();
    for (const sql of ['BEGIN', 'INSERT INTO in_session VALUES (1)']) await execute(sql, { SessionId });
    const seen = async () => value((await execute('SELECT COUNT(*) FROM in_session')).Id!);

    const before = await seen();
    await execute('COMMIT', { SessionId });
    const after = await seen();
    for (const sql of ['BEGIN', 'INSERT INTO in_session VALUES (2)', 'ROLLBACK']) await execute(sql, { SessionId });

    expect([before, after, await seen()]).toEqual([0, 1, 1]);
  });

  test('survives a statement that fails', async () => {
    const SessionId = await open();

    expect(await execute('SELECT 1 / 0', { SessionId })).toMatchObject({ Status: 'FAILED' });
    expect(await execute('SELECT 2', { SessionId })).toMatchObject({ Status: 'FINISHED' });
  });

  test("is refused in AWS's words when it is busy, closed, unknown, or another role's", async () => {
    const SessionId = await open();
    const failure = async (input: object, principal?: Principal) =>
      call('ExecuteStatement', { Sql: 'SELECT 1', ...input }, principal).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
    await warehouse.run('CREATE TABLE held (n int)');
    const first = await execute('LOCK held', { SessionId, WaitTimeSeconds: 0 });
    const stranger: Principal = { kind: 'role', roleArn: 'arn:aws:iam::000000000000:role/other', sessionName: 's' };
    const busy = await failure({ SessionId });
    await warehouse.describe(first.Id!);
    const unknown = 'aaaaaaaa-0000-0000-0000-000000000000';

    expect(busy).toBe('Session is not available');
    expect(await failure({ SessionId: unknown })).toBe(`Session with Id: ${unknown} is invalid`);
    expect(await failure({ SessionId }, stranger)).toBe(`Session with Id: ${SessionId} is invalid`);
    expect(await failure({ SessionId, Database: 'elsewhere' })).toContain('cannot differ');
    await execute('SELECT 1', { SessionId, SessionKeepAliveSeconds: 0 });
    expect(await failure({ SessionId })).toBe('Session is not available');
  });

  test('is listed with its state', async () => {
    const SessionId = await open(30);
    const list = async (input: object) => (await call<ListSessionsResponse>('ListSessions', input)).Sessions!;

    expect(await list({ SessionId })).toEqual([
      expect.objectContaining({ SessionId, Status: 'AVAILABLE', SessionAliveSeconds: 30, Database: 'stepwell' }),
    ]);
    await execute('SELECT 1', { SessionId, SessionKeepAliveSeconds: 0 });
    expect((await list({ Status: 'CLOSED' })).map((each) => each.SessionId)).toContain(SessionId);
    expect((await list({})).map((each) => each.SessionId)).not.toContain(SessionId);
    await expect(list({ SessionId, Status: 'CLOSED' })).rejects.toThrow('SessionId cannot be used with Status');
  });
});

test('AUTO_COMMIT keeps what worked beside what failed', async () => {
  const Sqls = [
    'CREATE TABLE by_itself (n int)',
    'INSERT INTO by_itself VALUES (1)',
    'SELECT 1 / 0',
    'SELECT * FROM by_itself',
  ];

  const { Id } = await call<{ Id: string }>('BatchExecuteStatement', { ...AT, Sqls, ExecutionMode: 'AUTO_COMMIT' });
  const state = await warehouse.describe(Id);

  expect([state.Status, state.ExecutionMode, state.SubStatements!.map(({ Status }) => Status)]).toEqual([
    'FAILED',
    'AUTO_COMMIT',
    ['FINISHED', 'FINISHED', 'FAILED', 'FINISHED'],
  ]);
  expect(await warehouse.result(`${Id}:4`)).toEqual([[1]]);
});

test('a result in CSV has the names of its columns first, and is fetched by GetStatementResultV2 only', async () => {
  const sql =
    "SELECT 1 AS n, 'a \"b\", c' AS text, NULL AS nothing, '' AS empty, true AS flag, 2.50::decimal(4,2) AS d";
  const { Id } = await execute(sql, { ...AT, ResultFormat: 'CSV' });
  const { Id: json } = await execute(sql);

  const { Records, ...rest } = await call<GetStatementResultV2Response>('GetStatementResultV2', { Id });
  expect(Records).toEqual([{ CSVRecords: 'n,text,nothing,empty,flag,d\r\n1,"a ""b"", c",,"",true,2.50\r\n' }]);
  expect(rest).toMatchObject({ ResultFormat: 'CSV', TotalNumRows: 1 });
  await expect(call('GetStatementResult', { Id })).rejects.toThrow('Use GetStatementResultV2');
  await expect(call('GetStatementResultV2', { Id: json })).rejects.toThrow('Use GetStatementResult');
});

test.each([
  [{ SessionKeepAliveSeconds: 86_401 }, 'less than or equal to 86400'],
  [{ ResultFormat: 'XML' }, 'Member must satisfy enum value set: [JSON, CSV]'],
  [{ StatementName: 'n'.repeat(2_049) }, 'length less than or equal to 2048'],
  [{ Parameters: [] }, "at 'parameters' failed to satisfy constraint"],
])('a statement with a value out of bounds is refused (%#)', async (more, message) => {
  await expect(execute('SELECT 1', { ...AT, ...more })).rejects.toThrow(message);
});

import type { DescribeStatementResponse, ListStatementsResponse } from '@aws-sdk/client-redshift-data';
import { createRedshiftDataService } from '../../../lib/local/services/redshift-data';
import { ROLE } from './harness';
import { ADMIN, startWarehouse, type Warehouse } from './redshift-harness';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await startWarehouse();
});
afterAll(() => warehouse.close());

const target = { WorkgroupName: 'stepwell', Database: 'stepwell', SecretArn: ADMIN };
const invoke = <T>(operation: string, input: object) => warehouse.cloud.invoke<T>(warehouse.service, operation, input);
const submitOne = async (Sql: string, more: object = {}) =>
  (await invoke<{ Id: string }>('ExecuteStatement', { ...target, Sql, ...more })).Id;
const until = async (condition: () => Promise<boolean> | boolean) => {
  while (!(await condition())) await new Promise(setImmediate);
};
const waitsForLock = async (count = 1) => {
  const { rows } = await warehouse.cloud.sql(
    'postgres',
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  );
  return rows[0].n >= count;
};

describe('a statement', () => {
  test('is described from its submission to its result', async () => {
    const id = await submitOne(
      "SELECT 1::int AS one, 2.50::decimal(6,2) AS price, true AS yes, NULL AS nothing, 1.5::float8 AS half, 'x'::varchar(9) AS v",
      {
        StatementName: 'first',
        Parameters: undefined,
      },
    );

    const state = await warehouse.describe(id);

    expect(state).toMatchObject({
      Id: id,
      Status: 'FINISHED',
      Database: 'stepwell',
      WorkgroupName: 'stepwell',
      SecretArn: ADMIN,
      HasResultSet: true,
      ResultRows: 1,
      RedshiftPid: expect.any(Number),
      RedshiftQueryId: expect.any(Number),
      QueryString: expect.stringContaining('SELECT 1'),
    });
    expect(state.Duration).toBeGreaterThan(0);
    expect(state.SubStatements).toBeUndefined();
    expect(await invoke('GetStatementResult', { Id: id })).toMatchObject({
      Records: [
        [
          { longValue: 1 },
          { stringValue: '2.50' },
          { booleanValue: true },
          { isNull: true },
          { doubleValue: 1.5 },
          { stringValue: 'x' },
        ],
      ],
      TotalNumRows: 1,
      ColumnMetadata: [
        { name: 'one', typeName: 'int4' },
        { name: 'price', typeName: 'numeric', precision: 6, scale: 2 },
        { name: 'yes', typeName: 'bool' },
        { name: 'nothing' },
        { name: 'half', typeName: 'float8' },
        { name: 'v', typeName: 'varchar', length: 9 },
      ],
    });
  });

  test('is described as finished only when its result can be had', async () => {
    for (let i = 0; i < 20; i++) {
      const id = await submitOne('SELECT 1');
      await until(async () => (await warehouse.describe(id, false)).Status === 'FINISHED');
      expect(await invoke('GetStatementResult', { Id: id })).toMatchObject({ Records: [[{ longValue: 1 }]] });
    }
  });

  test('takes named parameters as values', async () => {
    expect(await warehouse.run("SELECT :a || ':a', :n::int + 1", { parameters: { a: "it's", n: '41' } })).toEqual([
      ["it's:a", 42],
    ]);
  });

  test('that fails says why, and has no result', async () => {
    const id = await submitOne('SELECT * FROM nowhere');

    expect(await warehouse.describe(id)).toMatchObject({
      Status: 'FAILED',
      Error: 'ERROR: relation "nowhere" does not exist',
      HasResultSet: false,
    });
    await expect(invoke('GetStatementResult', { Id: id })).rejects.toMatchObject({ code: 'ValidationException' });
  });

  test('with a large result is read in pages', async () => {
    await warehouse.run('CREATE TABLE numbers AS SELECT 0 AS n');
    for (let power = 0; power < 11; power++)
      await warehouse.run(`INSERT INTO numbers SELECT n + ${2 ** power} FROM numbers`);

    const id = await submitOne('SELECT n FROM numbers ORDER BY n');
    await warehouse.describe(id);

    const first = await invoke<{ NextToken?: string; Records: unknown[] }>('GetStatementResult', { Id: id });
    expect([first.Records.length, typeof first.NextToken]).toEqual([1000, 'string']);
    expect((await warehouse.result(id)).map(([n]) => n)).toEqual(Array.from({ length: 2048 }, (_, n) => n));
  });

  test('without a secret runs as the user of the IAM role, which begins without grants', async () => {
    const call = { WorkgroupName: 'stepwell', Database: 'stepwell' };
    const { Id } = await invoke<{ Id: string }>('ExecuteStatement', {
      ...call,
      Sql: 'SELECT current_user',
      WaitTimeSeconds: 10,
    });
    expect(await warehouse.result(Id)).toEqual([['IAMR:loader']]);

    const refused = await invoke<{ Id: string }>('ExecuteStatement', {
      ...call,
      Sql: 'SELECT * FROM numbers',
      WaitTimeSeconds: 10,
    });
    expect(await warehouse.describe(refused.Id)).toMatchObject({
      DbUser: 'IAMR:loader',
      Error: 'ERROR: permission denied for table numbers',
    });
  });
});

describe('a batch', () => {
  test('is one transaction with a result for each part', async () => {
    const state = await warehouse.batch([
      'CREATE TABLE b1 (n int)',
      'INSERT INTO b1 VALUES (1), (2)',
      'SELECT count(*) FROM b1',
    ]);

    expect(state).toMatchObject({ Status: 'FINISHED', HasResultSet: true });
    expect(
      state.SubStatements!.map(({ Id, Status, HasResultSet, ResultRows }) => [
        Id!.split(':')[1],
        Status,
        HasResultSet,
        ResultRows,
      ]),
    ).toEqual([
      ['1', 'FINISHED', false, -1],
      ['2', 'FINISHED', false, 2],
      ['3', 'FINISHED', true, 1],
    ]);
    expect(await warehouse.result(`${state.Id}:3`)).toEqual([[2]]);
  });

  test('that fails leaves nothing, names the part that failed and aborts those after it', async () => {
    const state = await warehouse.batch(['CREATE TABLE b2 (n int)', 'INSERT INTO b2 SELECT 1 / 0', 'SELECT 1']);

    expect(state).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining('Divide by zero') });
    expect(state.SubStatements!.map(({ Status }) => Status)).toEqual(['FINISHED', 'FAILED', 'ABORTED']);
    await expect(warehouse.run('SELECT * FROM b2')).rejects.toThrow('relation "b2" does not exist');
  });

  test('commits at a TRUNCATE, as Redshift does', async () => {
    await warehouse.batch(['CREATE TABLE b3 (n int)', 'CREATE TABLE b4 (n int)', 'INSERT INTO b3 VALUES (1)']);

    const state = await warehouse.batch(['INSERT INTO b4 VALUES (1)', 'TRUNCATE b3', 'SELECT 1 / 0']);

    expect(state.Status).toBe('FAILED');
    expect(await warehouse.run('SELECT (SELECT count(*) FROM b3), (SELECT count(*) FROM b4)')).toEqual([[0, 1]]);
  });

  test.each([
    ['of 41 statements', { Sqls: Array(41).fill('SELECT 1') }, 'less than or equal to 40'],
    ['of none', { Sqls: [] }, 'greater than or equal to 1'],
    ['with a statement of more than 100 KB', { Sqls: [`SELECT '${'x'.repeat(102_400)}'`] }, 'exceeds the limit'],
    [
      'for an unknown workgroup',
      { Sqls: ['SELECT 1'], WorkgroupName: 'none' },
      "Redshift endpoint doesn't exist in this region.",
    ],
    ['with an unknown secret', { Sqls: ['SELECT 1'], SecretArn: 'none' }, 'Secret none does not exist'],
  ])('%s is refused at once', async (_case, input, message) => {
    await expect(invoke('BatchExecuteStatement', { ...target, ...input })).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });

  test('with 40 statements is accepted', async () => {
    expect((await warehouse.batch(Array(40).fill('SELECT 1'))).Status).toBe('FINISHED');
  });
});

describe('tokens and names', () => {
  test('the same token gives the same statement, and other parameters with it are refused', async () => {
    await warehouse.run('CREATE TABLE once (n int)');
    const submit = (sql: string) => warehouse.submit([sql], { ClientToken: 'token-1', StatementName: 'key.1' });
    const first = await submit('INSERT INTO once VALUES (1)');
    await warehouse.describe(first);

    expect(await submit('INSERT INTO once VALUES (1)')).toBe(first);

    expect(await warehouse.run('SELECT count(*) FROM once')).toEqual([[1]]);
    await expect(submit('INSERT INTO once VALUES (2)')).rejects.toMatchObject({ code: 'ValidationException' });
  });

  test('statements are found by the beginning of their name and by status', async () => {
    await warehouse.batch(['SELECT 1'], { StatementName: 'listed.1' });
    await warehouse.batch(['SELECT 1 / 0'], { StatementName: 'listed.2' });
    const list = async (input: object) =>
      (await invoke<ListStatementsResponse>('ListStatements', input)).Statements!.map(
        ({ StatementName }) => StatementName,
      );

    expect(await list({ StatementName: 'listed.' })).toEqual(['listed.2', 'listed.1']);
    expect(await list({ StatementName: 'listed.', Status: 'FAILED' })).toEqual(['listed.2']);
    const paged = await invoke<ListStatementsResponse>('ListStatements', { StatementName: 'listed.', MaxResults: 1 });
    expect(paged).toMatchObject({
      Statements: [{ StatementName: 'listed.2', IsBatchStatement: true }],
      NextToken: expect.any(String),
    });
  });

  test('an unknown id is not found', async () => {
    await expect(warehouse.describe('7c8b9f3c-0000-0000-0000-000000000000')).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });
});

test('WithEvent puts the documented event on the bus, for success and failure', async () => {
  const { events } = warehouse.cloud;
  events.length = 0;
  const good = await warehouse.submit(['SELECT 1'], { WithEvent: true, StatementName: 'good.1' });
  await until(() => events.length === 1);
  const bad = await submitOne('SELECT 1 / 0', { WithEvent: true, StatementName: 'bad.1' });
  await until(() => events.length === 2);

  expect(events.map(({ Detail, ...rest }) => ({ ...rest, Detail: JSON.parse(Detail as string) }))).toEqual(
    [
      [good, 'good.1', 'FINISHED', 1],
      [bad, 'bad.1', 'FAILED', -1],
    ].map(([statementId, statementName, state, rows]) => ({
      Source: 'aws.redshift-data',
      DetailType: 'Redshift Data Statement Status Change',
      Resources: [
        expect.stringMatching(/^arn:aws:redshift-serverless:us-east-1:000000000000:workgroup\/[0-9a-f-]{36}$/),
      ],
      Time: expect.any(Date),
      Detail: {
        principal: 'arn:aws:sts::000000000000:assumed-role/loader/test',
        statementId,
        statementName,
        state,
        rows,
        redshiftQueryId: expect.any(Number),
        expireAt: expect.any(Number),
      },
    })),
  );
  expect(warehouse.cloud.calls.filter(({ action }) => action === 'events:PutEvents').at(-1)!.principal).toEqual({
    kind: 'service',
    service: 'redshift-data.amazonaws.com',
  });
});

describe('two publishers at once', () => {
  const publish = (n: number) => [
    'LOCK ledger',
    'DELETE FROM staged USING ledger WHERE ledger.k = staged.k',
    'INSERT INTO facts SELECT k FROM staged',
    `INSERT INTO ledger SELECT 1, ${n} WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE k = 1)`,
  ];
  beforeEach(async () => {
    await warehouse.batch(
      ['ledger', 'staged', 'facts'].flatMap((table) => [
        `DROP TABLE IF EXISTS ${table}`,
        `CREATE TABLE ${table} (k int${table === 'ledger' ? ', n int' : ''})`,
      ]),
    );
    await warehouse.run('INSERT INTO staged VALUES (1)');
  });

  test('LOCK as the first statement: the second sees what the first has committed, and publishes nothing', async () => {
    // Both wait behind this lock, so that they race for certain.
    const { Client } = await import('pg');
    const blocker = new Client({ connectionString: warehouse.cloud.postgres.adminUrl('redshift_stepwell') });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE ledger');
    const ids = await Promise.all([warehouse.submit(publish(1)), warehouse.submit(publish(2))]);
    await until(() => waitsForLock(2));
    await blocker.query('COMMIT');
    await blocker.end();

    const states = await Promise.all(ids.map((id) => warehouse.describe(id)));

    expect(states.map(({ Status }) => Status)).toEqual(['FINISHED', 'FINISHED']);
    expect(await warehouse.run('SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM ledger)')).toEqual([[1, 1]]);
  });

  test('who creates a table if it does not exist waits for another who is creating it', async () => {
    const create = (n: number) => [
      'CREATE TABLE IF NOT EXISTS made_once (n int)',
      `INSERT INTO made_once VALUES (${n})`,
    ];

    const states = await Promise.all([1, 2, 3, 4].map((n) => warehouse.batch(create(n))));

    expect(states.map(({ Status }) => Status)).toEqual(['FINISHED', 'FINISHED', 'FINISHED', 'FINISHED']);
    expect(await warehouse.run('SELECT n FROM made_once ORDER BY n')).toEqual([[1], [2], [3], [4]]);
  });

  test('without it the second fails with a serializable isolation violation', async () => {
    const { Client } = await import('pg');
    const blocker = new Client({ connectionString: warehouse.cloud.postgres.adminUrl('redshift_stepwell') });
    await blocker.connect();
    await blocker.query('BEGIN; UPDATE staged SET k = 2');
    const id = await warehouse.submit(['SELECT count(*) FROM ledger', 'DELETE FROM staged']);
    await until(() => waitsForLock());
    await blocker.query('COMMIT');
    await blocker.end();

    expect((await warehouse.describe(id)).Error).toMatch(
      /^ERROR: 1023\n {2}Detail: Serializable isolation violation on table/,
    );
  });
});

test('CancelStatement ends a running statement, which is ABORTED and undone', async () => {
  const { Client } = await import('pg');
  await warehouse.run('CREATE TABLE cancelled (n int)');
  const blocker = new Client({ connectionString: warehouse.cloud.postgres.adminUrl('redshift_stepwell') });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE cancelled');
  const id = await warehouse.submit(['CREATE TABLE never (n int)', 'LOCK cancelled'], { WithEvent: true });
  await until(() => waitsForLock());
  expect((await warehouse.describe(id, false)).Status).toBe('STARTED');

  expect(await invoke('CancelStatement', { Id: id })).toEqual({ Status: true });

  expect(await warehouse.describe(id)).toMatchObject({ Status: 'ABORTED' });
  await blocker.end();
  await expect(warehouse.run('SELECT * FROM never')).rejects.toThrow('does not exist');
  await expect(invoke('CancelStatement', { Id: id })).rejects.toMatchObject({
    message: 'Could not cancel a query that is already in ABORTED state',
  });
});

describe('after the process was killed', () => {
  /** The service forgets what it runs, as a killed process does; PostgreSQL rolls the open transactions back. */
  const restart = async () => {
    await warehouse.service.stop!();
    await warehouse.service.start!(warehouse.cloud.context);
    warehouse.cloud.events.length = 0;
    await warehouse.service.ready!();
  };

  test('a statement that was running has failed, nothing of it is there, and its event comes', async () => {
    const { Client } = await import('pg');
    await warehouse.run('CREATE TABLE interrupted (n int)');
    const blocker = new Client({ connectionString: warehouse.cloud.postgres.adminUrl('redshift_stepwell') });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE interrupted');
    const id = await warehouse.submit(['CREATE TABLE half (n int)', 'INSERT INTO interrupted VALUES (1)'], {
      WithEvent: true,
    });
    await until(() => waitsForLock());

    await restart();
    await blocker.end();

    expect(await warehouse.describe(id)).toMatchObject({
      Status: 'FAILED',
      Error: expect.stringContaining('the connection was lost'),
    });
    expect(JSON.parse(warehouse.cloud.events[0]!.Detail as string)).toMatchObject({ statementId: id, state: 'FAILED' });
    await expect(warehouse.run('SELECT * FROM half')).rejects.toThrow('does not exist');
  });

  test('a statement that had committed, unknown to anybody, has finished, with its results, and its event comes', async () => {
    const { Id } = await warehouse.batch(
      ['CREATE TABLE committed (n int)', 'INSERT INTO committed VALUES (3)', 'SELECT n FROM committed'],
      { WithEvent: true },
    );
    // The journal as it was between the commit and the note of it.
    await warehouse.cloud.sql(
      'postgres',
      `UPDATE redshift_data.statements SET ended = false, event_due = false,
      statement = (statement::jsonb || '{"status": "STARTED", "eventDue": false}')::json WHERE id = '${Id}'`,
    );

    await restart();

    expect(await warehouse.describe(Id!)).toMatchObject({ Status: 'FINISHED' });
    expect(await warehouse.result(`${Id}:3`)).toEqual([[3]]);
    expect(JSON.parse(warehouse.cloud.events[0]!.Detail as string)).toMatchObject({
      statementId: Id,
      state: 'FINISHED',
    });
  });

  test('finished statements, their results and their tokens are still known', async () => {
    const id = await warehouse.submit(['SELECT 4'], { ClientToken: 'kept' });
    await warehouse.describe(id);

    await restart();

    expect(await warehouse.submit(['SELECT 4'], { ClientToken: 'kept' })).toBe(id);
    expect(await warehouse.result(`${id}:1`)).toEqual([[4]]);
    expect(warehouse.cloud.events).toEqual([]);
  });
});

test('the catalogue is listed as the caller sees it', async () => {
  await warehouse.batch([
    'CREATE SCHEMA listed',
    "CREATE TABLE listed.t (a int NOT NULL, b varchar(7) DEFAULT 'x', c super)",
  ]);

  expect(await invoke('ListDatabases', target)).toEqual({ Databases: ['stepwell'] });
  expect(await invoke('ListSchemas', { ...target, SchemaPattern: 'list%' })).toEqual({ Schemas: ['listed'] });
  expect(await invoke('ListTables', { ...target, SchemaPattern: 'listed' })).toEqual({
    Tables: [{ name: 't', schema: 'listed', type: 'TABLE' }],
  });
  expect(await invoke('DescribeTable', { ...target, Schema: 'listed', Table: 't' })).toMatchObject({
    TableName: 't',
    ColumnList: [
      { name: 'a', typeName: 'int4', nullable: 0 },
      { name: 'b', typeName: 'varchar', length: 7 },
      { name: 'c', typeName: 'super' },
    ],
  });
});

test('IAM is asked for the workgroup, for temporary credentials where there is no secret, and for statements without a resource', () => {
  const context = { cloud: warehouse.cloud.context, principal: ROLE, requestId: 'r' };
  const asked = (operation: string, input: object) =>
    warehouse.service.operations[operation]!.authorize(input, context);
  const { arn } = warehouse.service.workgroups()[0]!;

  expect(asked('BatchExecuteStatement', target)).toEqual([
    { action: 'redshift-data:BatchExecuteStatement', resource: arn },
  ]);
  expect(asked('ExecuteStatement', { WorkgroupName: arn })).toEqual([
    { action: 'redshift-data:ExecuteStatement', resource: arn },
    { action: 'redshift-serverless:GetCredentials', resource: arn },
  ]);
  expect(asked('DescribeStatement', { Id: 'x' })).toEqual([
    {
      action: 'redshift-data:DescribeStatement',
      resource: '*',
      context: { 'redshift-data:statement-owner-iam-userid': 'loader:test' },
    },
  ]);
});

test("a statement is its role's alone, whichever session asks: to any other role it does not exist", async () => {
  const { cloud, service } = warehouse;
  const as = (role: string, sessionName: string) =>
    ({ kind: 'role', roleArn: `arn:aws:iam::000000000000:role/stepwell/${role}`, sessionName }) as const;
  const input = { ...target, Sqls: ['CREATE TABLE owned (a int)', 'SELECT 1/0'] };
  const { Id } = await cloud.invoke<{ Id: string }>(service, 'BatchExecuteStatement', input, as('orders', 'load'));
  const ask = (operation: string, principal: Parameters<typeof cloud.invoke>[3], id = Id) =>
    cloud.invoke<DescribeStatementResponse>(service, operation, { Id: id, WaitTimeSeconds: 20 }, principal);

  for (const operation of ['DescribeStatement', 'GetStatementResult', 'CancelStatement']) {
    for (const id of [Id, `${Id}:1`]) {
      await expect(ask(operation, as('sweep', 'load'), id)).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
        message: 'Query does not exist.',
      });
    }
  }
  const state = await ask('DescribeStatement', as('orders', 'finished'));
  expect(state).toMatchObject({ Status: 'FAILED', Error: expect.stringMatching(/division by zero/i) });
  const listed = (principal: Parameters<typeof cloud.invoke>[3]) =>
    cloud.invoke<ListStatementsResponse>(service, 'ListStatements', { Status: 'ALL' }, principal);
  expect((await listed(as('sweep', 'load'))).Statements).toEqual([]);
  expect((await listed(as('orders', 'finished'))).Statements).toMatchObject([{ Id }]);
});

test('a second service on the same server finds the registered workgroups', async () => {
  const other = createRedshiftDataService({ postgres: warehouse.cloud.postgres });
  await other.start!(warehouse.cloud.context);

  expect(other.workgroups()).toEqual(warehouse.service.workgroups());
  await other.stop!();
});

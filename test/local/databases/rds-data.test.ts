import type { ExecuteStatementResponse } from '@aws-sdk/client-rds-data';
import type { Clock } from '../../../lib/local/service';
import { createRdsDataService, type RdsDataService } from '../../../lib/local/services/rds-data';
import { ROLE, startTestCloud, type TestCloud } from './harness';

const CLUSTER = 'arn:aws:rds:us-east-1:000000000000:cluster:warehouse';
const ADMIN_SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:aurora-admin';
const target = { resourceArn: CLUSTER, secretArn: ADMIN_SECRET };

/** Sleeps end when the test says so. */
const sleeps: { ms: number; end: () => void }[] = [];
const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const sleep = { ms, end: resolve };
      sleeps.push(sleep);
      signal?.addEventListener('abort', () => {
        sleeps.splice(sleeps.indexOf(sleep), 1);
        reject(signal.reason);
      });
    }),
};

let cloud: TestCloud;
let service: RdsDataService;

beforeAll(async () => {
  cloud = await startTestCloud({ clock });
  service = createRdsDataService({ postgres: cloud.postgres });
  await service.start!(cloud.context);
  await service.registerCluster({
    clusterIdentifier: 'warehouse',
    databaseName: 'stepwell',
    masterUser: 'stepwell_admin',
    masterPassword: "it's secret",
    s3ImportRoles: ['arn:aws:iam::000000000000:role/aurora-import'],
  });
  cloud.secrets.set(ADMIN_SECRET, JSON.stringify({ username: 'stepwell_admin', password: "it's secret" }));
});
afterAll(async () => {
  await service.stop!();
  await cloud.close();
});

const execute = (sql: string, more: object = {}) =>
  cloud.invoke<ExecuteStatementResponse>(service, 'ExecuteStatement', { ...target, sql, ...more });
const transaction = async () =>
  (await cloud.invoke<{ transactionId: string }>(service, 'BeginTransaction', target)).transactionId;

describe('values', () => {
  test('each PostgreSQL type comes back in the member that the real service uses', async () => {
    const { records } =
      await execute(`SELECT true, 7::int2, 9007199254740993, 1.5::float8, 12.50::numeric(6,2), 'text'::text, NULL,
      '\\xdeadbeef'::bytea, date '2024-02-29', timestamptz '2024-02-29 10:00:00.5+02', '{"a": 1}'::jsonb, '{1,2}'::int[], '{x,"y z"}'::text[]`);

    expect(records).toEqual([
      [
        { booleanValue: true },
        { longValue: 7 },
        { longValue: 9007199254740993n },
        { doubleValue: 1.5 },
        { stringValue: '12.50' },
        { stringValue: 'text' },
        { isNull: true },
        { blobValue: new Uint8Array([0xde, 0xad, 0xbe, 0xef]) },
        { stringValue: '2024-02-29' },
        { stringValue: '2024-02-29 08:00:00.5' },
        { stringValue: '{"a": 1}' },
        { arrayValue: { longValues: [1, 2] } },
        { arrayValue: { stringValues: ['x', 'y z'] } },
      ],
    ]);
  });

  test('named parameters are replaced outside of strings, comments and casts, by value and type hint', async () => {
    const { records } = await execute(
      "SELECT :n + 1, ':n', :n::text /* :other */, :day, :doc, :none::int, :flag, :blob, :id -- :missing",
      {
        parameters: [
          { name: 'n', value: { longValue: 41 } },
          { name: 'day', value: { stringValue: '2024-02-29' }, typeHint: 'DATE' },
          { name: 'doc', value: { stringValue: '{"a":1}' }, typeHint: 'JSON' },
          { name: 'none', value: { isNull: true } },
          { name: 'flag', value: { booleanValue: false } },
          { name: 'blob', value: { blobValue: new Uint8Array([1]) } },
          { name: 'id', value: { stringValue: '3e0b9a5c-6d2a-4d39-8a39-8f1e5a0f1f11' }, typeHint: 'UUID' },
        ],
      },
    );

    expect(records![0]!.map((field) => Object.values(field)[0])).toEqual([
      42,
      ':n',
      '41',
      '2024-02-29',
      '{"a":1}',
      true,
      false,
      new Uint8Array([1]),
      '3e0b9a5c-6d2a-4d39-8a39-8f1e5a0f1f11',
    ]);
  });

  test('a string without a hint is varchar, which does not go into a uuid column', async () => {
    await execute('CREATE TABLE ids (id uuid)');
    const parameters = [{ name: 'id', value: { stringValue: '3e0b9a5c-6d2a-4d39-8a39-8f1e5a0f1f11' } }];

    await expect(execute('INSERT INTO ids VALUES (:id)', { parameters })).rejects.toMatchObject({
      code: 'DatabaseErrorException',
      message:
        'ERROR: column "id" is of type uuid but expression is of type character varying\n' +
        '  Hint: You will need to rewrite or cast the expression.\n  Position: 25; SQLState: 42804',
    });
    await expect(execute('INSERT INTO ids VALUES (:id::uuid)', { parameters })).resolves.toEqual({
      generatedFields: [],
      numberOfRecordsUpdated: 1,
    });
  });

  test('formatRecordsAs JSON gives objects as text', async () => {
    const { formattedRecords, records } = await execute("SELECT 1 AS a, NULL AS b, '{1,2}'::int[] AS c", {
      formatRecordsAs: 'JSON',
    });

    expect(formattedRecords).toBe('[{"a":1,"b":null,"c":[1,2]}]');
    expect(records).toBeUndefined();
  });

  test('includeResultMetadata describes the columns', async () => {
    await execute(
      'CREATE TABLE described (id int GENERATED ALWAYS AS IDENTITY, price numeric(12,2) NOT NULL, name varchar(20))',
    );
    const { columnMetadata } = await execute('SELECT id, price, name, 1 AS one FROM described', {
      includeResultMetadata: true,
    });

    expect(
      columnMetadata!.map(({ label, typeName, type, precision, scale, nullable, tableName, isAutoIncrement }) => ({
        label,
        typeName,
        type,
        precision,
        scale,
        nullable,
        tableName,
        isAutoIncrement,
      })),
    ).toEqual([
      {
        label: 'id',
        typeName: 'int4',
        type: 4,
        precision: 10,
        scale: 0,
        nullable: 0,
        tableName: 'described',
        isAutoIncrement: true,
      },
      {
        label: 'price',
        typeName: 'numeric',
        type: 2,
        precision: 12,
        scale: 2,
        nullable: 0,
        tableName: 'described',
        isAutoIncrement: false,
      },
      {
        label: 'name',
        typeName: 'varchar',
        type: 12,
        precision: 20,
        scale: 0,
        nullable: 1,
        tableName: 'described',
        isAutoIncrement: false,
      },
      {
        label: 'one',
        typeName: 'int4',
        type: 4,
        precision: 10,
        scale: 0,
        nullable: 2,
        tableName: '',
        isAutoIncrement: false,
      },
    ]);
  });
});

describe('refusals', () => {
  test.each([
    [
      'two statements at once',
      { sql: 'SELECT 1; SELECT 2' },
      'ValidationException',
      "Multistatements aren't supported.",
    ],
    [
      'SQL of more than 65,536 characters',
      { sql: `SELECT '${'x'.repeat(65_536)}'` },
      'ValidationException',
      'less than or equal to 65536',
    ],
    [
      'a result of more than 1 MiB',
      { sql: "SELECT repeat('x', 1100000)" },
      'UnsupportedResultException',
      'more than the allowed response size limit',
    ],
    ['an unknown parameter', { sql: 'SELECT :a' }, 'BadRequestException', 'Cannot find parameter: a'],
    [
      'an array parameter',
      { sql: 'SELECT :a', parameters: [{ name: 'a', value: { arrayValue: { longValues: [1] } } }] },
      'BadRequestException',
      'Array parameters are not supported',
    ],
    [
      'a request of more than 4 MiB',
      { sql: 'SELECT :a', parameters: [{ name: 'a', value: { stringValue: 'x'.repeat(4_200_000) } }] },
      'BadRequestException',
      'exceeds the limit',
    ],
    [
      'an unknown cluster',
      { sql: 'SELECT 1', resourceArn: `${CLUSTER}x` },
      'BadRequestException',
      'HttpEndpoint is not enabled',
    ],
    [
      'an unknown database',
      { sql: 'SELECT 1', database: 'nowhere' },
      'DatabaseErrorException',
      'FATAL: database "nowhere" does not exist; SQLState: 3D000',
    ],
    [
      'an unknown secret',
      { sql: 'SELECT 1', secretArn: 'none' },
      'SecretsErrorException',
      'Error fetching secret none',
    ],
    ['a point', { sql: "SELECT point '(1,2)'" }, 'UnsupportedResultException', 'unsupported data type POINT'],
    [
      'a unique violation',
      { sql: 'INSERT INTO unique_ids VALUES (1), (1)' },
      'DatabaseErrorException',
      'ERROR: duplicate key value violates unique constraint "unique_ids_pkey"\n  Detail: Key (id)=(1) already exists.; SQLState: 23505',
    ],
  ])('%s', async (_case, input, code, message) => {
    await execute('CREATE TABLE IF NOT EXISTS unique_ids (id int PRIMARY KEY)');

    await expect(cloud.invoke(service, 'ExecuteStatement', { ...target, ...input })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('the secret is read as the caller, who may lack the permission', async () => {
    const principal = { ...ROLE, roleArn: 'arn:aws:iam::000000000000:role/stranger' };
    cloud.denied.set(principal.roleArn, ['secretsmanager:GetSecretValue']);

    await expect(
      cloud.invoke(service, 'ExecuteStatement', { ...target, sql: 'SELECT 1' }, principal),
    ).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });

  test('a wrong password in the secret', async () => {
    cloud.secrets.set('stale', JSON.stringify({ username: 'stepwell_admin', password: 'old' }));

    await expect(execute('SELECT 1', { secretArn: 'stale' })).rejects.toMatchObject({
      code: 'DatabaseErrorException',
      message: 'FATAL: password authentication failed for user "stepwell_admin"; SQLState: 28P01',
    });
  });

  test('a paused cluster says that it is resuming, then serves', async () => {
    service.pause('warehouse', 1);

    await expect(execute('SELECT 1')).rejects.toMatchObject({ code: 'DatabaseResumingException' });
    await expect(execute('SELECT 1')).resolves.toMatchObject({ records: [[{ longValue: 1 }]] });
  });
});

describe('transactions', () => {
  beforeAll(() => execute('CREATE TABLE moves (n int)'));
  beforeEach(() => execute('TRUNCATE moves'));
  const count = async () => (await execute('SELECT count(*) FROM moves')).records![0]![0]!.longValue;

  test('others see what it did once it is committed', async () => {
    const transactionId = await transaction();
    await execute('INSERT INTO moves VALUES (1)', { transactionId });
    expect(await count()).toBe(0);

    const answer = await cloud.invoke(service, 'CommitTransaction', { ...target, transactionId });

    expect(answer).toEqual({ transactionStatus: 'Transaction Committed' });
    expect(await count()).toBe(1);
  });

  test('a rollback undoes it, and its id is gone', async () => {
    const transactionId = await transaction();
    await execute('INSERT INTO moves VALUES (1)', { transactionId });

    expect(await cloud.invoke(service, 'RollbackTransaction', { ...target, transactionId })).toEqual({
      transactionStatus: 'Rollback Complete',
    });

    expect(await count()).toBe(0);
    await expect(execute('SELECT 1', { transactionId })).rejects.toMatchObject({
      code: 'TransactionNotFoundException',
    });
  });

  test('three minutes without a call roll it back', async () => {
    const transactionId = await transaction();
    await execute('INSERT INTO moves VALUES (1)', { transactionId });

    sleeps.find(({ ms }) => ms === 180_000)!.end();
    await new Promise(setImmediate);

    await expect(execute('SELECT 1', { transactionId })).rejects.toMatchObject({
      code: 'TransactionNotFoundException',
    });
    expect(await count()).toBe(0);
  });

  test('a batch is all or nothing', async () => {
    const batch = (values: number[]) =>
      cloud.invoke(service, 'BatchExecuteStatement', {
        ...target,
        sql: 'INSERT INTO moves VALUES (10 / :n)',
        parameterSets: values.map((n) => [{ name: 'n', value: { longValue: n } }]),
      });

    await expect(batch([1, 0])).rejects.toMatchObject({ message: expect.stringContaining('division by zero') });
    expect(await count()).toBe(0);
    expect(await batch([1, 2])).toEqual({ updateResults: [{ generatedFields: [] }, { generatedFields: [] }] });
    expect(await count()).toBe(2);
  });

  test('nothing of a session reaches the next caller', async () => {
    await execute('CREATE TEMP TABLE mine (n int)');

    await expect(execute('SELECT * FROM mine')).rejects.toMatchObject({
      message: expect.stringContaining('relation "mine" does not exist'),
    });
  });
});

describe('the 45 second limit', () => {
  const untilTimer = async () => {
    while (!sleeps.some(({ ms }) => ms === 45_000)) await new Promise(setImmediate);
    return sleeps.find(({ ms }) => ms === 45_000)!;
  };
  const untilRuns = async (what: string) => {
    while (
      !(await cloud.sql('stepwell', `SELECT 1 FROM pg_stat_activity WHERE query LIKE '${what}%' AND state = 'active'`))
        .rowCount
    );
  };

  test('a call that takes longer fails and its statement is cancelled', async () => {
    await execute('CREATE TABLE slow (n int)');
    const call = execute('INSERT INTO slow SELECT 1 FROM pg_sleep(600)');
    const failed = expect(call).rejects.toMatchObject({
      code: 'StatementTimeoutException',
      message: 'Request timed out',
    });
    await untilRuns('INSERT INTO slow');

    (await untilTimer()).end();

    await failed;
    expect((await execute('SELECT count(*) FROM slow')).records).toEqual([[{ longValue: 0 }]]);
  });

  test('with continueAfterTimeout the call fails and the statement goes on', async () => {
    await execute('CREATE TABLE goes_on (n int)');
    // It waits for a lock that the test holds, so nothing here depends on time.
    const blocker = await transaction();
    await execute('LOCK TABLE goes_on', { transactionId: blocker });
    const call = execute('INSERT INTO goes_on VALUES (1)', { continueAfterTimeout: true });
    const failed = expect(call).rejects.toMatchObject({ code: 'StatementTimeoutException' });
    await untilRuns('INSERT INTO goes_on');

    (await untilTimer()).end();
    await failed;
    await cloud.invoke(service, 'CommitTransaction', { ...target, transactionId: blocker });

    let rows = 0;
    while (rows === 0) rows = Number((await execute('SELECT count(*) FROM goes_on')).records![0]![0]!.longValue);
    expect(rows).toBe(1);
  });
});

test('each operation asks IAM for its own action on the cluster', () => {
  const asked = Object.entries(service.operations).map(([name, operation]) => [
    name,
    operation.authorize({ resourceArn: CLUSTER }, { cloud: cloud.context, principal: ROLE, requestId: 'r' }),
  ]);

  expect(asked).toEqual(
    Object.keys(service.operations).map((name) => [name, [{ action: `rds-data:${name}`, resource: CLUSTER }]]),
  );
});

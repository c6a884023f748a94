import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { bootstrap } from '../../../lambdas/bootstrap/bootstrap';
import { type ResourceEvent, respond } from '../../../lambdas/bootstrap/respond';
import { runOnRedshift } from '../../../lambdas/bootstrap/run-on-redshift';
import { CLUSTER, noSleep, withSession } from '../databases';
import { type RedshiftCloud, startRedshiftCloud } from '../redshift';

let cloud: RedshiftCloud;
let answers: { url: string; answer: Record<string, unknown> }[];
const never = new Promise<never>(() => {});

beforeAll(async () => {
  cloud = await startRedshiftCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  answers = [];
});

async function send(
  type: ResourceEvent['RequestType'],
  properties: Record<string, unknown>,
  more: Partial<ResourceEvent> = {},
  timeIsUp: Promise<never> = never,
) {
  const { secrets, rdsData, redshiftData } = cloud;
  await respond(
    {
      RequestType: type,
      ResponseURL: 'https://cloudformation/answer',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'User',
      ResourceProperties: properties,
      ...more,
    },
    {
      bootstrap: (parsed) => bootstrap(parsed, { secrets, rdsData, redshiftData, sleep: noSleep }),
      put: async (url, body) => void answers.push({ url, answer: JSON.parse(body) }),
      log: () => {},
      timeIsUp,
    },
  );
  return answers.at(-1)!.answer;
}

const base = () => ({ ServiceToken: 'arn', Pipeline: 'orders', UserSecretArn: cloud.userSecret, Version: '1' });
const redshift = (more = {}) => ({
  ...base(),
  Engine: 'redshift',
  WorkgroupName: 'stepwell',
  Database: 'stepwell',
  AdminSecretArn: cloud.adminSecret,
  Schemas: ['analytics', 'more_analytics'],
  ...more,
});
const postgres = (more = {}) => ({
  ...base(),
  Engine: 'postgres',
  ClusterArn: CLUSTER,
  Database: 'stepwell',
  AdminSecretArn: cloud.adminSecret,
  Schemas: ['shop', 'more_shop'],
  ...more,
});

test('it runs again and again, adds schemas, and keeps what is there', async () => {
  await cloud.query(`INSERT INTO stepwell_orders.loads VALUES ('k', 't', 0, 'r', 's', 1, 'a', GETDATE())`);

  const first = await send('Create', redshift());
  const second = await send('Update', postgres(), { PhysicalResourceId: 'postgres:stepwell_orders' });
  await send('Update', redshift());
  await send('Create', postgres());

  expect(first).toEqual({
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'User',
    Status: 'SUCCESS',
    PhysicalResourceId: 'redshift:stepwell_orders',
  });
  expect(second).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'postgres:stepwell_orders' });
  expect(await cloud.query('SELECT load_key FROM stepwell_orders.loads')).toEqual([['k']]);
  await runOnRedshift(cloud.redshift, ['CREATE TABLE more_analytics.t (id integer)'], noSleep);
  await cloud.rdsData.send(
    new ExecuteStatementCommand({
      resourceArn: CLUSTER,
      secretArn: cloud.userSecret,
      database: 'stepwell',
      sql: 'CREATE TABLE more_shop.t (id integer)',
    }),
  );
});

test('a changed password is the new one after the next deploy', async () => {
  await send('Create', postgres());
  const login = { username: 'stepwell_orders', password: 'anotherPassword2' };
  await cloud.secrets.send(
    new PutSecretValueCommand({ SecretId: cloud.userSecret, SecretString: JSON.stringify(login) }),
  );

  await send('Update', postgres());
  await send('Update', redshift());

  const url = cloud.server.url(login.username, login.password, 'stepwell');
  expect(await withSession(url, async (session) => (await session.query('SELECT 1 AS one')).rows)).toEqual([
    { one: 1 },
  ]);
  expect(await runOnRedshift(cloud.redshift, ['SELECT 1'], noSleep)).toEqual([['1']]);
});

test('deleting keeps the data, and says so', async () => {
  const answer = await send('Delete', postgres(), { PhysicalResourceId: 'postgres:stepwell_orders' });

  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringContaining('all tables stay in the database'),
  });
  expect(await cloud.queryAurora("SELECT count(*) FROM pg_namespace WHERE nspname = 'stepwell_orders'")).toEqual([
    ['1'],
  ]);
});

test.each([
  ['an unknown engine', () => ({ ...base(), Engine: 'mysql' }), 'Engine'],
  [
    'a misspelt property',
    () => redshift({ Schema: 'x' }),
    'Custom::StepwellDatabaseUser has missing, wrong or unknown properties',
  ],
  ['nothing', () => ({}), 'Engine'],
  [
    'a secret that is not there',
    () => redshift({ UserSecretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none' }),
    'secret',
  ],
  ['a database that is not there', () => redshift({ WorkgroupName: 'none' }), ''],
  ['a schema that the database refuses', () => postgres({ Schemas: ['pg_mine'] }), 'PostgreSQL refused the bootstrap'],
])('%s is answered as a failure, not thrown', async (_name, properties, reason) => {
  expect(await send('Create', properties())).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: 'stepwell-database-user',
    Reason: expect.stringContaining(reason),
  });
});

test('when the time is up, that is the answer', async () => {
  const timeIsUp = Promise.reject(new Error('the function had to stop'));
  timeIsUp.catch(() => {});

  expect(await send('Create', postgres(), {}, timeIsUp)).toMatchObject({
    Status: 'FAILED',
    Reason: 'the function had to stop',
  });
});

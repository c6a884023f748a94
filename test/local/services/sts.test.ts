import { createStsService } from '../../../lib/local/services/sts';
import { type TestCloud, testClock, testCloud } from '../cloud';

const ROLE = 'arn:aws:iam::000000000000:role/path/admit';

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await testCloud({ services: () => [createStsService()], clock: testClock() });
});
afterEach(() => cloud.stop());

test('everybody learns who they are', async () => {
  const identity = async (principal: Parameters<TestCloud['run']>[3]) =>
    (await cloud.run('sts', 'GetCallerIdentity', {}, principal)).Arn;

  expect(await identity({ kind: 'admin' })).toBe('arn:aws:iam::000000000000:user/local');
  expect(await identity({ kind: 'role', roleArn: ROLE, sessionName: 'f' })).toBe(
    'arn:aws:sts::000000000000:assumed-role/admit/f',
  );
});

test('a role can be taken on, for an hour', async () => {
  const { Credentials, AssumedRoleUser } = await cloud.run('sts', 'AssumeRole', {
    RoleArn: ROLE,
    RoleSessionName: 'me',
  });

  expect(Credentials).toEqual({
    AccessKeyId: `ASIA${ROLE}`,
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: new Date('2026-01-01T01:00:00Z'),
  });
  expect(AssumedRoleUser).toEqual({
    Arn: 'arn:aws:sts::000000000000:assumed-role/admit/me',
    AssumedRoleId: expect.stringMatching(/^AROA[0-9A-F]{17}:me$/),
  });
});

test.each([
  ['no role', { RoleArn: 'admit', RoleSessionName: 'me' }],
  ['a bad session name', { RoleArn: ROLE, RoleSessionName: 'a b' }],
])('%s is refused', async (_, input) => {
  await expect(cloud.run('sts', 'AssumeRole', input)).rejects.toMatchObject({ code: 'ValidationError' });
});

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { createSecretsManagerService } from '../../../lib/local/services/secretsmanager';
import { type TestCloud, testClock, testCloud } from '../cloud';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
beforeEach(async () => {
  clock = testClock();
  cloud = await testCloud({ services: () => [createSecretsManagerService()], clock });
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('secretsmanager', operation, input);
const value = async (input: object) => (await run('GetSecretValue', input)).SecretString;

test('a secret is found by name, by ARN, and by ARN without its suffix; it survives a restart in a private file', async () => {
  const { ARN, VersionId } = await run('CreateSecret', { Name: 'shop/db-secret', SecretString: '{"a":1}' });
  await cloud.restart();

  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:shop\/db-secret-[A-Za-z0-9]{6}$/);
  expect(await run('GetSecretValue', { SecretId: ARN })).toEqual({
    ARN,
    Name: 'shop/db-secret',
    VersionId,
    VersionStages: ['AWSCURRENT'],
    CreatedDate: new Date('2026-01-01'),
    SecretString: '{"a":1}',
  });
  expect(await value({ SecretId: 'shop/db-secret' })).toBe('{"a":1}');
  expect(await value({ SecretId: ARN.slice(0, -7) })).toBe('{"a":1}');
  await expect(value({ SecretId: `${ARN.slice(0, -6)}zzzzz0` })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
  expect((await stat(join(cloud.stateDir, 'secretsmanager', 'secrets.ndjson'))).mode & 0o777).toBe(0o600);
});

test('a secret’s own policy counts until it is taken away, with the secret at the latest', async () => {
  const known = new Map<string, unknown>();
  const policies = {
    putResourcePolicy: (arn: string, _: string, document: unknown) => known.set(arn, document),
    removeResourcePolicy: (arn: string) => known.delete(arn),
  };
  await cloud.stop();
  cloud = await testCloud({ services: () => [createSecretsManagerService({ policies })], clock });
  const { ARN } = await run('CreateSecret', { Name: 's', SecretString: '1' });
  const statement = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*', Resource: '*' };
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

  await run('PutResourcePolicy', { SecretId: 's', ResourcePolicy });
  expect(known.get(ARN)).toEqual(JSON.parse(ResourcePolicy));
  expect(await run('GetResourcePolicy', { SecretId: 's' })).toEqual({ ARN, Name: 's', ResourcePolicy });

  await run('DeleteResourcePolicy', { SecretId: 's' });
  expect(known.size).toBe(0);
  expect(await run('GetResourcePolicy', { SecretId: 's' })).toEqual({ ARN, Name: 's' });
  await expect(run('PutResourcePolicy', { SecretId: 's', ResourcePolicy: 'no JSON' })).rejects.toMatchObject({
    code: 'MalformedPolicyDocumentException',
  });
  const open = ResourcePolicy.replace('Deny', 'Allow');
  await expect(
    run('PutResourcePolicy', { SecretId: 's', ResourcePolicy: open, BlockPublicPolicy: true }),
  ).rejects.toMatchObject({ code: 'PublicPolicyException' });

  await run('PutResourcePolicy', { SecretId: 's', ResourcePolicy });
  await run('DeleteSecret', { SecretId: 's', ForceDeleteWithoutRecovery: true });
  expect(known.size).toBe(0);
});

test('a new value moves the stages; older ones than the previous go', async () => {
  const { VersionId: first } = await run('CreateSecret', { Name: 's', SecretString: '1' });
  const { VersionId: second } = await run('PutSecretValue', { SecretId: 's', SecretString: '2' });
  const { VersionId: third } = await run('UpdateSecret', { SecretId: 's', SecretString: '3', Description: 'third' });

  expect(await value({ SecretId: 's' })).toBe('3');
  expect(await value({ SecretId: 's', VersionStage: 'AWSPREVIOUS' })).toBe('2');
  expect(await value({ SecretId: 's', VersionId: second })).toBe('2');
  await expect(value({ SecretId: 's', VersionId: first })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  expect(await run('DescribeSecret', { SecretId: 's' })).toMatchObject({
    Description: 'third',
    VersionIdsToStages: { [second]: ['AWSPREVIOUS'], [third]: ['AWSCURRENT'] },
  });
});

test('the same request again changes nothing; the same token with another value is refused', async () => {
  const input = { Name: 's', SecretString: '1', ClientRequestToken: 'token-1' };
  const created = await run('CreateSecret', input);

  expect(await run('CreateSecret', input)).toEqual(created);
  await expect(run('CreateSecret', { ...input, SecretString: '2' })).rejects.toMatchObject({
    code: 'ResourceExistsException',
  });
  await expect(run('CreateSecret', { Name: 's', SecretString: '1' })).rejects.toMatchObject({
    code: 'ResourceExistsException',
  });
  const put = { SecretId: 's', SecretString: '2', ClientRequestToken: 'token-2' };
  expect(await run('PutSecretValue', put)).toEqual(await run('PutSecretValue', put));
});

test('binary values keep their bytes', async () => {
  await run('CreateSecret', { Name: 's', SecretBinary: new Uint8Array([0, 255, 10]) });
  expect((await run('GetSecretValue', { SecretId: 's' })).SecretBinary).toEqual(new Uint8Array([0, 255, 10]));
});

test('a deleted secret can be restored until its window ends', async () => {
  await run('CreateSecret', { Name: 's', SecretString: '1' });
  await run('DeleteSecret', { SecretId: 's', RecoveryWindowInDays: 7 });
  await expect(value({ SecretId: 's' })).rejects.toMatchObject({ code: 'InvalidRequestException' });
  expect(await run('ListSecrets')).toEqual({ SecretList: [] });
  await run('RestoreSecret', { SecretId: 's' });
  expect(await value({ SecretId: 's' })).toBe('1');

  await run('DeleteSecret', { SecretId: 's' });
  await clock.advance(30 * 86_400_000);
  await expect(run('DescribeSecret', { SecretId: 's' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  await run('CreateSecret', { Name: 's', SecretString: 'new' });
  await run('DeleteSecret', { SecretId: 's', ForceDeleteWithoutRecovery: true });
  await run('CreateSecret', { Name: 's', SecretString: 'newer' });
});

test('tags are kept, and IAM sees them', async () => {
  await run('CreateSecret', { Name: 's', SecretString: '1', Tags: [{ Key: 'a', Value: 'b' }] });
  await run('TagResource', { SecretId: 's', Tags: [{ Key: 'RedshiftDataFullAccess', Value: 'x' }] });
  await run('UntagResource', { SecretId: 's', TagKeys: ['a'] });

  const { Tags, ARN } = await run('DescribeSecret', { SecretId: 's' });
  expect(Tags).toEqual([{ Key: 'RedshiftDataFullAccess', Value: 'x' }]);
  const service = createSecretsManagerService();
  await service.start?.(cloud);
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  expect(service.operations.GetSecretValue?.authorize({ SecretId: 's' }, context)).toEqual([
    { action: 'secretsmanager:GetSecretValue', resource: ARN },
  ]);
  expect(service.tagsOf?.(ARN)).toEqual({ RedshiftDataFullAccess: 'x' });
  await service.stop?.();
});

test('random passwords keep to what was asked for', async () => {
  const types = fc.record({
    ExcludeNumbers: fc.boolean(),
    ExcludePunctuation: fc.boolean(),
    ExcludeUppercase: fc.boolean(),
    IncludeSpace: fc.boolean(),
    PasswordLength: fc.integer({ min: 5, max: 60 }),
    ExcludeCharacters: fc.constantFrom('', '"@/\\', 'aeiou1'),
  });
  await fc.assert(
    fc.asyncProperty(types, async (input) => {
      const { RandomPassword: password } = await run('GetRandomPassword', input);
      expect(password).toHaveLength(input.PasswordLength);
      expect(/[0-9]/.test(password)).toBe(!input.ExcludeNumbers);
      expect(/[!-/:-@[-`{-~]/.test(password)).toBe(!input.ExcludePunctuation);
      expect(/[A-Z]/.test(password)).toBe(!input.ExcludeUppercase);
      expect(password.includes(' ')).toBe(input.IncludeSpace);
      expect([...input.ExcludeCharacters].some((character) => password.includes(character))).toBe(false);
    }),
  );
});

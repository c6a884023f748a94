/** Credentials over the wire: what a session of a role may do, until it expires; what nobody may do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { createCredentialStore } from '../../../lib/local/credentials';
import { createIam, type Iam, type PolicyStatement } from '../../../lib/local/iam';
import { type CloudContext, type Service, systemClock } from '../../../lib/local/service';
import { createS3Service } from '../../../lib/local/services/s3';
import { createSqsService } from '../../../lib/local/services/sqs';
import { createStsService } from '../../../lib/local/services/sts';
import { startServer, type WireServer } from '../../../lib/local/wire';

const ACCOUNT = '000000000000';
const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

let stateDir: string;
let server: WireServer;
let iam: Iam;
let services: readonly Service[];
let late = 0;
const local: Keys = { accessKeyId: 'local', secretAccessKey: 'local' };
const options = (credentials: Keys) =>
  ({ endpoint: server.endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 }) as const;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'stepwell-sessions-'));
  const clock = { ...systemClock, now: () => Date.now() + late };
  iam = createIam({ account: ACCOUNT, region: 'us-east-1', now: clock.now });
  const credentials = createCredentialStore(clock.now);
  services = [createS3Service({ stateDir }), createSqsService(), createStsService({ iam })];
  const cloud = {
    account: ACCOUNT,
    region: 'us-east-1',
    stateDir,
    clock,
    endpoint: 'http://127.0.0.1',
    credentialsFor: credentials.issue,
    log: () => {},
  } as unknown as CloudContext;
  const { authorize } = iam;
  server = await startServer({ services, authorize, cloud, port: 0, principalFor: credentials.principalFor });
  for (const service of services) await service.start?.(cloud);

  role('reader', [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 'sts:AssumeRole'], Resource: '*' }]);
  role('chained', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
  const s3 = new S3Client(options(local));
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'a/1', Body: 'x' }));
});
afterAll(async () => {
  await server.stop();
  for (const service of services) await service.stop?.();
  await rm(stateDir, { recursive: true, force: true });
});

function role(name: string, Statement: readonly PolicyStatement[]): void {
  iam.registry.putRole({
    arn: arnOf(name),
    name,
    trust: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    },
    inline: { Task: { Version: '2012-10-17', Statement } },
    managedPolicyArns: [],
  });
}

async function assume(more: Partial<AssumeRoleCommandInput> = {}, by: Keys = local): Promise<Keys> {
  const { Credentials } = await new STSClient(options(by)).send(
    new AssumeRoleCommand({ RoleArn: arnOf('reader'), RoleSessionName: 'me', ...more }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

const get = (credentials: Keys, Key = 'a/1') =>
  new S3Client(options(credentials)).send(new GetObjectCommand({ Bucket: 'lake', Key }));
const put = (credentials: Keys) =>
  new S3Client(options(credentials)).send(new PutObjectCommand({ Bucket: 'lake', Key: 'a/2', Body: 'x' }));

test('a session is its role, limited by the policy that it was given', async () => {
  const whole = await assume();
  const limited = await assume({
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::lake/a/*' },
    }),
  });

  await put(whole);
  await get(limited);
  await expect(put(limited)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/reader/me is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::lake/a/2" because no session policy allows the s3:PutObject action`,
  });
  const { Arn } = await new STSClient(options(limited)).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/reader/me`);
});

test('a session assumes another role, for an hour at most; its transitive tags go along', async () => {
  const first = await assume({ Tags: [{ Key: 'team', Value: 'red' }], TransitiveTagKeys: ['team'] });
  iam.registry.putResourcePolicy('arn:aws:s3:::lake', 'blue only', {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::lake/*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
    },
  });
  const second = await assume({ RoleArn: arnOf('chained') }, first);

  await expect(get(second)).rejects.toThrow('with an explicit deny in a resource-based policy');
  await get(await assume({ RoleArn: arnOf('chained') }));
  await expect(assume({ RoleArn: arnOf('chained'), DurationSeconds: 3_601 }, first)).rejects.toThrow(
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
  iam.registry.removeResourcePolicy('arn:aws:s3:::lake', 'blue only');
});

test('a session ends, each protocol in its words', async () => {
  const credentials = await assume({ DurationSeconds: 900 });
  await get(credentials);

  late = 901_000;
  await expect(get(credentials)).rejects.toMatchObject({ name: 'ExpiredToken', $metadata: { httpStatusCode: 400 } });
  await expect(new SQSClient(options(credentials)).send(new ListQueuesCommand({}))).rejects.toMatchObject({
    name: 'ExpiredTokenException',
  });
  await expect(new STSClient(options(credentials)).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'ExpiredToken',
  });
  late = 0;
});

test('a role that there is not, or that trusts nobody, is assumed by nobody', async () => {
  await expect(assume({ RoleArn: arnOf('none') })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${ACCOUNT}:user/local is not authorized to perform: sts:AssumeRole on resource: ${arnOf('none')}`,
  });
});

test('nobody reads what a bucket lets everybody read, and nothing else', async () => {
  const ask = async () => {
    const response = await fetch(`${server.endpoint}/lake/a/1`);
    return { status: response.status, text: await response.text() };
  };
  expect(await ask()).toMatchObject({
    status: 403,
    text: expect.stringContaining('<Code>AccessDenied</Code><Message>Access Denied</Message>'),
  });

  iam.registry.putResourcePolicy('arn:aws:s3:::lake', 'open', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' },
  });
  expect(await ask()).toEqual({ status: 200, text: 'x' });
  iam.registry.removeResourcePolicy('arn:aws:s3:::lake', 'open');
});

test('SQS names the action in lower case', async () => {
  const sqs = new SQSClient(options(await assume()));

  await expect(
    sqs.send(new SendMessageCommand({ QueueUrl: `${server.endpoint}/${ACCOUNT}/q`, MessageBody: 'x' })),
  ).rejects.toThrow(
    'is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:000000000000:q because',
  );
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createIam, type Iam, policiesFile, usageFile } from '../../lib/local/iam';
import type { Principal } from '../../lib/local/service';
import { json, stepwell } from './stepwell';

const stateDir = mkdtempSync(path.join(tmpdir(), 'stepwell-doctor-iam-'));
const ACCOUNT = '000000000000';
const arnOf = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

function cloud(): Iam {
  return createIam({
    account: ACCOUNT,
    region: 'us-east-1',
    now: Date.now,
    file: policiesFile(stateDir),
    usageFile: usageFile(stateDir),
  });
}

beforeAll(() => {
  const iam = cloud();
  const role = (name: string, Statement: object[]) =>
    iam.registry.putRole({
      arn: arnOf(name),
      name,
      trust: { Statement: [] },
      inline: { Task: { Version: '2012-10-17', Statement: Statement as never } },
      managedPolicyArns: [],
    });
  role('load', [
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::a/*', 'arn:aws:s3:::b'],
    },
    { Effect: 'Allow', Action: ['sns:Publish', 'xray:PutTraceSegments'], Resource: '*' },
    { Effect: 'Deny', Action: 's3:DeleteBucket', Resource: '*' },
  ]);
  role('idle', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }]);
  iam.registry.flush();
  iam.usage.canAsk(['s3:GetObject', 's3:ListBucket', 'sns:Publish', 'sqs:SendMessage']);
  const principal: Principal = { kind: 'role', roleArn: arnOf('load'), sessionName: 'x' };
  iam.authorize(principal, [{ action: 's3:GetObject', resource: 'arn:aws:s3:::a/1' }]);
  iam.authorize(principal, [{ action: 's3:GetObject', resource: 'arn:aws:s3:::a/2' }]);
  iam.usage.flush();
});
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

test('grants that no call used are listed by role and statement; what was not exercised is told apart', async () => {
  const report = await json('doctor', 'iam', '--state-dir', stateDir);

  expect(report).toMatchObject({
    calls: 2,
    unused: [
      {
        role: 'load',
        policy: 'load/Task',
        statement: 'Read',
        actions: ['s3:ListBucket'],
        resources: ['arn:aws:s3:::b'],
      },
      { role: 'load', policy: 'load/Task', statement: '1', actions: ['sns:Publish'], resources: [] },
    ],
    idleRoles: [{ role: 'idle', statements: 1 }],
    notHere: [{ action: 'xray:PutTraceSegments', roles: ['load'] }],
  });
});

test('people read it as a table', async () => {
  const { stdout, exitCode } = await stepwell('doctor', 'iam', '--state-dir', stateDir);

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Granted, and used by none of 2 calls of 1 role:$/m);
  expect(stdout).toMatch(/^load +Task Read +s3:ListBucket$/m);
  expect(stdout).toMatch(/^ +on arn:aws:s3:::b$/m);
  expect(stdout).toMatch(/^ {2}idle \(1 statement\)$/m);
  expect(stdout).toContain('the local cloud asks for none of them: xray:PutTraceSegments');
});

test('what was used is known after a restart, and adds up', async () => {
  const iam = cloud();
  iam.authorize({ kind: 'role', roleArn: arnOf('load'), sessionName: 'y' }, [
    { action: 'sns:Publish', resource: 'arn:t' },
  ]);
  iam.usage.flush();

  expect(await json('doctor', 'iam', '--state-dir', stateDir)).toMatchObject({
    calls: 3,
    unused: [{ statement: 'Read' }],
  });
});

test.each([
  ['an account', ['--profile', 'prod'], 'leave out --profile'],
  [
    'a folder where no cloud has been',
    ['--state-dir', path.join(tmpdir(), 'stepwell-none')],
    'No local cloud has run in',
  ],
])('%s is refused', async (_, args, sentence) => {
  const { stderr, exitCode } = await stepwell('doctor', 'iam', ...args);

  expect(exitCode).toBe(2);
  expect(stderr).toContain(sentence);
});

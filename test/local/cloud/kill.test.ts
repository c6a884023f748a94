import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startCloud } from '../../../lib/local/cloud';
import { lockStateDir } from '../../../lib/local/lock';
import { type Program, startProgram } from '../../fixtures/program';
import { att, createWorkspace, LOGS, lambdaFunction, ref, role, type StackInput, type Workspace } from './assembly';

let workspace: Workspace;
const started: Program<Ready>[] = [];

beforeEach(async () => {
  workspace = createWorkspace();
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
  workspace.remove();
});

interface Ready {
  readonly port: number;
  readonly endpoint: string;
  readonly changed: number;
}

/** Where systems give no port to those that want any: one that a second process wants again is not taken meanwhile. */
const OWN_PORT = 20_000 + (process.pid % 10_000);

function launch(port = 0): Program<Ready> {
  const one = startProgram<Ready>(join(__dirname, 'main.ts'), [workspace.assembly, workspace.stateDir, String(port)]);
  started.push(one);
  return one;
}

const file = (name: string) => join(workspace.folder, name);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a cloud that is killed takes its functions along, even one in an endless loop, and asynchronous events survive', async () => {
  const source = `const fs = require('node:fs');
    exports.handler = async ({ log, loop }) => { fs.appendFileSync(log, process.pid + '\\n'); if (loop && !fs.existsSync(log + '.go')) for (;;); }`;
  workspace.write({
    S: {
      Resources: {
        Role: role('lambda.amazonaws.com', LOGS),
        Worker: lambdaFunction(workspace.code(source), 'Role', { FunctionName: 'worker' }),
      },
    },
  });
  const first = launch(OWN_PORT);
  const { endpoint } = await first.ready;
  const lambda = new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'A', secretAccessKey: 'x' },
  });
  const Payload = JSON.stringify({ log: file('log'), loop: true });
  await lambda.send(new InvokeCommand({ FunctionName: 'worker', InvocationType: 'Event', Payload }));
  await until(() => existsSync(file('log')) && readFileSync(file('log'), 'utf8').endsWith('\n'));
  const pid = Number(readFileSync(file('log'), 'utf8'));
  expect(isAlive(pid)).toBe(true);

  await first.kill();
  await until(() => !isAlive(pid));

  writeFileSync(file('log.go'), '');
  const second = launch(OWN_PORT);
  expect((await second.ready).changed).toBe(0);
  await until(() => readFileSync(file('log'), 'utf8').trim().split('\n').length === 2);
});

test('a start that is killed anywhere is completed by the next one', async () => {
  const provider = `exports.handler = async (event) => { await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x' }) }) }`;
  const resources: StackInput['Resources'] = {
    Role: role('lambda.amazonaws.com', LOGS),
    Provider: lambdaFunction(workspace.code(provider), 'Role'),
    Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: att('Provider', 'Arn') } },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
  };
  for (let i = 0; i < 8; i++) {
    resources[`Bucket${i}`] = { Type: 'AWS::S3::Bucket', ...(i > 0 ? { DependsOn: `Bucket${i - 1}` } : {}) };
    resources[`Queue${i}`] = { Type: 'AWS::SQS::Queue' };
    resources[`Topic${i}`] = { Type: 'AWS::SNS::Topic', Properties: { DisplayName: ref(`Bucket${i}`) } };
  }
  workspace.write({ S: { Resources: resources } });
  const state = join(workspace.stateDir, 'cloudformation', 'S.json');
  const applied = () => (existsSync(state) ? Object.keys(JSON.parse(readFileSync(state, 'utf8')).resources).length : 0);

  // Killed as soon as something has been applied, several times over.
  for (const wanted of [1, 15]) {
    const { kill, ready } = launch();
    await Promise.race([until(() => applied() >= wanted), ready]);
    await kill();
  }

  workspace.write({ S: { Resources: resources } });
  const cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
  try {
    const admin = { kind: 'admin' } as const;
    const topics = (await cloud.context.call(admin, 'sns', 'ListTopics', {})) as { Topics: unknown[] };
    const buckets = (await cloud.context.call(admin, 's3', 'ListBuckets', {})) as { Buckets: unknown[] };
    const secrets = (await cloud.context.call(admin, 'secretsmanager', 'ListSecrets', {})) as { SecretList: unknown[] };
    expect([topics.Topics.length, buckets.Buckets.length, secrets.SecretList.length]).toEqual([8, 8, 1]);
    expect(Object.keys(cloud.resources('S'))).toHaveLength(28);
  } finally {
    await cloud.stop();
  }
});

test('two clouds do not share a state folder, and the lock of a dead one is taken over', async () => {
  workspace.write({ S: { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } } });
  const first = launch();
  await first.ready;
  const options = { assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 };

  await expect(startCloud(options)).rejects.toThrow(
    `The local cloud of ${workspace.stateDir} is running already (process ${first.pid}).`,
  );
  expect(JSON.parse(readFileSync(join(workspace.stateDir, 'cloud.json'), 'utf8'))).toEqual({
    endpoint: (await first.ready).endpoint,
    pid: first.pid,
  });

  await first.kill();
  const second = await startCloud(options);
  await second.stop();
  expect(existsSync(join(workspace.stateDir, 'cloud.json'))).toBe(false);
  lockStateDir(workspace.stateDir)();
});

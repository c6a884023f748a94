import { zip } from '../../zip';
import { type Harness, startHarness } from './harness';

let lambda: Harness;
beforeAll(async () => {
  lambda = await startHarness();
  await lambda.define('echo', 'exports.handler = async (event) => event');
});
afterAll(() => lambda.stop());

const refused = async (operation: string, input: object) => {
  try {
    await lambda.call(operation, input);
  } catch (error) {
    const { code, status, message } = error as { code: string; status: number; message: string };
    return { code, status, message };
  }
  throw new Error(`${operation} was not refused`);
};

test('payloads have AWS’s limits, and must be JSON', async () => {
  const invoke = (InvocationType: string, Payload: Buffer) =>
    refused('Invoke', { FunctionName: 'echo', InvocationType, Payload });

  expect(await invoke('RequestResponse', Buffer.alloc(6 * 1024 * 1024 + 1, 0x20))).toMatchObject({
    code: 'RequestEntityTooLargeException',
    status: 413,
  });
  expect(await invoke('Event', Buffer.alloc(1024 * 1024 + 1, 0x20))).toMatchObject({
    code: 'RequestEntityTooLargeException',
    status: 413,
  });
  expect(await invoke('Event', Buffer.from('{"a":'))).toMatchObject({
    code: 'InvalidRequestContentException',
    status: 400,
  });
  expect(await lambda.call('Invoke', { FunctionName: 'echo', InvocationType: 'DryRun' })).toEqual({ StatusCode: 204 });
});

test('functions are found by name, ARN and partial ARN, with a qualifier or without', async () => {
  for (const name of [
    'echo',
    'echo:$LATEST',
    'function:echo',
    '000000000000:function:echo',
    'arn:aws:lambda:us-east-1:000000000000:function:echo',
  ])
    expect((await lambda.invoke(name, { a: 1 })).payload).toEqual({ a: 1 });

  expect(await refused('Invoke', { FunctionName: 'none' })).toEqual({
    code: 'ResourceNotFoundException',
    status: 404,
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:none',
  });
});

test('what AWS would refuse to configure is refused', async () => {
  const configure = async (settings: object) =>
    (await refused('UpdateFunctionConfiguration', { FunctionName: 'echo', ...settings })).message;

  expect(await configure({ Timeout: 901 })).toContain(
    "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
  );
  expect(await configure({ MemorySize: 64 })).toContain('Member must have value greater than or equal to 128');
  expect(await configure({ Environment: { Variables: { AWS_REGION: 'x' } } })).toContain(
    'Reserved keys used in this request: AWS_REGION',
  );
  expect(await configure({ Environment: { Variables: { BIG: 'x'.repeat(4096) } } })).toContain(
    'exceeded the 4KB limit',
  );
  expect(await configure({ Layers: ['1', '2', '3', '4', '5', '6'] })).toContain('Cannot reference more than 5 layers.');
  expect(await refused('CreateFunction', { FunctionName: 'echo', Role: 'r', Code: {} })).toMatchObject({
    code: 'ResourceConflictException',
    status: 409,
  });
});

test('configuration, list and code can be read and changed', async () => {
  await lambda.define('second', 'exports.handler = async () => 1', {
    Description: 'Says one',
    Environment: { Variables: { AB: 'b' } },
  });

  const { Functions } = await lambda.call('ListFunctions', {});
  expect(Functions.map(({ FunctionName }: { FunctionName: string }) => FunctionName)).toEqual(['echo', 'second']);
  expect((await lambda.call('GetFunction', { FunctionName: 'second' })).Configuration).toMatchObject({
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:second',
    Description: 'Says one',
    Environment: { Variables: { AB: 'b' } },
    State: 'Active',
    Runtime: 'nodejs22.x',
  });

  expect((await lambda.invoke('second')).payload).toBe(1);
  const source = 'exports.handler = async () => require("./lib/two")';
  await lambda.call('UpdateFunctionCode', {
    FunctionName: 'second',
    ZipFile: zip({ 'index.js': source, 'lib/two.js': 'module.exports = 2' }),
  });
  expect((await lambda.invoke('second')).payload).toBe(2);

  await lambda.call('DeleteFunction', { FunctionName: 'second' });
  expect(await refused('GetFunction', { FunctionName: 'second' })).toMatchObject({ code: 'ResourceNotFoundException' });
});

test('a package that is no zip file, or would write outside of its folder, is refused', async () => {
  const update = async (ZipFile: Buffer) => {
    await lambda.call('UpdateFunctionCode', { FunctionName: 'echo', ZipFile });
  };

  await expect(update(Buffer.from('PK?'))).rejects.toThrow('Could not unzip uploaded file: it is no zip file');
  await expect(update(zip({ '../../evil.js': 'x' }))).rejects.toThrow('lies outside of the package');
});

test('a runtime that does not run here says so', async () => {
  await lambda.define('bean', { 'Bean.class': '' }, { Runtime: 'java21' });

  await expect(lambda.invoke('bean')).rejects.toThrow(
    'The local cloud runs Node.js and Python functions; bean has the runtime java21.',
  );
});

test('permissions let services invoke, from the source that they name', async () => {
  const rule = 'arn:aws:events:us-east-1:000000000000:rule/r';
  const byRule = { kind: 'service', service: 'events.amazonaws.com', sourceArn: rule } as const;
  const input = { FunctionName: 'echo', InvocationType: 'DryRun' };
  await expect(lambda.call('Invoke', input, byRule)).rejects.toMatchObject({ name: 'AccessDeniedException' });

  await lambda.call('AddPermission', {
    FunctionName: 'echo',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: rule,
  });
  expect(await lambda.call('Invoke', input, byRule)).toEqual({ StatusCode: 204 });
  await expect(lambda.call('Invoke', input, { ...byRule, sourceArn: `${rule}2` })).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  expect(JSON.parse((await lambda.call('GetPolicy', { FunctionName: 'echo' })).Policy).Statement).toHaveLength(1);

  await lambda.call('RemovePermission', { FunctionName: 'echo', StatementId: 's' });
  await expect(lambda.call('Invoke', input, byRule)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('what will soon be over is waited for, as long as to start one more process would take', async () => {
  const patient = await startHarness({ patienceMs: 600_000 });
  try {
    await patient.define('quick', 'exports.handler = async () => process.pid');
    const pids = await Promise.all(Array.from({ length: 4 }, async () => (await patient.invoke('quick')).payload));
    expect(new Set(pids).size).toBe(1);
  } finally {
    await patient.stop();
  }
});

test('more invocations than processes are allowed wait for one another', async () => {
  const few = await startHarness({ maxProcesses: 2 });
  try {
    await few.define(
      'busy',
      'let n = 0; exports.handler = async () => { n++; await new Promise((r) => setTimeout(r, 50)); return process.pid }',
    );
    const pids = await Promise.all(Array.from({ length: 8 }, async () => (await few.invoke('busy')).payload));
    expect(new Set(pids).size).toBeLessThanOrEqual(2);
  } finally {
    await few.stop();
  }
});

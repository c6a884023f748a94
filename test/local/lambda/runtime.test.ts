import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Harness, startHarness } from './harness';

let lambda: Harness;
beforeAll(async () => {
  lambda = await startHarness();
});
afterAll(() => lambda.stop());

test('a handler gets its event, and its answer comes back', async () => {
  await lambda.define('echo', 'exports.handler = async (event) => ({ got: event })');

  expect(await lambda.invoke('echo', { a: [1, 'ü'] })).toEqual({ payload: { got: { a: [1, 'ü'] } } });
});

test('handlers may call back, answer at once, or answer nothing', async () => {
  await lambda.define(
    'callback',
    'exports.handler = (event, context, done) => setTimeout(() => done(null, event.n + 1), 5)',
  );
  await lambda.define('plain', 'exports.handler = (event) => event.n + 2');
  await lambda.define('nothing', 'exports.handler = async () => {}');

  expect((await lambda.invoke('callback', { n: 1 })).payload).toBe(2);
  expect((await lambda.invoke('plain', { n: 1 })).payload).toBe(3);
  expect((await lambda.invoke('nothing')).payload).toBeNull();
});

test('ES modules load, by extension and by package type, also in a subfolder', async () => {
  await lambda.define('mjs', { 'index.mjs': 'export const handler = async () => import.meta.url.slice(-9)' });
  await lambda.define(
    'typed',
    {
      'package.json': '{"type":"module"}',
      'src/main.js': 'import { sep } from "node:path"; export const run = { now: async () => sep.length }',
    },
    { Handler: 'src/main.run.now' },
  );

  expect((await lambda.invoke('mjs')).payload).toBe('index.mjs');
  expect((await lambda.invoke('typed')).payload).toBe(1);
});

test('the context says who runs, how long it may and where it logs', async () => {
  const arn = await lambda.define(
    'context',
    `exports.handler = async (event, context) => ({
      ...context, left: context.getRemainingTimeInMillis(), idLength: context.awsRequestId.length })`,
    { MemorySize: 512, Timeout: 7 },
  );
  const clientContext = Buffer.from('{"custom":{"a":1}}').toString('base64');

  const { payload } = await lambda.invoke('context', {}, { ClientContext: clientContext, Qualifier: '$LATEST' });

  expect(payload).toMatchObject({
    functionName: 'context',
    functionVersion: '$LATEST',
    memoryLimitInMB: '512',
    invokedFunctionArn: `${arn}:$LATEST`,
    logGroupName: '/aws/lambda/context',
    clientContext: { custom: { a: 1 } },
    idLength: 36,
  });
  expect(payload.left).toBeGreaterThan(0);
  expect(payload.left).toBeLessThanOrEqual(7_000);
});

test('the environment is what AWS sets and what the function declares, and nothing of the developer’s', async () => {
  process.env.DEVELOPERS_SECRET = 'x';
  process.env.AWS_PROFILE = 'mine';
  await lambda.define('environment', 'exports.handler = async () => ({ ...process.env, cwd: process.cwd() })', {
    Environment: { Variables: { TABLE: 'orders' } },
  });

  const { payload } = await lambda.invoke('environment');

  expect(payload).toMatchObject({
    TABLE: 'orders',
    TZ: ':UTC',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'environment',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SESSION_TOKEN: 'arn:aws:iam::000000000000:role/function|environment',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  });
  expect(payload.cwd).toBe(payload.LAMBDA_TASK_ROOT);
  expect(payload._X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  expect(payload).not.toHaveProperty('DEVELOPERS_SECRET');
  expect(payload).not.toHaveProperty('AWS_PROFILE');
  expect(payload).not.toHaveProperty('NODE_ENV');
});

test('a warm process is used again, and its temporary folder goes with it', async () => {
  await lambda.define(
    'warm',
    `let count = 0; const fs = require('node:fs'), os = require('node:os');
    exports.handler = async () => { fs.writeFileSync(os.tmpdir() + '/' + ++count, 'x'); return { count, pid: process.pid, tmp: os.tmpdir() } }`,
  );

  const first = (await lambda.invoke('warm')).payload;
  const second = (await lambda.invoke('warm')).payload;
  expect(second).toEqual({ ...first, count: 2 });
  expect(existsSync(`${first.tmp}/2`)).toBe(true);

  await lambda.call('UpdateFunctionConfiguration', { FunctionName: 'warm', Timeout: 9 });
  const third = (await lambda.invoke('warm')).payload;
  expect(third.pid).not.toBe(first.pid);
  await eventually(() => !existsSync(first.tmp));
});

test('concurrent invocations get a process each', async () => {
  // Each ends when all three have begun: one that ended before would have its process used again.
  await lambda.define(
    'parallel',
    `const fs = require('node:fs');
    exports.handler = async ({ begun, n }) => {
      fs.writeFileSync(begun + n, '');
      while (![1, 2, 3].every((one) => fs.existsSync(begun + one))) await new Promise((r) => setTimeout(r, 5));
      return process.pid;
    }`,
  );

  const begun = join(lambda.folder, 'begun-');
  const pids = await Promise.all([1, 2, 3].map(async (n) => (await lambda.invoke('parallel', { begun, n })).payload));

  expect(new Set(pids).size).toBe(3);
});

test('an error that a handler throws carries its name, message and trace', async () => {
  await lambda.define(
    'throws',
    'class TooSad extends Error { name = "TooSad" }; exports.handler = async () => { throw new TooSad("no") }',
  );

  const { functionError, payload } = await lambda.invoke('throws');

  expect(functionError).toBe('Unhandled');
  expect(payload).toEqual({ errorType: 'TooSad', errorMessage: 'no', trace: expect.arrayContaining(['TooSad: no']) });
});

test('a function that takes too long is ended and says so as AWS does', async () => {
  await lambda.define('slow', 'exports.handler = async () => { for (;;); }', { Timeout: 1 });

  const { functionError, payload } = await lambda.invoke('slow');

  expect(functionError).toBe('Unhandled');
  expect(payload).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
  });
  await eventually(() => lambda.service.processes('slow').length === 0);
});

test('a process that exits or throws outside of its handler fails the invocation, and the next one starts afresh', async () => {
  await lambda.define(
    'exits',
    'exports.handler = async (event) => { if (event.exit) process.exit(event.exit); return "fine" }',
  );
  await lambda.define(
    'uncaught',
    'exports.handler = () => new Promise(() => setTimeout(() => { throw new RangeError("late") }, 5))',
  );
  await lambda.define(
    'rejected',
    'exports.handler = () => new Promise(() => { Promise.reject(new TypeError("lost")) })',
  );

  expect((await lambda.invoke('exits', { exit: 3 })).payload).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/Error: Runtime exited with error: exit status 3$/),
  });
  expect((await lambda.invoke('exits')).payload).toBe('fine');
  expect((await lambda.invoke('uncaught')).payload).toMatchObject({ errorType: 'RangeError', errorMessage: 'late' });
  expect((await lambda.invoke('rejected')).payload).toMatchObject({
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: 'TypeError: lost',
  });
});

test('answers over 6 MB are refused, and the process stays usable', async () => {
  await lambda.define('big', 'exports.handler = async (event) => "x".repeat(event.size)');

  expect((await lambda.invoke('big', { size: 7_000_000 })).payload).toMatchObject({
    errorType: 'Function.ResponseSizeTooLarge',
  });
  expect((await lambda.invoke('big', { size: 5_000_000 })).payload).toHaveLength(5_000_000);
});

test('killRunning ends an invocation in its middle, and leaves warm processes alone', async () => {
  await lambda.define(
    'victim',
    'exports.handler = async (event) => { await new Promise((r) => setTimeout(r, event.wait)); return "done" }',
  );
  expect((await lambda.invoke('victim', { wait: 0 })).payload).toBe('done');
  expect(lambda.service.killRunning('victim')).toBe(0);

  const running = lambda.invoke('victim', { wait: 60_000 });
  await eventually(() => lambda.service.killRunning('victim') === 1);

  expect((await running).payload).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('signal: killed'),
  });
});

test('what a function prints goes to its log group between START and REPORT, as its role', async () => {
  await lambda.define(
    'prints',
    `exports.handler = async () => {
    console.log('hello', { a: 1 }); process.stdout.write('raw\\n'); process.stderr.write('oops\\n'); return 1 }`,
  );

  const { log } = await lambda.invoke('prints', {}, { LogType: 'Tail' });

  const lines = (log ?? '').trim().split('\n');
  expect(lines[0]).toMatch(/^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/);
  expect(lines).toEqual(
    expect.arrayContaining([expect.stringMatching(/Z\t[0-9a-f-]{36}\tINFO\thello \{ a: 1 \}$/), 'raw', 'oops']),
  );
  expect(lines.at(-2)).toMatch(/^END RequestId: [0-9a-f-]{36}$/);
  expect(lines.at(-1)).toMatch(
    /^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms$/,
  );
  const put = await eventually(() =>
    lambda.calls.find(
      ({ operation, input }) => operation === 'PutLogEvents' && input.logGroupName === '/aws/lambda/prints',
    ),
  );
  expect(put.principal).toEqual({
    kind: 'role',
    roleArn: 'arn:aws:iam::000000000000:role/function',
    sessionName: 'prints',
  });
  const logged = put.input.logEvents.map(({ message }: { message: string }) => message);
  expect(logged[0]).toMatch(
    /^INIT_START Runtime Version: nodejs:22\.v\d+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/,
  );
  expect(logged[1]).toBe(lines[0]);
});

test('packages come from the bundle and its layers, never from the project around it', async () => {
  const find = (name: string) =>
    `exports.handler = async () => { try { return require(${JSON.stringify(name)}).default } catch (e) { return e.code } }`;
  await lambda.define('layer', { 'nodejs/node_modules/greeting/index.js': 'exports.default = "hi"' });
  const { LayerVersionArn } = await lambda.call('PublishLayerVersion', {
    LayerName: 'greeting',
    Content: { S3Bucket: 'assets', S3Key: 'layer.zip' },
  });
  await lambda.define('layered', find('greeting'), { Layers: [LayerVersionArn] });
  await lambda.define('bare', find('greeting'));
  await lambda.define('bundled', { 'index.js': find('own'), 'node_modules/own/index.js': 'exports.default = "mine"' });

  expect((await lambda.invoke('layered')).payload).toBe('hi');
  expect((await lambda.invoke('bare')).payload).toBe('MODULE_NOT_FOUND');
  expect((await lambda.invoke('bundled')).payload).toBe('mine');
});

test('a layer named after DuckDB gives this machine’s own build of it, and nothing else of this project', async () => {
  await lambda.define('duckdb-arm64', {
    'nodejs/node_modules/@duckdb/node-api/index.js': 'throw new Error("wrong architecture")',
  });
  const { LayerVersionArn } = await lambda.call('PublishLayerVersion', {
    LayerName: 'duckdb',
    Content: { S3Bucket: 'assets', S3Key: 'duckdb-arm64.zip' },
  });
  await lambda.define(
    'query',
    `exports.handler = async () => {
    const { DuckDBInstance } = require('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = (await connection.runAndReadAll('select 7 / 2 as n')).getRowObjects();
    let zod; try { require('zod') } catch (error) { zod = error.code }
    return { n: rows[0].n, zod } }`,
    { Layers: [LayerVersionArn], MemorySize: 512 },
  );

  expect(await lambda.invoke('query')).toEqual({ payload: { n: 3.5, zod: 'MODULE_NOT_FOUND' } });
});

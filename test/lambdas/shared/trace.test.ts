import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8';

const TRACER = require.resolve('@aws-lambda-powertools/tracer');

let daemon: Socket;
const told: string[] = [];
const before = { ...process.env };

beforeAll(async () => {
  daemon = createSocket('udp4').on('message', (message) => told.push(message.toString()));
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  Object.assign(process.env, {
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${(daemon.address() as AddressInfo).port}`,
    // as on Lambda
    LAMBDA_TASK_ROOT: '/var/task',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    POWERTOOLS_SERVICE_NAME: 'stepwell',
  });
});
afterAll(() => {
  process.env = before;
  daemon.close();
});

async function task(header: string): Promise<string> {
  process.env._X_AMZN_TRACE_ID = header;
  const { traced } = await import('../../../lambdas/shared/trace');
  return traced({ pipeline: 'orders', run: 'r1' }, async () => 'done');
}

test('an invocation that X-Ray does not sample is not traced', async () => {
  expect(await task(`${TRACE};Sampled=0`)).toBe('done');
  expect(await task('')).toBe('done');
  expect(Object.keys(require.cache)).not.toContain(TRACER);
  expect(told).toEqual([]);
});

test('one that it samples has a subsegment, annotated with pipeline and run', async () => {
  const message = once(daemon, 'message');
  expect(await task(`${TRACE};Sampled=1`)).toBe('done');
  await message;
  expect(Object.keys(require.cache)).toContain(TRACER);
  expect(JSON.parse(told[0]!.split('\n')[1]!)).toMatchObject({
    name: '## task',
    trace_id: '1-5759e988-bd862e3fe1be46a994272793',
    parent_id: '53995c3f42cd8ad8',
    annotations: { pipeline: 'orders', run: 'r1' },
  });
});

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../lib/local/service';
import { eventually, type Harness, startHarness } from './harness';

/** Time passes only when a test says so. */
class ManualClock implements Clock {
  private time = Date.parse('2026-01-15T00:00:00Z');
  private sleepers: { at: number; wake: () => void }[] = [];

  now = () => this.time;

  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      this.sleepers.push({ at: this.time + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });

  /** When the next sleeper wakes, in seconds from now; undefined when nobody sleeps. */
  get next(): number | undefined {
    return this.sleepers.length === 0 ? undefined : (Math.min(...this.sleepers.map(({ at }) => at)) - this.time) / 1000;
  }

  pass(seconds: number): void {
    this.time += seconds * 1000;
    const due = this.sleepers.filter(({ at }) => at <= this.time);
    this.sleepers = this.sleepers.filter(({ at }) => at > this.time);
    for (const { wake } of due) wake();
  }
}

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:undelivered';
/** Notes each attempt, and fails while the event says so. */
const NOTES = `const fs = require('node:fs');
  exports.handler = async (event, context) => {
    fs.appendFileSync(event.log, context.awsRequestId + '\\n');
    if (event.wait) while (!fs.existsSync(event.log + '.go')) await new Promise((r) => setTimeout(r, 20));
    if (event.fail) throw new Error('not today');
    return { done: true };
  }`;

let clock: ManualClock;
let lambda: Harness;
let log: string;

beforeEach(async () => {
  clock = new ManualClock();
  lambda = await startHarness({ clock });
  await lambda.service.ready?.();
  log = join(lambda.folder, 'log');
  await lambda.define('notes', NOTES);
});
afterEach(() => lambda.stop());

const attempts = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
const send = (event: object) =>
  lambda.call('Invoke', {
    FunctionName: 'notes',
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify({ log, ...event })),
  });
const sent = (service: string) => lambda.calls.filter((call) => call.service === service);

test('an event is answered at once and invoked once', async () => {
  expect(await send({})).toMatchObject({ StatusCode: 202 });

  await eventually(() => attempts().length === 1);
  expect(clock.next).toBeUndefined();
});

test('a failing event is tried again after one minute and after two more, with the same request id, then goes to the failure destination', async () => {
  await lambda.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'notes',
    DestinationConfig: { OnFailure: { Destination: QUEUE } },
  });

  await send({ fail: true });
  expect(await eventually(() => clock.next)).toBe(60);
  clock.pass(60);
  expect(await eventually(() => clock.next)).toBe(120);
  clock.pass(120);
  const call = await eventually(() => sent('sqs')[0]);

  expect(attempts()).toHaveLength(3);
  expect(new Set(attempts()).size).toBe(1);
  expect(call.principal).toEqual({
    kind: 'role',
    roleArn: 'arn:aws:iam::000000000000:role/function',
    sessionName: 'notes',
  });
  expect(call.input.QueueUrl).toBe('http://127.0.0.1:1/000000000000/undelivered');
  expect(JSON.parse(call.input.MessageBody)).toEqual({
    version: '1.0',
    timestamp: '2026-01-15T00:03:00.000Z',
    requestContext: {
      requestId: attempts()[0],
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:notes:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { log, fail: true },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'not today', trace: expect.any(Array) },
  });
});

test('retries and age are limited as configured, and a dead-letter queue gets the event itself', async () => {
  await lambda.call('PutFunctionEventInvokeConfig', { FunctionName: 'notes', MaximumRetryAttempts: 0 });
  await lambda.call('UpdateFunctionConfiguration', { FunctionName: 'notes', DeadLetterConfig: { TargetArn: QUEUE } });

  await send({ fail: true });

  const { input } = await eventually(() => sent('sqs')[0]);
  expect(JSON.parse(input.MessageBody)).toEqual({ log, fail: true });
  expect(input.MessageAttributes).toEqual({
    RequestID: { DataType: 'String', StringValue: attempts()[0] },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: 'not today' },
  });
  expect(attempts()).toHaveLength(1);
});

test('a success can have a destination, too', async () => {
  const topic = 'arn:aws:sns:us-east-1:000000000000:done';
  await lambda.call('PutFunctionEventInvokeConfig', {
    FunctionName: 'notes',
    DestinationConfig: { OnSuccess: { Destination: topic } },
  });

  await send({});

  const { input } = await eventually(() => sent('sns')[0]);
  expect(input.TopicArn).toBe(topic);
  expect(JSON.parse(input.Message)).toMatchObject({
    requestContext: { condition: 'Success' },
    responsePayload: { done: true },
  });
});

test('what waits and what runs when the cloud stops is invoked again after the next start', async () => {
  await send({ fail: true });
  await eventually(() => clock.next);
  await send({ wait: true });
  await eventually(() => attempts().length === 2);

  lambda = await lambda.restart();
  await lambda.define('other', NOTES);
  expect(attempts()).toHaveLength(2);
  appendFileSync(`${log}.go`, '');
  await lambda.service.ready?.();

  // The one that ran when it was stopped has not failed: no minute to wait for it.
  await eventually(() => attempts().length === 3);
  expect(attempts()[2]).toBe(attempts()[1]);
  expect(await eventually(() => clock.next)).toBe(60);
});

test('a throttled event waits for its turn, which is no attempt', async () => {
  await lambda.call('PutFunctionConcurrency', { FunctionName: 'notes', ReservedConcurrentExecutions: 1 });

  await send({ wait: true });
  await eventually(() => attempts().length === 1);
  await expect(lambda.invoke('notes', { log })).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    status: 429,
  });
  await send({});
  expect(await eventually(() => clock.next)).toBe(1);
  appendFileSync(`${log}.go`, '');
  await eventually(() => {
    clock.pass(1);
    return attempts().length === 2;
  });

  const throttles = () =>
    sent('monitoring')
      .flatMap(({ input }) => input.MetricData)
      .filter(({ MetricName }) => MetricName === 'Throttles');
  await eventually(() => throttles().length > 0);
});

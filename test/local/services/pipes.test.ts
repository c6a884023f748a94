/** What a pipe does with the answers of functions, and over restarts; the rest is in test/contract/pipes. */
import { createPipesService } from '../../../lib/local/services/pipes';
import { createSqsService } from '../../../lib/local/services/sqs';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const SECOND = 1_000;
const FROM = 'arn:aws:sqs:us-east-1:000000000000:from';
const QueueUrl = 'http://127.0.0.1:4510/000000000000/from';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let invoked: { bodies: string[]; role: string }[];
let answer: (events: { messageId: string; body: string }[]) => unknown;

beforeEach(async () => {
  clock = testClock();
  invoked = [];
  answer = () => undefined;
  cloud = await testCloud({ services: () => [createSqsService(), createPipesService()], clock, other });
  await cloud.run('sqs', 'CreateQueue', { QueueName: 'from' });
});
afterEach(() => cloud.stop());

function other({ operation, input, principal }: Call): unknown {
  if (operation !== 'Invoke') return {};
  const events = JSON.parse(Buffer.from(input.Payload).toString());
  invoked.push({
    bodies: events.map(({ body }: { body: string }) => body),
    role: principal.kind === 'role' ? principal.roleArn : principal.kind,
  });
  const result = answer(events);
  if (result instanceof Error) return { FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"no"}') };
  return { Payload: Buffer.from(JSON.stringify(result ?? null)) };
}

const create = (input: object = {}) =>
  cloud.run('pipes', 'CreatePipe', {
    Name: 'p',
    Source: FROM,
    Target: FUNCTION,
    RoleArn: 'arn:aws:iam::000000000000:role/pipe',
    ...input,
  });
const send = (MessageBody: string) => cloud.run('sqs', 'SendMessage', { QueueUrl, MessageBody });
const left = async () => {
  const { Attributes } = await cloud.run('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};

test('a batch waits for its window, goes to the function as the role, and is deleted', async () => {
  await create({ SourceParameters: { SqsQueueParameters: { BatchSize: 100, MaximumBatchingWindowInSeconds: 5 } } });
  await send('a');
  await clock.advance(2 * SECOND);
  await send('b');
  await clock.advance(2 * SECOND);
  expect(invoked).toEqual([]);
  await clock.advance(2 * SECOND);

  expect(invoked).toEqual([{ bodies: ['a', 'b'], role: 'arn:aws:iam::000000000000:role/pipe' }]);
  expect(await left()).toBe(0);
});

test('only the events that the function names come again', async () => {
  let isFirst = true;
  answer = (events) => {
    const failed = isFirst ? events.filter(({ body }) => body === 'bad') : [];
    isFirst = false;
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  await send('good');
  await send('bad');
  await create();
  await clock.advance(0);
  expect(await left()).toBe(1);

  await clock.advance(31 * SECOND);
  expect(invoked.map(({ bodies }) => bodies)).toEqual([['good', 'bad'], ['bad']]);
  expect(await left()).toBe(0);
});

test('a function that fails loses nothing, and the pipe says why', async () => {
  answer = () => new Error();
  await send('a');
  await create();
  await clock.advance(0);

  expect(await left()).toBe(1);
  expect((await cloud.run('pipes', 'DescribePipe', { Name: 'p' })).StateReason).toContain('errorMessage');
  answer = () => undefined;
  await clock.advance(40 * SECOND);
  expect(await left()).toBe(0);
  expect((await cloud.run('pipes', 'DescribePipe', { Name: 'p' })).StateReason).toBeUndefined();
});

test('what the enrichment empties reaches no target and is done', async () => {
  answer = () => [];
  await send('a');
  await create({ Enrichment: FUNCTION, Target: FROM.replace('from', 'nowhere') });
  await clock.advance(0);

  expect(invoked).toHaveLength(1);
  expect(await left()).toBe(0);
});

test('a batch that is too long for a state machine goes in parts', async () => {
  await send('x'.repeat(150_000));
  await send('y'.repeat(150_000));
  await create({
    Target: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
    TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } },
  });
  await clock.advance(0);

  expect(cloud.calls.filter(({ operation }) => operation === 'StartExecution')).toHaveLength(2);
});

test('pipes go on after a restart, and stopped ones stay stopped', async () => {
  await create();
  await create({ Name: 'stopped', DesiredState: 'STOPPED' });
  await cloud.restart();
  await send('a');
  await clock.advance(0);

  expect(invoked).toHaveLength(1);
  expect((await cloud.run('pipes', 'DescribePipe', { Name: 'stopped' })).CurrentState).toBe('STOPPED');
});

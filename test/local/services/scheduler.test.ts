import { AwsError } from '../../../lib/local/service';
import { createSchedulerService } from '../../../lib/local/services/scheduler';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const MINUTE = 60_000;
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:sweep';
const ARN = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/s';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let delivered: Call[];
let answer: (call: Call) => unknown;

beforeEach(async () => {
  clock = testClock();
  delivered = [];
  answer = () => ({});
  cloud = await testCloud({
    services: () => [createSchedulerService()],
    clock,
    other: (call) => {
      delivered.push(call);
      return answer(call);
    },
  });
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('scheduler', operation, input);
const create = (input: object = {}, target: object = {}) =>
  run('CreateSchedule', {
    Name: 's',
    ScheduleExpression: 'rate(5 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: FUNCTION, RoleArn: ROLE, ...target },
    ...input,
  });
const payloads = () => delivered.map(({ input }) => JSON.parse(input.Payload.toString()));

test('a schedule invokes its target as its role, with an event that tells the time', async () => {
  expect(await create()).toEqual({ ScheduleArn: ARN });
  await clock.advance(11 * MINUTE);

  expect(delivered[0]).toMatchObject({
    principal: { kind: 'role', roleArn: ROLE, sessionName: 'scheduler' },
    service: 'lambda',
    operation: 'Invoke',
    input: { FunctionName: FUNCTION, InvocationType: 'Event' },
  });
  expect(payloads()).toEqual(
    ['2026-01-01T00:05:00Z', '2026-01-01T00:10:00Z'].map((time) =>
      expect.objectContaining({
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        time,
        resources: [ARN],
        detail: '{}',
      }),
    ),
  );
});

test('an input is passed on, its keywords filled in', async () => {
  await create(
    {},
    {
      Input: '{"at":"<aws.scheduler.scheduled-time>","n":"<aws.scheduler.attempt-number>","x":"<aws.scheduler.other>"}',
    },
  );
  await clock.advance(5 * MINUTE);
  expect(payloads()).toEqual([{ at: '2026-01-01T00:05:00Z', n: '1', x: '<aws.scheduler.other>' }]);
});

test('any operation of AWS can be the target', async () => {
  await create(
    {},
    { Arn: 'arn:aws:scheduler:::aws-sdk:sfn:startExecution', Input: '{"stateMachineArn":"m","input":"{}"}' },
  );
  await clock.advance(5 * MINUTE);
  expect(delivered[0]).toMatchObject({
    service: 'states',
    operation: 'StartExecution',
    input: { stateMachineArn: 'm', input: '{}' },
  });
});

test('wall-clock times follow the time zone', async () => {
  await create({ ScheduleExpression: 'cron(0 9 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' });
  await clock.advance(24 * 60 * MINUTE);
  expect(payloads().map(({ time }) => time)).toEqual(['2026-01-01T08:00:00Z']);
});

test('a one-time schedule runs once, also when the cloud was down at its time', async () => {
  await create({ ScheduleExpression: 'at(2026-01-01T00:10:00)' });
  await create({ Name: 'gone', ScheduleExpression: 'at(2026-01-01T00:01:00)', ActionAfterCompletion: 'DELETE' });
  await clock.advance(5 * MINUTE);
  expect(delivered).toHaveLength(1);
  await expect(run('GetSchedule', { Name: 'gone' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });

  const down = cloud.restart();
  await clock.advance(10 * MINUTE);
  await down;
  await clock.advance(0);
  await cloud.restart();
  await clock.advance(60 * MINUTE);

  expect(payloads().map(({ time }) => time)).toEqual(['2026-01-01T00:01:00Z', '2026-01-01T00:10:00Z']);
});

test('start and end dates bound a schedule', async () => {
  await create({ StartDate: new Date('2026-01-01T00:30:00Z'), EndDate: new Date('2026-01-01T00:40:00Z') });
  await clock.advance(60 * MINUTE);
  expect(payloads().map(({ time }) => time)).toEqual(['2026-01-01T00:35:00Z', '2026-01-01T00:40:00Z']);
});

test('what fails is tried again, then goes to the dead-letter queue', async () => {
  const Arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  await create({}, { Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 1 }, DeadLetterConfig: { Arn } });
  answer = ({ service }) => {
    if (service === 'lambda') throw new AwsError('ServiceException', 'down', 500);
    return {};
  };
  await clock.advance(6 * MINUTE);

  expect(delivered.map(({ service }) => service)).toEqual(['lambda', 'lambda', 'sqs']);
  expect(delivered[2]?.input).toMatchObject({
    MessageBody: '{"a":1}',
    MessageAttributes: {
      SCHEDULE_ARN: { StringValue: ARN },
      TARGET_ARN: { StringValue: FUNCTION },
      SCHEDULED_TIME: { StringValue: '2026-01-01T00:05:00Z' },
      ERROR_CODE: { StringValue: 'ERROR_FROM_TARGET' },
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
    },
  });
});

test('schedules are updated as a whole, listed, disabled and deleted, and survive a restart', async () => {
  await create({ Description: 'first' });
  await run('UpdateSchedule', {
    Name: 's',
    ScheduleExpression: 'rate(1 hour)',
    State: 'DISABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: FUNCTION, RoleArn: ROLE },
  });
  await cloud.restart();
  await clock.advance(120 * MINUTE);

  expect(delivered).toEqual([]);
  expect(await run('GetSchedule', { Name: 's' })).toEqual({
    Name: 's',
    GroupName: 'default',
    Arn: ARN,
    ScheduleExpression: 'rate(1 hour)',
    ScheduleExpressionTimezone: 'UTC',
    State: 'DISABLED',
    ActionAfterCompletion: 'NONE',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: FUNCTION, RoleArn: ROLE },
    CreationDate: new Date('2026-01-01'),
    LastModificationDate: new Date('2026-01-01'),
  });
  expect((await run('ListSchedules')).Schedules).toEqual([expect.objectContaining({ Name: 's', State: 'DISABLED' })]);
  await run('DeleteSchedule', { Name: 's' });
  await expect(run('DeleteSchedule', { Name: 's' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
    status: 404,
  });
});

test.each([
  ['no role', {}, { RoleArn: undefined }],
  ['no window', { FlexibleTimeWindow: undefined }, {}],
  ['a bad expression', { ScheduleExpression: 'rate(5)' }, {}],
  ['a bad time zone', { ScheduleExpression: 'cron(0 9 * * ? *)', ScheduleExpressionTimezone: 'Mars/Base' }, {}],
  ['a bad name', { Name: 'a b' }, {}],
  ['a target that nothing here can call', {}, { Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/c' }],
])('refused is %s', async (_, input, target) => {
  await expect(create(input, target)).rejects.toMatchObject({ code: 'ValidationException' });
});

test('refused is a name that is taken', async () => {
  await create();
  await expect(create()).rejects.toMatchObject({ code: 'ConflictException', status: 409 });
});

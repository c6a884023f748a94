import { AwsError } from '../../../lib/local/service';
import { createEventsService } from '../../../lib/local/services/events';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const MINUTE = 60_000;
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:dead';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:m';
const ROLE = 'arn:aws:iam::000000000000:role/start';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
/** What the targets were called with; metrics are left out. */
let delivered: Call[];
let answer: (call: Call) => unknown;

beforeEach(async () => {
  clock = testClock();
  delivered = [];
  answer = () => ({});
  cloud = await testCloud({
    services: () => [createEventsService()],
    clock,
    other: (call) => {
      if (call.service === 'monitoring') return {};
      delivered.push(call);
      return answer(call);
    },
  });
});
afterEach(() => cloud.stop());

const putRule = async (input: object, ...targets: object[]) => {
  await cloud.run('events', 'PutRule', { Name: 'r', EventPattern: '{"source":["shop"]}', ...input });
  if (targets.length > 0) await cloud.run('events', 'PutTargets', { Rule: 'r', Targets: targets });
};
const putEvent = (entry: object = {}) =>
  cloud.run('events', 'PutEvents', {
    Entries: [{ Source: 'shop', DetailType: 'order', Detail: '{"id":1}', ...entry }],
  });

describe('PutEvents', () => {
  test('delivers a matching event to each target as its role, or as EventBridge for the rule', async () => {
    await putRule(
      {},
      { Id: 'f', Arn: FUNCTION, InputPath: '$.detail' },
      { Id: 'm', Arn: MACHINE, RoleArn: ROLE, Input: '{}' },
    );

    const { Entries, FailedEntryCount } = await putEvent({
      Time: new Date('2026-01-01T00:00:00.900Z'),
      Resources: ['x'],
    });
    await clock.advance(0);

    expect(FailedEntryCount).toBe(0);
    expect(
      delivered.map(({ principal, service, operation, input }) => ({ principal, service, operation, input })),
    ).toEqual([
      {
        principal: {
          kind: 'service',
          service: 'events.amazonaws.com',
          sourceArn: 'arn:aws:events:us-east-1:000000000000:rule/r',
        },
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: FUNCTION, InvocationType: 'Event', Payload: Buffer.from('{"id":1}') },
      },
      {
        principal: { kind: 'role', roleArn: ROLE, sessionName: 'events' },
        service: 'states',
        operation: 'StartExecution',
        input: { stateMachineArn: MACHINE, input: '{}', name: expect.stringContaining(Entries[0].EventId) },
      },
    ]);
  });

  test('delivers the whole event with the account, region and time filled in', async () => {
    await putRule({}, { Id: 'q', Arn: QUEUE });

    const { Entries } = await putEvent({ Resources: ['x'] });
    await clock.advance(0);

    expect(delivered[0]?.input.QueueUrl).toBe('http://127.0.0.1:4510/000000000000/dead');
    expect(JSON.parse(delivered[0]?.input.MessageBody)).toEqual({
      version: '0',
      id: Entries[0].EventId,
      'detail-type': 'order',
      source: 'shop',
      account: '000000000000',
      time: '2026-01-01T00:00:00Z',
      region: 'us-east-1',
      resources: ['x'],
      detail: { id: 1 },
    });
  });

  test('reports bad entries one by one and takes the good ones', async () => {
    await putRule({}, { Id: 'q', Arn: QUEUE });

    const { Entries, FailedEntryCount } = await cloud.run('events', 'PutEvents', {
      Entries: [
        { Source: 'shop', DetailType: 'order', Detail: '{}' },
        { Source: 'shop', DetailType: 'order', Detail: '{' },
        { Source: 'shop', Detail: '{}' },
        { Source: 'aws.s3', DetailType: 'Object Created', Detail: '{}' },
      ],
    });
    await clock.advance(0);

    expect(FailedEntryCount).toBe(3);
    expect(Entries.map(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'InvalidArgument',
      'NotAuthorizedForSourceException',
    ]);
    expect(delivered).toHaveLength(1);
  });

  test('lets a service speak for AWS', async () => {
    await putRule({ EventPattern: '{"source":["aws.s3"]}' }, { Id: 'q', Arn: QUEUE });

    await cloud.call({ kind: 'service', service: 's3.amazonaws.com' }, 'events', 'PutEvents', {
      Entries: [{ Source: 'aws.s3', DetailType: 'Object Created', Detail: '{}' }],
    });
    await clock.advance(0);

    expect(delivered).toHaveLength(1);
  });

  test.each([
    ['no entry', []],
    ['eleven entries', Array.from({ length: 11 }, () => ({ Source: 's', DetailType: 't', Detail: '{}' }))],
    ['too many bytes', [{ Source: 's', DetailType: 't', Detail: JSON.stringify({ x: 'y'.repeat(262_144) }) }]],
  ])('refuses %s', async (_, Entries) => {
    await expect(cloud.run('events', 'PutEvents', { Entries })).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

describe('a delivery that fails', () => {
  const retry = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds = 86_400) => ({
    Id: 'f',
    Arn: FUNCTION,
    RetryPolicy: { MaximumRetryAttempts, MaximumEventAgeInSeconds },
    DeadLetterConfig: { Arn: QUEUE },
  });
  const failTarget = (error: Error) => {
    answer = (call) => {
      if (call.service === 'lambda') throw error;
      return {};
    };
  };
  const letters = () =>
    delivered
      .filter(({ service }) => service === 'sqs')
      .map(({ input }) => ({
        body: JSON.parse(input.MessageBody),
        attributes: Object.fromEntries(
          Object.entries(input.MessageAttributes).map(([name, value]) => [
            name,
            (value as { StringValue: string }).StringValue,
          ]),
        ),
      }));

  test('is tried again until it arrives', async () => {
    await putRule({}, retry(5));
    let failures = 2;
    answer = () => {
      if (failures-- > 0) throw new AwsError('ServiceException', 'try later', 500);
      return {};
    };

    await putEvent();
    await clock.advance(MINUTE);

    expect(delivered.map(({ service }) => service)).toEqual(['lambda', 'lambda', 'lambda']);
  });

  test('goes to the dead-letter queue after its attempts, with the reason', async () => {
    await putRule({}, retry(2));
    failTarget(new AwsError('TooManyRequestsException', 'Rate exceeded', 429));

    await putEvent();
    await clock.advance(10 * MINUTE);

    expect(delivered.filter(({ service }) => service === 'lambda')).toHaveLength(3);
    expect(letters()).toEqual([
      {
        body: expect.objectContaining({ source: 'shop', detail: { id: 1 } }),
        attributes: {
          RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/r',
          TARGET_ARN: FUNCTION,
          ERROR_CODE: 'THROTTLING',
          ERROR_MESSAGE: 'Rate exceeded',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '2',
        },
      },
    ]);
  });

  test('goes there when it is too old', async () => {
    await putRule({}, retry(185, 60));
    failTarget(new Error('connection refused'));

    await putEvent();
    await clock.advance(10 * MINUTE);

    expect(letters()[0]?.attributes).toMatchObject({
      ERROR_CODE: 'INTERNAL_ERROR',
      EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
    });
  });

  test.each([
    ['AccessDeniedException', 'NO_PERMISSIONS'],
    ['ResourceNotFoundException', 'NO_RESOURCE'],
  ])('goes there at once for %s', async (code, expected) => {
    await putRule({}, retry(5));
    failTarget(new AwsError(code, 'no', 400));

    await putEvent();
    await clock.advance(0);

    expect(delivered.map(({ service }) => service)).toEqual(['lambda', 'sqs']);
    expect(letters()[0]?.attributes).toMatchObject({ ERROR_CODE: expected });
  });

  test('counts an execution of that name as delivered', async () => {
    await putRule({}, { ...retry(5), Arn: MACHINE, RoleArn: ROLE });
    let first = true;
    answer = () => {
      if (!first) throw new AwsError('ExecutionAlreadyExists', 'again');
      first = false;
      throw new Error('answer lost');
    };

    await putEvent();
    await clock.advance(10 * MINUTE);

    expect(delivered.map(({ operation }) => operation)).toEqual(['StartExecution', 'StartExecution']);
    expect(delivered[0]?.input.name).toBe(delivered[1]?.input.name);
  });

  test('goes on after a restart, once its targets are there again', async () => {
    await putRule({}, retry(5));
    failTarget(new Error('down'));
    await putEvent();
    await clock.advance(0);
    answer = () => ({});

    await cloud.restartUnready();
    await clock.advance(MINUTE);
    expect(delivered).toHaveLength(1);
    await cloud.ready();
    await clock.advance(0);
    await cloud.restart();
    await clock.advance(MINUTE);

    expect(delivered.map(({ service }) => service)).toEqual(['lambda', 'lambda']);
  });
});

describe('schedules', () => {
  test('a rule fires at its times, and stops when disabled', async () => {
    await putRule({ EventPattern: undefined, ScheduleExpression: 'cron(0/15 * * * ? *)' }, { Id: 'f', Arn: FUNCTION });

    await clock.advance(31 * MINUTE);
    await cloud.run('events', 'DisableRule', { Name: 'r' });
    await clock.advance(60 * MINUTE);

    expect(delivered.map(({ input }) => JSON.parse(input.Payload.toString()))).toEqual(
      ['2026-01-01T00:15:00Z', '2026-01-01T00:30:00Z'].map((time) =>
        expect.objectContaining({
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          time,
          resources: ['arn:aws:events:us-east-1:000000000000:rule/r'],
          detail: {},
        }),
      ),
    );
  });

  test('a rate goes on counting from its start after a restart', async () => {
    await putRule({ EventPattern: undefined, ScheduleExpression: 'rate(10 minutes)' }, { Id: 'f', Arn: FUNCTION });
    await clock.advance(4 * MINUTE);

    await cloud.restart();
    await clock.advance(7 * MINUTE);

    expect(delivered.map(({ input }) => JSON.parse(input.Payload.toString()).time)).toEqual(['2026-01-01T00:10:00Z']);
  });
});

describe('rules', () => {
  test('keep their targets when put again, and survive a restart', async () => {
    await putRule({ Tags: [{ Key: 'a', Value: 'b' }] }, { Id: 'q', Arn: QUEUE });
    await putRule({ Description: 'new', EventPattern: '{"source":["other"]}' });
    await cloud.restart();

    expect(await cloud.run('events', 'DescribeRule', { Name: 'r' })).toEqual({
      Name: 'r',
      Arn: 'arn:aws:events:us-east-1:000000000000:rule/r',
      State: 'ENABLED',
      EventBusName: 'default',
      Description: 'new',
      EventPattern: '{"source":["other"]}',
      CreatedBy: '000000000000',
    });
    expect(await cloud.run('events', 'ListTargetsByRule', { Rule: 'r' })).toEqual({
      Targets: [{ Id: 'q', Arn: QUEUE }],
    });
    expect(
      (
        await cloud.run('events', 'ListTagsForResource', {
          ResourceARN: 'arn:aws:events:us-east-1:000000000000:rule/r',
        })
      ).Tags,
    ).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  test('are deleted once they have no targets', async () => {
    await putRule({}, { Id: 'q', Arn: QUEUE });
    await expect(cloud.run('events', 'DeleteRule', { Name: 'r' })).rejects.toThrow(
      "Rule can't be deleted since it has targets.",
    );

    await cloud.run('events', 'RemoveTargets', { Rule: 'r', Ids: ['q'] });
    await cloud.run('events', 'DeleteRule', { Name: 'r' });
    await cloud.run('events', 'DeleteRule', { Name: 'r' });

    expect(await cloud.run('events', 'ListRules')).toEqual({ Rules: [] });
  });

  test.each([
    ['neither pattern nor schedule', { EventPattern: undefined }, 'ValidationException'],
    ['a bad pattern', { EventPattern: '{"source":"x"}' }, 'InvalidEventPatternException'],
    ['a bad schedule', { ScheduleExpression: 'rate(1 minutes)' }, 'ValidationException'],
    ['a bad name', { Name: 'a b' }, 'ValidationException'],
    ['another bus', { EventBusName: 'mine' }, 'ResourceNotFoundException'],
  ])('are refused with %s', async (_, input, code) => {
    await expect(putRule(input)).rejects.toMatchObject({ code });
  });

  test.each([
    ['no role for a state machine', { Id: 'm', Arn: MACHINE }, 'RoleArn is required for target'],
    [
      'a target that nothing here can call',
      { Id: 'm', Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/c' },
      'no such target',
    ],
  ])('refuse %s', async (_, target, message) => {
    await expect(putRule({}, target)).rejects.toThrow(message);
  });

  test('refuse a sixth target', async () => {
    const targets = Array.from({ length: 6 }, (_, n) => ({ Id: `q${n}`, Arn: QUEUE }));
    await expect(putRule({}, ...targets)).rejects.toMatchObject({ code: 'LimitExceededException' });
  });

  test('show whether an event would match', async () => {
    const Event = JSON.stringify({ source: 'shop' });
    expect(await cloud.run('events', 'TestEventPattern', { EventPattern: '{"source":["shop"]}', Event })).toEqual({
      Result: true,
    });
  });
});

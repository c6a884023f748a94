import { createLogsService } from '../../../lib/local/services/logs';
import { embeddedMetrics } from '../../../lib/local/services/logs/emf';
import { parseFilterPattern } from '../../../lib/local/services/logs/filter-pattern';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const START = Date.parse('2026-01-01T00:00:00Z');
const GROUP = '/aws/lambda/orders-admit';
const STREAM = '2026/01/01/[$LATEST]0123';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let calls: Call[];

beforeEach(async () => {
  clock = testClock(START);
  calls = [];
  cloud = await testCloud({
    services: () => [createLogsService()],
    clock,
    other: (call) => {
      calls.push(call);
      return {};
    },
  });
  await run('CreateLogGroup', { logGroupName: GROUP });
  await run('CreateLogStream', { logGroupName: GROUP, logStreamName: STREAM });
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('logs', operation, input);
const put = (...messages: string[]) =>
  run('PutLogEvents', {
    logGroupName: GROUP,
    logStreamName: STREAM,
    logEvents: messages.map((message, i) => ({ timestamp: clock.now() + i, message })),
  });
const get = (input: object = {}) => run('GetLogEvents', { logGroupName: GROUP, logStreamName: STREAM, ...input });
const messages = ({ events }: { events: { message: string }[] }) => events.map(({ message }) => message);

test('lines are read back in order, over a restart, page by page in both directions', async () => {
  await put('a', 'b\n', 'c');
  await cloud.restart();
  await clock.advance(1_000);
  await put('d', 'e');

  const first = await get({ startFromHead: true, limit: 3 });
  expect(messages(first)).toEqual(['a', 'b', 'c']);
  expect(first.events[1]).toEqual({ timestamp: START + 1, message: 'b', ingestionTime: START });
  const second = await get({ nextToken: first.nextForwardToken, limit: 3 });
  expect(messages(second)).toEqual(['d', 'e']);
  const end = await get({ nextToken: second.nextForwardToken });
  expect([messages(end), end.nextForwardToken]).toEqual([[], second.nextForwardToken]);

  const latest = await get({ limit: 2 });
  expect(messages(latest)).toEqual(['d', 'e']);
  expect(messages(await get({ nextToken: latest.nextBackwardToken, limit: 2 }))).toEqual(['b', 'c']);
  expect(messages(await get({ startTime: START + 1, endTime: START + 3 }))).toEqual(['b', 'c']);
});

test('racing writers lose nothing', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => put(`${n}`)));
  expect(new Set(messages(await get())).size).toBe(50);
});

test('many streams can be written to at once', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `stream-${n}`);
  await Promise.all(names.map((logStreamName) => run('CreateLogStream', { logGroupName: GROUP, logStreamName })));
  for (let round = 0; round < 2; round++) {
    await Promise.all(
      names.map((logStreamName) =>
        run('PutLogEvents', {
          logGroupName: GROUP,
          logStreamName,
          logEvents: [{ timestamp: START, message: `${round}` }],
        }),
      ),
    );
  }
  for (const logStreamName of names) expect(messages(await get({ logStreamName }))).toEqual(['0', '1']);
});

test('groups and streams are described', async () => {
  await run('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 30 });
  await put('a');

  expect((await run('DescribeLogGroups', { logGroupNamePrefix: '/aws/lambda/' })).logGroups).toEqual([
    expect.objectContaining({
      logGroupName: GROUP,
      retentionInDays: 30,
      creationTime: START,
      arn: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:*`,
    }),
  ]);
  expect(
    (await run('DescribeLogStreams', { logGroupName: GROUP, orderBy: 'LastEventTime', descending: true })).logStreams,
  ).toEqual([
    expect.objectContaining({ logStreamName: STREAM, firstEventTimestamp: START, lastEventTimestamp: START }),
  ]);
});

test('what is older than the retention is not kept', async () => {
  await run('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 1 });
  await run('PutLogEvents', {
    logGroupName: GROUP,
    logStreamName: STREAM,
    logEvents: [
      { timestamp: START - 2 * 86_400_000, message: 'old' },
      { timestamp: START, message: 'new' },
    ],
  });
  expect(messages(await get())).toEqual(['new']);
});

test('IAM is asked about the stream, or about the group by a stream without name', () => {
  const { operations } = createLogsService();
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  const group = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
  expect(operations.PutLogEvents?.authorize({ logGroupName: GROUP, logStreamName: 's' }, context)).toEqual([
    { action: 'logs:PutLogEvents', resource: `${group}:log-stream:s` },
  ]);
  expect(operations.FilterLogEvents?.authorize({ logGroupIdentifier: `${group}:*` }, context)).toEqual([
    { action: 'logs:FilterLogEvents', resource: `${group}:log-stream:` },
  ]);
});

test('filtering looks into all streams of a group, by time and pattern', async () => {
  await run('CreateLogStream', { logGroupName: GROUP, logStreamName: 'other' });
  await put('ERROR one', 'info', 'ERROR two');
  await run('PutLogEvents', {
    logGroupName: GROUP,
    logStreamName: 'other',
    logEvents: [{ timestamp: START + 1, message: 'ERROR other' }],
  });

  const { events, nextToken } = await run('FilterLogEvents', { logGroupName: GROUP, filterPattern: 'ERROR', limit: 2 });

  expect(messages({ events })).toEqual(['ERROR one', 'ERROR other']);
  expect(messages(await run('FilterLogEvents', { logGroupName: GROUP, filterPattern: 'ERROR', nextToken }))).toEqual([
    'ERROR two',
  ]);
  expect(messages(await run('FilterLogEvents', { logGroupName: GROUP, logStreamNamePrefix: 'o' }))).toEqual([
    'ERROR other',
  ]);
});

test.each<[string, string, boolean]>([
  ['', 'anything', true],
  ['ERROR "time out"', 'ERROR: time out', true],
  ['ERROR "time out"', 'ERROR: out of time', false],
  ['ERROR -debug', 'ERROR debug', false],
  ['?a ?b', 'xbx', true],
  ['?a ?b', 'xyx', false],
  ['{ $.level = "ERROR" }', '{"level":"ERROR"}', true],
  ['{ $.level = ERR* && $.rows > 10 }', '{"level":"ERROR","rows":11}', true],
  ['{ $.level = ERR* && $.rows > 10 }', '{"level":"ERROR","rows":10}', false],
  ['{ ($.a.b = 1) || ($.c IS NULL) }', 'prefix {"c":null}', true],
  ['{ $.a NOT EXISTS }', '{"a":1}', false],
  ['{ $.a != "x" }', '{"a":"y"}', true],
  ['{ $.a = 1 }', 'no json', false],
])('the pattern %s on %s: %s', (pattern, message, expected) => {
  expect(parseFilterPattern(pattern)(message)).toBe(expected);
});

test.each(['[a, b', '{ $.a }', '{ $.a = 1', '{ a = 1 }', '{ $.a ~ 1 }'])('the pattern %s is refused', (pattern) => {
  expect(() => parseFilterPattern(pattern)).toThrow('Invalid filter pattern');
});

describe('embedded metrics', () => {
  const LINE = JSON.stringify({
    _aws: {
      Timestamp: START + 5,
      CloudWatchMetrics: [
        {
          Namespace: 'Stepwell',
          Dimensions: [['pipeline'], ['pipeline', 'step']],
          Metrics: [{ Name: 'rows', Unit: 'Count' }, { Name: 'gone' }],
        },
      ],
    },
    pipeline: 'orders',
    step: 'extract',
    rows: [1, 2],
    other: 3,
  });

  test('are read for each set of dimensions', () => {
    const datum = { MetricName: 'rows', Unit: 'Count', Timestamp: new Date(START + 5), Values: [1, 2] };
    expect(embeddedMetrics(LINE, 0)).toEqual([
      {
        namespace: 'Stepwell',
        data: [
          { ...datum, Dimensions: [{ Name: 'pipeline', Value: 'orders' }] },
          {
            ...datum,
            Dimensions: [
              { Name: 'pipeline', Value: 'orders' },
              { Name: 'step', Value: 'extract' },
            ],
          },
        ],
      },
    ]);
  });

  test.each(['plain "_aws"', '{"_aws":1}', '{"_aws":{"CloudWatchMetrics":[{}]}}', '{"level":"INFO"}'])(
    '%s holds none',
    (line) => {
      expect(embeddedMetrics(line, 0)).toEqual([]);
    },
  );

  test('go to CloudWatch when they are logged', async () => {
    await put('hello', LINE);
    expect(
      calls.map(({ principal, service, operation, input }) => [principal, service, operation, input.Namespace]),
    ).toEqual([[{ kind: 'service', service: 'logs.amazonaws.com' }, 'monitoring', 'PutMetricData', 'Stepwell']]);
  });
});

test('what AWS refuses is refused', async () => {
  await expect(run('CreateLogGroup', { logGroupName: GROUP })).rejects.toMatchObject({
    code: 'ResourceAlreadyExistsException',
  });
  await expect(run('CreateLogStream', { logGroupName: GROUP, logStreamName: STREAM })).rejects.toMatchObject({
    code: 'ResourceAlreadyExistsException',
  });
  await expect(run('CreateLogStream', { logGroupName: 'none', logStreamName: STREAM })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
  await expect(get({ logStreamName: 'none' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  await expect(run('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 2 })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
  await expect(put()).rejects.toMatchObject({ code: 'InvalidParameterException' });
  const logEvents = [
    { timestamp: START + 1, message: 'a' },
    { timestamp: START, message: 'b' },
  ];
  await expect(run('PutLogEvents', { logGroupName: GROUP, logStreamName: STREAM, logEvents })).rejects.toThrow(
    'chronological order',
  );
  await run('DeleteLogGroup', { logGroupName: GROUP });
  await expect(get()).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
});

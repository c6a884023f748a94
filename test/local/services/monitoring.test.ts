import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { parseAlarmRule } from '../../../lib/local/services/monitoring/composite';
import { judge } from '../../../lib/local/services/monitoring/evaluate';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alerts';
const at = (minute: number) => new Date(START + minute * MINUTE);

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let calls: Call[];

beforeEach(async () => {
  clock = testClock(START);
  calls = [];
  cloud = await testCloud({
    services: () => [createMonitoringService()],
    clock,
    other: (call) => {
      calls.push(call);
      return {};
    },
  });
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('monitoring', operation, input);
const put = (MetricName: string, Value: number, minute?: number, Dimensions: object[] = []) =>
  run('PutMetricData', {
    Namespace: 'Shop',
    MetricData: [{ MetricName, Value, Dimensions, ...(minute === undefined ? {} : { Timestamp: at(minute) }) }],
  });
const stat = (Id: string, MetricName: string, Stat = 'Sum', Period = 60) => ({
  Id,
  MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period, Stat },
});
const data = async (queries: object[], minutes = 10): Promise<[number, number][]> => {
  const { MetricDataResults } = await run('GetMetricData', {
    MetricDataQueries: queries,
    StartTime: at(0),
    EndTime: at(minutes),
    ScanBy: 'TimestampAscending',
  });
  const [{ Timestamps, Values }] = MetricDataResults;
  return Timestamps.map((time: Date, i: number) => [(time.getTime() - START) / MINUTE, Values[i]]);
};

describe('metrics', () => {
  test('are aggregated by period, for each statistic', async () => {
    for (const [minute, value] of [
      [0, 4],
      [0.5, 2],
      [1, 6],
      [7, 1],
    ] as const)
      await put('m', value, minute);

    expect(await data([stat('a', 'm', 'Sum', 300)])).toEqual([
      [0, 12],
      [5, 1],
    ]);
    expect(await data([stat('a', 'm', 'Average')])).toEqual([
      [0, 3],
      [1, 6],
      [7, 1],
    ]);
    expect(await data([stat('a', 'm', 'p50', 300)])).toEqual([
      [0, 4],
      [5, 1],
    ]);
    const { Datapoints } = await run('GetMetricStatistics', {
      Namespace: 'Shop',
      MetricName: 'm',
      StartTime: at(0),
      EndTime: at(5),
      Period: 300,
      Statistics: ['SampleCount', 'Minimum', 'Maximum'],
      ExtendedStatistics: ['p100'],
    });
    expect(Datapoints).toEqual([
      { Timestamp: at(0), Unit: 'None', SampleCount: 3, Minimum: 2, Maximum: 6, ExtendedStatistics: { p100: 6 } },
    ]);
  });

  test('take lists of values, statistic sets and dimensions, and survive a restart', async () => {
    await run('PutMetricData', {
      Namespace: 'Shop',
      MetricData: [
        { MetricName: 'm', Values: [1, 2], Counts: [3, 1], Unit: 'Count' },
        { MetricName: 'm', StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 } },
        {
          MetricName: 'm',
          Value: 99,
          Dimensions: [
            { Name: 'b', Value: '2' },
            { Name: 'a', Value: '1' },
          ],
        },
      ],
    });

    await cloud.restart();

    expect(await data([stat('x', 'm')])).toEqual([[0, 15]]);
    const dimensioned = stat('x', 'm');
    const Metric = {
      ...dimensioned.MetricStat.Metric,
      Dimensions: [
        { Name: 'a', Value: '1' },
        { Name: 'b', Value: '2' },
      ],
    };
    expect(await data([{ ...dimensioned, MetricStat: { ...dimensioned.MetricStat, Metric } }])).toEqual([[0, 99]]);
    expect((await run('ListMetrics', { Dimensions: [{ Name: 'a' }] })).Metrics).toEqual([
      {
        Namespace: 'Shop',
        MetricName: 'm',
        Dimensions: [
          { Name: 'b', Value: '2' },
          { Name: 'a', Value: '1' },
        ],
      },
    ]);
  });

  test('older than 15 days are dropped', async () => {
    await put('m', 1, -13 * 1_440);
    expect((await run('ListMetrics')).Metrics).toHaveLength(1);
    await cloud.restart(() => clock.advance(3 * 1_440 * MINUTE));
    expect(await run('ListMetrics')).toEqual({ Metrics: [] });
  });

  test('of AWS come from AWS services only', async () => {
    const input = { Namespace: 'AWS/SQS', MetricData: [{ MetricName: 'm', Value: 1 }] };
    await expect(run('PutMetricData', input)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    await cloud.run('monitoring', 'PutMetricData', input, { kind: 'service', service: 'sqs.amazonaws.com' });
  });
});

describe('metric math', () => {
  beforeEach(async () => {
    for (const [minute, value] of [
      [0, 6],
      [1, 8],
      [3, 10],
    ] as const)
      await put('rows', value, minute);
    for (const [minute, value] of [
      [0, 3],
      [1, 0],
      [2, 1],
    ] as const)
      await put('bad', value, minute);
  });
  const math = (Expression: string) =>
    data(
      [
        { Id: 'e', Expression },
        { ...stat('rows', 'rows'), ReturnData: false },
        { ...stat('bad', 'bad'), ReturnData: false },
      ],
      4,
    );

  test.each<[string, [number, number][]]>([
    [
      'bad / rows',
      [
        [0, 0.5],
        [1, 0],
      ],
    ],
    ['rows / bad', [[0, 2]]],
    [
      '100 * (rows - 2 ^ 2) + -1',
      [
        [0, 199],
        [1, 399],
        [3, 599],
      ],
    ],
    [
      'FILL(bad, 0) / FILL(rows, 1)',
      [
        [0, 0.5],
        [1, 0],
        [2, 1],
        [3, 0],
      ],
    ],
    [
      'FILL(rows, REPEAT)',
      [
        [0, 6],
        [1, 8],
        [2, 8],
        [3, 10],
      ],
    ],
    [
      'IF(bad > 0, bad, -1)',
      [
        [0, 3],
        [1, -1],
        [2, 1],
      ],
    ],
    [
      'SUM([rows, bad])',
      [
        [0, 9],
        [1, 8],
        [2, 1],
        [3, 10],
      ],
    ],
    [
      'MAX(METRICS("a"))',
      [
        [0, 3],
        [1, 0],
        [2, 1],
      ],
    ],
    [
      'bad / SUM(rows)',
      [
        [0, 0.125],
        [1, 0],
        [2, 1 / 24],
      ],
    ],
    [
      'rows >= 8 && bad == 0',
      [
        [0, 0],
        [1, 1],
      ],
    ],
    [
      '1 + 2 * 3',
      [
        [0, 7],
        [1, 7],
        [2, 7],
        [3, 7],
      ],
    ],
  ])('%s', async (expression, expected) => {
    expect(await math(expression)).toEqual(expected);
  });

  test.each([
    'rows +',
    'rows bad',
    'ANOMALY_DETECTION_BAND(rows)',
    'e + 1',
    'none',
    'rows ? 1',
    '(rows',
    'METRICS() + METRICS()',
  ])('refuses %s', async (expression) => {
    await expect(math(expression)).rejects.toMatchObject({ code: 'ValidationError' });
  });
});

describe('an alarm', () => {
  const ALARM = {
    AlarmName: 'failed',
    Namespace: 'Shop',
    MetricName: 'failed',
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [TOPIC],
    OKActions: [TOPIC],
  };
  const state = async (name = 'failed', type = 'MetricAlarm') => {
    const { MetricAlarms, CompositeAlarms } = await run('DescribeAlarms', { AlarmNames: [name], AlarmTypes: [type] });
    return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
  };
  const published = () => calls.filter(({ operation }) => operation === 'Publish').map(({ input }) => input);
  const events = () => calls.filter(({ operation }) => operation === 'PutEvents').map(({ input }) => input.Entries[0]);

  test('goes off at once when a sum crosses its threshold, and ends when what it asks for has passed', async () => {
    await run('PutMetricAlarm', ALARM);
    expect(await state()).toBe('OK');
    await clock.advance(2.5 * MINUTE);
    calls = [];

    await put('failed', 1);
    await clock.advance(0);
    expect(await state()).toBe('ALARM');
    // Two periods further back than the one that it judges, as nothing else comes.
    await clock.advance(14 * MINUTE);
    expect(await state()).toBe('ALARM');
    await clock.advance(2 * MINUTE);
    expect(await state()).toBe('OK');

    expect(published().map(({ Subject }) => Subject)).toEqual([
      'ALARM: "failed" in us-east-1',
      'OK: "failed" in us-east-1',
    ]);
    expect(JSON.parse(published()[0].Message)).toMatchObject({
      AlarmName: 'failed',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      NewStateReason: expect.stringContaining(
        '1 out of the last 1 datapoints [1] was greater than or equal to the threshold (1)',
      ),
      Trigger: { MetricName: 'failed', Threshold: 1, Period: 300 },
    });
    expect(calls.find(({ operation }) => operation === 'Publish')?.principal).toEqual({
      kind: 'service',
      service: 'cloudwatch.amazonaws.com',
      sourceArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:failed',
    });
    expect(events()[0]).toMatchObject({
      Source: 'aws.cloudwatch',
      DetailType: 'CloudWatch Alarm State Change',
      Resources: ['arn:aws:cloudwatch:us-east-1:000000000000:alarm:failed'],
    });
    expect(JSON.parse(events()[0].Detail)).toMatchObject({
      alarmName: 'failed',
      state: { value: 'ALARM' },
      previousState: { value: 'OK' },
      configuration: {
        metrics: [{ metricStat: { metric: { namespace: 'Shop', name: 'failed' }, period: 300, stat: 'Sum' } }],
      },
    });
    const { AlarmHistoryItems } = await run('DescribeAlarmHistory', {
      AlarmName: 'failed',
      HistoryItemType: 'StateUpdate',
    });
    expect(AlarmHistoryItems.map(({ HistorySummary }: { HistorySummary: string }) => HistorySummary)).toEqual([
      'Alarm updated from ALARM to OK',
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
    ]);
  });

  test('on an expression judges whole minutes', async () => {
    const { Namespace: _, MetricName: __, Statistic: ___, Period: ____, ...rest } = ALARM;
    const Metrics = [
      { Id: 'rate', Expression: 'bad / rows', ReturnData: true },
      { ...stat('bad', 'bad'), ReturnData: false },
      { ...stat('rows', 'rows'), ReturnData: false },
    ];
    await run('PutMetricAlarm', { ...rest, Metrics, Threshold: 0.1 });

    await put('rows', 10);
    await put('bad', 2);
    await clock.advance(0);
    expect(await state()).toBe('OK');
    await clock.advance(1.1 * MINUTE);
    expect(await state()).toBe('ALARM');
  });

  test('keeps its state over a restart and when put again, and says nothing twice', async () => {
    await run('PutMetricAlarm', ALARM);
    await put('failed', 1);
    await clock.advance(0);
    const before = calls.length;

    await cloud.restart();
    await run('PutMetricAlarm', ALARM);
    await clock.advance(MINUTE);

    expect(await state()).toBe('ALARM');
    expect(calls.length).toBe(before);
  });

  test('to which missing data is a breach waits for data that come late, and goes off when they do not come', async () => {
    const hourly = { ...ALARM, Period: 3600, Statistic: 'Maximum', Threshold: 3, TreatMissingData: 'breaching' };
    await run('PutMetricAlarm', hourly);
    // A new one has none.
    expect(await state()).toBe('ALARM');
    await put('failed', 0);
    await clock.advance(0);
    expect(await state()).toBe('OK');
    await clock.advance(170 * MINUTE);
    expect(await state()).toBe('OK');
    await clock.advance(15 * MINUTE);
    expect(await state()).toBe('ALARM');
    await put('failed', 1);
    await clock.advance(0);
    expect(await state()).toBe('OK');
  });

  test('does not take for missing what was not measured while the cloud was down', async () => {
    await put('failed', 0);
    await run('PutMetricAlarm', { ...ALARM, Period: 3600, Statistic: 'Maximum', TreatMissingData: 'breaching' });
    expect(await state()).toBe('OK');
    await cloud.restart(() => clock.advance(600 * MINUTE));
    await clock.advance(2 * MINUTE);
    expect(await state()).toBe('OK');
    await clock.advance(200 * MINUTE);
    expect(await state()).toBe('ALARM');
  });

  test.each([undefined, 'notBreaching', 'ignore'])(
    'goes off once for what lasts over a restart, with missing data as %s',
    async (TreatMissingData) => {
      await run('PutMetricAlarm', { ...ALARM, Statistic: 'Maximum', TreatMissingData });
      await put('failed', 1);
      await clock.advance(0);
      const alarmMails = () => published().filter(({ Subject }) => Subject.startsWith('ALARM'));
      expect(alarmMails()).toHaveLength(1);

      await cloud.restart(() => clock.advance(600 * MINUTE));
      await run('PutMetricAlarm', { ...ALARM, Statistic: 'Maximum', TreatMissingData });
      await clock.advance(MINUTE);
      expect(await state()).toBe('ALARM');
      await put('failed', 1);
      await clock.advance(MINUTE);

      expect(await state()).toBe('ALARM');
      expect(alarmMails()).toHaveLength(1);
    },
  );

  test('can be set by hand, until the next evaluation', async () => {
    await run('PutMetricAlarm', ALARM);
    await run('SetAlarmState', { AlarmName: 'failed', StateValue: 'ALARM', StateReason: 'testing' });
    expect(await state()).toBe('ALARM');
    await clock.advance(2 * MINUTE);
    expect(await state()).toBe('OK');
  });

  test('with its actions disabled is an event only', async () => {
    await run('PutMetricAlarm', { ...ALARM, ActionsEnabled: false });
    await put('failed', 1);
    await clock.advance(0);
    expect(published()).toEqual([]);
    expect(events()).toHaveLength(2);
  });

  test('of alarms follows its rule', async () => {
    await run('PutMetricAlarm', ALARM);
    await run('PutMetricAlarm', { ...ALARM, AlarmName: 'other', MetricName: 'other' });
    await run('PutCompositeAlarm', {
      AlarmName: 'any',
      AlarmRule: 'ALARM("failed") OR ALARM(other)',
      AlarmActions: [TOPIC],
    });
    expect(await state('any', 'CompositeAlarm')).toBe('OK');

    await put('failed', 1);
    await clock.advance(0);

    expect(await state('any', 'CompositeAlarm')).toBe('ALARM');
    await expect(run('DeleteAlarms', { AlarmNames: ['failed'] })).rejects.toMatchObject({ code: 'ValidationError' });
    await run('DeleteAlarms', { AlarmNames: ['failed', 'other', 'any'] });
    expect(await run('DescribeAlarms')).toEqual({ MetricAlarms: [], CompositeAlarms: [] });
  });

  test.each([
    ['an unknown comparison', { ComparisonOperator: 'LessThanLowerThreshold' }],
    ['no threshold', { Threshold: undefined }],
    ['no statistic', { Statistic: undefined }],
    ['more data points than periods', { DatapointsToAlarm: 2 }],
    ['an expression that cannot be read', { MetricName: undefined, Metrics: [{ Id: 'e', Expression: '1 +' }] }],
  ])('is refused with %s', async (_, change) => {
    await expect(run('PutMetricAlarm', { ...ALARM, ...change })).rejects.toMatchObject({ code: 'ValidationError' });
  });
});

describe('a composite alarm with a suppressor', () => {
  const ACTION = 'arn:aws:sns:us-east-1:000000000000:alerts';
  const mails = () =>
    calls.filter(({ operation }) => operation === 'Publish').map(({ input }) => input.Subject.split(':')[0]);
  const suppressedBy = async () =>
    (await run('DescribeAlarms', { AlarmTypes: ['CompositeAlarm'] })).CompositeAlarms[0].ActionsSuppressedBy;
  const set = (AlarmName: string, StateValue: string) =>
    run('SetAlarmState', { AlarmName, StateValue, StateReason: 'testing' });
  const watched = (AlarmName: string) =>
    run('PutMetricAlarm', {
      AlarmName,
      Namespace: 'Shop',
      MetricName: AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'ignore',
    });

  beforeEach(async () => {
    await watched('broken');
    await watched('deploying');
    await set('broken', 'OK');
    await set('deploying', 'OK');
    await run('PutCompositeAlarm', {
      AlarmName: 'page',
      AlarmRule: 'ALARM(broken)',
      AlarmActions: [ACTION],
      ActionsSuppressor: 'deploying',
      ActionsSuppressorWaitPeriod: 20,
      ActionsSuppressorExtensionPeriod: 30,
    });
  });

  test('waits for the suppressor, then acts', async () => {
    await set('broken', 'ALARM');
    expect(await suppressedBy()).toBe('WaitPeriod');
    await clock.advance(19_000);
    expect(mails()).toEqual([]);
    await clock.advance(2_000);
    expect(mails()).toEqual(['ALARM']);
    expect(await suppressedBy()).toBeUndefined();
  });

  test('says nothing while the suppressor is in ALARM, and for a while after, unless it still lasts then', async () => {
    await set('deploying', 'ALARM');
    await set('broken', 'ALARM');
    expect(await suppressedBy()).toBe('Alarm');
    await clock.advance(10 * MINUTE);
    expect(mails()).toEqual([]);

    await set('deploying', 'OK');
    expect(await suppressedBy()).toBe('ExtensionPeriod');
    await clock.advance(31_000);
    expect(mails()).toEqual(['ALARM']);
  });

  test('never tells what was over before the suppression was', async () => {
    await set('deploying', 'ALARM');
    await set('broken', 'ALARM');
    await set('broken', 'OK');
    await set('deploying', 'OK');
    await clock.advance(MINUTE);
    expect(mails()).toEqual([]);
  });
});

describe('missing data', () => {
  const ALARM = { ComparisonOperator: 'GreaterThanThreshold' as const, Threshold: 5, Statistic: 'Sum' as const };
  const times = { start: START, periodMs: MINUTE, now: START };

  test.each<[string, string | undefined, number | undefined, (number | undefined)[], string]>([
    ['all breach', undefined, undefined, [6, 7, 8], 'ALARM'],
    ['one does not', undefined, undefined, [6, 5, 8], 'OK'],
    ['two of three are enough', undefined, 2, [6, 5, 8], 'ALARM'],
    ['no data', undefined, undefined, [undefined, undefined, undefined], 'INSUFFICIENT_DATA'],
    ['no data is fine', 'notBreaching', undefined, [undefined, undefined, undefined], 'OK'],
    ['no data is a breach', 'breaching', undefined, [undefined, undefined, undefined], 'ALARM'],
    ['no data changes nothing', 'ignore', undefined, [undefined, undefined, undefined], 'ALARM'],
    ['a gap that is fine', 'notBreaching', undefined, [6, undefined, 8], 'OK'],
    ['a gap that is a breach', 'breaching', undefined, [6, undefined, 8], 'ALARM'],
    ['a gap that could decide, ignored', 'ignore', undefined, [6, undefined, 8], 'ALARM'],
    ['a gap that cannot decide', 'ignore', undefined, [1, undefined, 8], 'OK'],
    [
      'real data from further back make up for a gap',
      'notBreaching',
      undefined,
      [6, 7, undefined, 8, undefined],
      'ALARM',
    ],
    ['… and the latest of them count', 'breaching', undefined, [9, 1, undefined, 8, 8], 'OK'],
    [
      'too few, of which one does not breach',
      'breaching',
      undefined,
      [undefined, undefined, undefined, undefined, 1],
      'OK',
    ],
    ['too few, with as many breaches as are needed', 'breaching', 2, [1, undefined, 8, undefined, undefined], 'ALARM'],
    [
      'a breach that nothing has followed',
      undefined,
      undefined,
      [undefined, undefined, 8, undefined, undefined],
      'ALARM',
    ],
    ['a breach that is too new to say', undefined, undefined, [undefined, undefined, undefined, undefined, 8], 'OK'],
    [
      'no data in all of the range',
      'breaching',
      undefined,
      [undefined, undefined, undefined, undefined, undefined],
      'ALARM',
    ],
  ])('%s', (_, TreatMissingData, DatapointsToAlarm, points, expected) => {
    const alarm = { ...ALARM, TreatMissingData, DatapointsToAlarm, AlarmName: 'a', EvaluationPeriods: 3 };
    expect(judge(alarm, 'ALARM', points, times).state).toBe(expected);
  });
});

test.each<[string, boolean]>([
  ['ALARM(a)', true],
  ['NOT ALARM("a")', false],
  ["OK('b c') AND (ALARM(x) OR NOT OK(a))", true],
  ['TRUE AND FALSE', false],
])('the rule %s is %s', (rule, expected) => {
  const states = { a: 'ALARM', 'b c': 'OK', x: 'INSUFFICIENT_DATA' } as const;
  expect(parseAlarmRule(rule).evaluate((name) => states[name as keyof typeof states])).toBe(expected);
});

test.each(['ALARM(a', 'ALARM', 'a', 'ALARM(a) ALARM(b)', 'AND'])('the rule %s is refused', (rule) => {
  expect(() => parseAlarmRule(rule)).toThrow('Invalid AlarmRule');
});

test('dashboards are kept', async () => {
  const DashboardBody = JSON.stringify({ widgets: [] });
  await run('PutDashboard', { DashboardName: 'd', DashboardBody });
  await cloud.restart();

  expect(await run('GetDashboard', { DashboardName: 'd' })).toMatchObject({ DashboardName: 'd', DashboardBody });
  expect((await run('ListDashboards')).DashboardEntries).toEqual([
    {
      DashboardName: 'd',
      DashboardArn: 'arn:aws:cloudwatch::000000000000:dashboard/d',
      LastModified: new Date(START),
      Size: 14,
    },
  ]);
  await expect(run('PutDashboard', { DashboardName: 'd', DashboardBody: '{}' })).rejects.toMatchObject({
    code: 'DashboardInvalidInputError',
  });
  await run('DeleteDashboards', { DashboardNames: ['d'] });
  await expect(run('GetDashboard', { DashboardName: 'd' })).rejects.toMatchObject({ code: 'DashboardNotFoundError' });
});

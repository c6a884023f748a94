import fc from 'fast-check';
import { parseSchedule } from '../../lib/local/events/schedule';
import { awsCron, cronMistake } from '../../lib/pipeline/cron';
import { intervalAt, intervalsBetween, nextFire } from '../../lib/tasks/fires';

const field = (low: number, high: number) => {
  const number = fc.integer({ min: low, max: high });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  return fc.oneof(
    fc.constant('*'),
    number.map(String),
    range,
    fc.array(number, { minLength: 2, maxLength: 3 }).map((list) => [...new Set(list)].join(',')),
    fc.tuple(range, fc.integer({ min: 1, max: 5 })).map(([of, step]) => `${of}/${step}`),
    fc.integer({ min: 2, max: Math.min(9, high) }).map((step) => `*/${step}`),
  );
};
const crontab = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6), fc.boolean())
  .map(([minute, hour, day, month, weekday, byDay]) =>
    [minute, hour, byDay ? day : '*', month, byDay ? '*' : weekday].join(' '),
  );
const timezone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
const moment = fc.date({ min: new Date('2024-01-01Z'), max: new Date('2029-01-01Z'), noInvalidDate: true });

test.each([
  ['@daily', "Write '0 0 * * *'."],
  ['@hourly', "Write '0 * * * *'."],
  ['cron(0 1 * * ? *)', "Write '0 1 * * *'."],
  ['cron(0 1 ? * MON-FRI *)', "Write '0 1 * * MON-FRI'."],
  // EventBridge's 2 is Monday
  ['cron(0 1 ? * 2 *)', "Use e.g. '0 1 * * *'."],
  ['rate(5 minutes)', "Write '*/5 * * * *'."],
  ['rate(1 hour)', "Write '0 */1 * * *'."],
  ['rate(60 minutes)', "Use e.g. '0 1 * * *'."],
  ['0 30 1 * * *', "Seconds are none of them: write '30 1 * * *'."],
  ['daily', "Use e.g. '0 1 * * *'."],
])('%s, of another kind, is told as a crontab', (given, remedy) => {
  const rule = 'a cron expression has five fields: minute, hour, day of month, month, day of week';
  expect(cronMistake(given)).toMatchObject({ rule, remedy });
});

describe('a crontab as EventBridge Scheduler writes it', () => {
  test.each([
    ['0 1 * * *', 'cron(0 1 * * ? *)'],
    ['*/15 * * * *', 'cron(*/15 * * * ? *)'],
    ['30 6 * * 1-5', 'cron(30 6 ? * MON,TUE,WED,THU,FRI *)'],
    ['0 0 * * 7', 'cron(0 0 ? * SUN *)'],
    ['0 0 * * fri,0', 'cron(0 0 ? * SUN,FRI *)'],
    ['0 3 1 1,7 *', 'cron(0 3 1 1,7 ? *)'],
  ])('%s is %s', (given, expected) => expect(awsCron(given)).toBe(expected));

  test.each(['0 1 * *', '0 1 * * * *', '0 0 1 * 1', '0 0 * * 8', '0 0 * * xyz', '0 0 * * 5-2'])(
    '%s is refused',
    (given) => expect(() => awsCron(given)).toThrow(),
  );

  test('fires when the crontab does, in any time zone', () => {
    fc.assert(
      fc.property(crontab, timezone, moment, (cron, zone, after) => {
        const aws = parseSchedule(awsCron(cron), { timezone: zone, startsAt: 0 });
        expect(aws.next(after.getTime())).toBe(nextFire({ cron, timezone: zone }, after)?.getTime());
      }),
      { numRuns: 300 },
    );
  });
});

describe('the interval of a run', () => {
  const daily = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };

  test('is the time between two fires, however late the run starts', () => {
    const hourly = { cron: '0 * * * *', timezone: 'UTC' };
    expect(intervalAt(hourly, new Date('2026-03-01T05:00:59.900Z'))).toEqual({
      start: '2026-03-01T04:00:00.000Z',
      end: '2026-03-01T05:00:00.000Z',
    });
  });

  test('covers two days where daylight saving skips the time between', () => {
    // 2026-03-29 02:30 does not exist in Berlin.
    expect(intervalAt(daily, new Date('2026-03-30T00:30:00Z'))).toEqual({
      start: '2026-03-28T01:30:00.000Z',
      end: '2026-03-30T00:30:00.000Z',
    });
  });

  test('covers 25 hours where daylight saving repeats one', () => {
    // 2026-10-25 02:30 exists twice in Berlin: at 00:30Z and 01:30Z.
    const [before, after] = [
      ...intervalsBetween(daily, new Date('2026-10-24T00:30:00Z'), new Date('2026-10-27T00:00:00Z')),
    ];
    expect(before!.end).toBe(after!.start);
    expect(Date.parse(after!.end) - Date.parse(before!.start)).toBe(49 * 3_600_000);
  });

  test('ends where the next begins, for any schedule, zone and time', () => {
    fc.assert(
      fc.property(crontab, timezone, moment, (cron, zone, time) => {
        const one = intervalAt({ cron, timezone: zone }, time);
        if (!one) return;
        const next = nextFire({ cron, timezone: zone }, new Date(one.end));
        if (!next) return;
        expect(intervalAt({ cron, timezone: zone }, next)).toEqual({ start: one.end, end: next.toISOString() });
      }),
      { numRuns: 300 },
    );
  });
});

test.each(['0 25 * * *', '90 1 * * *', '0 1 * 13 *', '0 1 31 2 *', '0 1 * *', '@daily', '', '0 1 * * 9', 'a b c d e'])(
  '%j is refused, with a remedy',
  (crontab) => {
    expect(cronMistake(crontab)).toEqual(
      expect.objectContaining({ rule: expect.any(String), remedy: expect.any(String) }),
    );
  },
);

test.each(['5 * * * *', '0 1 * * *', '*/15 6-18 * * MON-FRI', '0 0 29 2 *'])('%j is a schedule', (crontab) => {
  expect(cronMistake(crontab)).toBeUndefined();
});

import { parseSchedule } from '../../../lib/local/events/schedule';

const next = (expression: string, after: string, count = 3, timezone?: string): string[] => {
  const schedule = parseSchedule(expression, {
    startsAt: Date.parse('2026-01-01T00:00:30Z'),
    allowAt: true,
    ...(timezone ? { timezone } : {}),
  });
  const runs: string[] = [];
  let run = schedule.next(Date.parse(after));
  while (run !== undefined && runs.length < count) {
    runs.push(new Date(run).toISOString().replace(':00.000Z', 'Z').replace('.000Z', 'Z'));
    run = schedule.next(run);
  }
  return runs;
};

test.each([
  [
    'a rate counts from its start',
    'rate(5 minutes)',
    '2026-01-01T00:00:30Z',
    ['2026-01-01T00:05:30Z', '2026-01-01T00:10:30Z'],
  ],
  ['a rate of one', 'rate(1 hour)', '2026-01-02T00:00Z', ['2026-01-02T00:00:30Z', '2026-01-02T01:00:30Z']],
  ['daily', 'cron(0 1 * * ? *)', '2026-01-01T01:00Z', ['2026-01-02T01:00Z', '2026-01-03T01:00Z']],
  [
    'weekdays by number, from Sunday = 1',
    'cron(15 10 ? * 2-6 *)',
    '2026-01-02T11:00Z',
    ['2026-01-05T10:15Z', '2026-01-06T10:15Z'],
  ],
  ['weekdays by name', 'cron(15 10 ? * MON-FRI *)', '2026-01-02T11:00Z', ['2026-01-05T10:15Z', '2026-01-06T10:15Z']],
  ['a list of weekdays', 'cron(0 0 ? * 1,7 *)', '2026-01-01T00:00Z', ['2026-01-03T00:00Z', '2026-01-04T00:00Z']],
  [
    'steps from a start',
    'cron(5/20 * * * ? *)',
    '2026-01-01T00:00Z',
    ['2026-01-01T00:05Z', '2026-01-01T00:25Z', '2026-01-01T00:45Z', '2026-01-01T01:05Z'],
  ],
  ['the last day of the month', 'cron(0 8 L * ? *)', '2026-01-31T09:00Z', ['2026-02-28T08:00Z', '2026-03-31T08:00Z']],
  [
    'the weekday nearest to a day',
    'cron(0 8 1W * ? *)',
    '2026-01-31T00:00Z',
    ['2026-02-02T08:00Z', '2026-03-02T08:00Z'],
  ],
  ['the last Friday', 'cron(0 8 ? * 6L *)', '2026-01-01T00:00Z', ['2026-01-30T08:00Z', '2026-02-27T08:00Z']],
  ['the second Monday', 'cron(0 8 ? * 2#2 *)', '2026-01-01T00:00Z', ['2026-01-12T08:00Z', '2026-02-09T08:00Z']],
  ['one year only', 'cron(0 0 1 1 ? 2027)', '2026-01-01T00:00Z', ['2027-01-01T00:00Z']],
  ['a year that is over', 'cron(0 0 1 1 ? 2025)', '2026-01-01T00:00Z', []],
  ['once', 'at(2026-03-01T12:00:00)', '2026-01-01T00:00Z', ['2026-03-01T12:00Z']],
  ['once, but over', 'at(2025-03-01T12:00:00)', '2026-01-01T00:00Z', []],
])('%s: %s', (_, expression, after, expected) => {
  expect(next(expression, after, expected.length || 1)).toEqual(expected);
});

test('a time zone follows daylight saving: the skipped time does not run, the repeated one runs once', () => {
  expect(next('cron(30 2 * * ? *)', '2026-03-07T00:00Z', 2, 'America/New_York')).toEqual([
    '2026-03-07T07:30Z',
    '2026-03-09T06:30Z',
  ]);
  expect(next('cron(30 1 * * ? *)', '2026-10-31T12:00Z', 2, 'America/New_York')).toEqual([
    '2026-11-01T05:30Z',
    '2026-11-02T06:30Z',
  ]);
  expect(next('at(2026-07-01T12:00:00)', '2026-01-01T00:00Z', 1, 'Europe/Berlin')).toEqual(['2026-07-01T10:00Z']);
});

test.each([
  ['rate(0 minutes)'],
  ['rate(1 minutes)'],
  ['rate(5 minute)'],
  ['rate(5 weeks)'],
  ['cron(0 1 * * * *)'],
  ['cron(0 1 ? * ? *)'],
  ['cron(0 1 * * ?)'],
  ['cron(61 1 * * ? *)'],
  ['cron(0 1 ? * 8 *)'],
  ['at(tomorrow)'],
  ['every day'],
])('refused: %s', (expression) => {
  expect(() => next(expression, '2026-01-01T00:00Z')).toThrow('Parameter ScheduleExpression is not valid');
});

test('rules have no at()', () => {
  expect(() => parseSchedule('at(2026-01-01T00:00:00)', { startsAt: 0 })).toThrow(
    'Parameter ScheduleExpression is not valid.',
  );
});

import fc from 'fast-check';
import { fillDates } from '../../lib/tasks/dated-globs';
import { intervalBefore, intervalsBetween } from '../../lib/tasks/fires';
import type { Schedule } from '../../lib/tasks/schedule';

const at = (start: string, end: string) => ({ start: `${start}:00.000Z`, end: `${end}:00.000Z` });
const DAY = '{yyyy}-{MM}-{dd}';
const HOUR = '{yyyy}{MM}{dd}T{HH}';

test('a day belongs to the interval in which it ends', () => {
  expect(fillDates(DAY, at('2026-03-01T01:00', '2026-03-02T01:00'), 'UTC')).toEqual(['2026-03-01']);
  expect(fillDates(DAY, at('2026-03-01T00:00', '2026-03-02T00:00'), 'UTC')).toEqual(['2026-03-01']);
  expect(fillDates(DAY, at('2026-03-01T23:59', '2026-03-02T23:59'), 'UTC')).toEqual(['2026-03-01']);
});

test('an interval of several days has a glob for each, a leap day too', () => {
  const days = fillDates(`clicks/${DAY}/*.gz`, at('2028-02-28T06:00', '2028-03-02T06:00'), 'UTC');
  expect(days).toEqual(['clicks/2028-02-28/*.gz', 'clicks/2028-02-29/*.gz', 'clicks/2028-03-01/*.gz']);
});

test('an interval shorter than a day reads the day in which it begins', () => {
  expect(fillDates(DAY, at('2026-03-01T02:00', '2026-03-01T03:00'), 'UTC')).toEqual(['2026-03-01']);
  expect(fillDates(DAY, at('2026-03-01T23:05', '2026-03-02T00:05'), 'UTC')).toEqual(['2026-03-01']);
});

test("dates are those of the place's clock, and an hour that daylight saving repeats is read once", () => {
  expect(fillDates(DAY, at('2026-03-01T23:00', '2026-03-02T23:00'), 'Europe/Berlin')).toEqual(['2026-03-02']);
  const night = fillDates(HOUR, at('2026-10-24T23:00', '2026-10-25T03:00'), 'Europe/Berlin');
  expect(night).toEqual(['20261025T01', '20261025T02', '20261025T03']);
  expect(fillDates(HOUR, at('2026-03-29T00:00', '2026-03-29T02:00'), 'Europe/Berlin')).toEqual([
    '20260329T01',
    '20260329T03',
  ]);
});

test('months and years', () => {
  expect(fillDates('{yyyy}/{MM}', at('2026-01-01T00:00', '2026-03-01T00:00'), 'UTC')).toEqual(['2026/01', '2026/02']);
  expect(fillDates('{yyyy}', at('2025-06-01T00:00', '2026-06-01T00:00'), 'UTC')).toEqual(['2025']);
});

test('a glob without a date is itself', () => {
  expect(fillDates('ref/*.csv', at('2026-03-01T01:00', '2026-03-05T01:00'), 'UTC')).toEqual(['ref/*.csv']);
});

const schedule = fc.record({
  cron: fc.constantFrom('0 1 * * *', '30 6 * * 1-5', '0 0 * * 0', '15 4 1 * *', '0 */6 * * *', '45 23 * * *'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
});
const start = fc.date({
  noInvalidDate: true,
  min: new Date('2024-01-01T00:00:00Z'),
  max: new Date('2027-01-01T00:00:00Z'),
});

test.each([
  [DAY, (one: Schedule) => one.cron !== '0 */6 * * *'],
  [HOUR, () => true],
])(
  'intervals that join share the dates of %s among them: none is left out, none is there twice',
  (glob, isLongEnough) => {
    fc.assert(
      fc.property(schedule.filter(isLongEnough), start, (one, from) => {
        const end = new Date(from.getTime() + 12 * 86_400_000);
        const intervals = [...intervalsBetween(one, from, end)];
        const filled = intervals.flatMap((interval) => fillDates(glob, interval, one.timezone));
        expect(new Set(filled).size).toBe(filled.length);
        if (intervals.length === 0) return;
        const whole = { start: intervals[0]!.start, end: intervals.at(-1)!.end };
        expect(filled).toEqual(fillDates(glob, whole, one.timezone));
      }),
      { numRuns: 40 },
    );
  },
);

test('the interval before is that of the schedule, whatever its length', () => {
  const weekdays = { cron: '0 6 * * 1-5', timezone: 'UTC' };
  const monday = at('2026-03-02T06:00', '2026-03-03T06:00');
  expect(intervalBefore(weekdays, monday, 1)).toEqual(at('2026-02-27T06:00', '2026-03-02T06:00'));
  expect(intervalBefore(weekdays, monday, 0)).toEqual(monday);
});

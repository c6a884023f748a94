import fc from 'fast-check';
import { spanOf } from '../../../lib/operate/backfill/intervals';
import { intervalAt } from '../../../lib/tasks/fires';
import type { Schedule } from '../../../lib/tasks/schedule';

const NOW = new Date('2026-06-15T12:00:00Z');
const daily: Schedule = { cron: '0 1 * * *', timezone: 'UTC' };
const starts = (of: Schedule, from: string, to: string) =>
  spanOf(of, from, to, NOW).intervals.map(({ start }) => start.replace(':00.000Z', 'Z'));

test('a month has an interval for each of its days, whatever the hour of the schedule', () => {
  const found = starts(daily, '2026-01-01', '2026-02-01');

  expect(found).toHaveLength(31);
  expect([found[0], found.at(-1)]).toEqual(['2026-01-01T01:00Z', '2026-01-31T01:00Z']);
});

test('days are those of the schedule’s own clock', () => {
  const tokyo = { cron: '0 0 * * *', timezone: 'Asia/Tokyo' };

  expect(starts(tokyo, '2026-01-01', '2026-01-03')).toEqual(['2025-12-31T15:00Z', '2026-01-01T15:00Z']);
});

test.each([
  // clocks go forward at 02:00: that hour's fire is left out
  ['spring', '30 * * * *', '2026-03-29', '2026-03-30', 23],
  // and back at 03:00: an hour is there twice
  ['autumn', '30 * * * *', '2025-10-26', '2025-10-27', 25],
  ['a time that is there twice', '30 2 * * *', '2025-10-26', '2025-10-27', 1],
  ['a midnight that is there', '0 0 * * *', '2026-03-29', '2026-03-30', 1],
])('daylight saving, %s: as the schedule fires', (_name, cron, from, to, count) => {
  const { intervals } = spanOf({ cron, timezone: 'Europe/Berlin' }, from, to, NOW);

  expect(intervals).toHaveLength(count);
  for (const [index, { start }] of intervals.entries()) if (index > 0) expect(start).toBe(intervals[index - 1]!.end);
});

test('where the clock skips midnight, the day begins with the first hour that it shows', () => {
  const cairo = { cron: '0 * * * *', timezone: 'Africa/Cairo' };

  const [first] = spanOf(cairo, '2026-04-24', '2026-04-25', NOW).intervals;

  expect(first!.start).toBe('2026-04-23T22:00:00.000Z');
});

test('spans that follow each other have each interval once, each of which Admit accepts', () => {
  const cron = fc.constantFrom('0 1 * * *', '5 * * * *', '*/15 6-9 * * 1', '30 2 * * *', '0 0 1 * *');
  const timezone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
  fc.assert(
    fc.property(cron, timezone, fc.integer({ min: 0, max: 360 }), fc.integer({ min: 1, max: 10 }), (...args) => {
      const [pattern, zone, first, days] = args;
      const of = { cron: pattern, timezone: zone };
      const day = (n: number) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10);
      const intervals = (from: string, to: string) => {
        try {
          return spanOf(of, from, to, NOW).intervals;
        } catch (error) {
          if (/^No interval of the schedule/.test((error as Error).message)) return [];
          throw error;
        }
      };
      const whole = intervals(day(first), day(first + days + 3));
      const parts = [
        ...intervals(day(first), day(first + days)),
        ...intervals(day(first + days), day(first + days + 3)),
      ];
      expect(parts).toEqual(whole);
      for (const interval of whole) expect(intervalAt(of, new Date(interval.end))).toEqual(interval);
    }),
    { numRuns: 10 },
  );
});

test.each([
  ['2026-02-01', '2026-01-01', '--from 2026-02-01 is not before --to 2026-01-01'],
  ['2026-01-01', '2026-01-01', '--from 2026-01-01 is not before --to 2026-01-01'],
  ['yesterday', '2026-01-01', "--from 'yesterday' is no time: write a day (2026-01-31, in UTC)"],
  ['2026-01-01T01:00', '2026-02-01', "--from '2026-01-01T01:00' is no time"],
  ['2026-13-01', '2026-13-02', "--from '2026-13-01' is no time: there is no such day or hour."],
  ['2026-02-30', '2026-03-01', "--from '2026-02-30' is no time: there is no such day or hour."],
  [
    '2026-01-01T00:30Z',
    '2026-02-01',
    "is not between two intervals of the schedule '0 1 * * *' (UTC). It fires at 2025-12-31T01:00Z and 2026-01-01T01:00Z. A day does as well: --from 2026-01-01",
  ],
  ['2026-06-01', '2026-07-01', 'is not over yet. The last that is: --to 2026-06-15T01:00Z'],
  ['2027-01-01', '2027-02-01', 'The interval 2027-01-01T01:00Z to 2027-01-02T01:00Z is not over yet.'],
])('--from %s --to %s is refused', (from, to, message) => {
  expect(() => spanOf(daily, from, to, NOW)).toThrow(message);
});

test('a span in which no interval begins, and one in which too many do, are refused', () => {
  expect(() => spanOf({ cron: '0 0 1 * *', timezone: 'UTC' }, '2026-01-02', '2026-01-31', NOW)).toThrow(
    "No interval of the schedule '0 0 1 * *' (UTC) begins between 2026-01-02 and 2026-01-31. It fires at 2026-01-01T00:00Z and 2026-02-01T00:00Z.",
  );
  expect(() => spanOf({ cron: '* * * * *', timezone: 'UTC' }, '2026-05-01', '2026-06-01', NOW)).toThrow(
    "More than 20,000 intervals of '* * * * *' begin between 2026-05-01 and 2026-06-01",
  );
});

test('a time at which the schedule fires is as good as a day', () => {
  expect(starts(daily, '2026-01-01T02:00+01:00', '2026-01-02T01:00Z')).toEqual(['2026-01-01T01:00Z']);
});

import fc from 'fast-check';
import { fillDates } from '../../lib/tasks/dated-globs';
import { intervalBefore, intervalsBetween } from '../../lib/tasks/fires';

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

test('an interval in which no day ends reads none', () => {
  expect(fillDates(DAY, at('2026-03-01T02:00', '2026-03-01T03:00'), 'UTC')).toEqual([]);
  expect(fillDates(DAY, at('2026-03-01T23:05', '2026-03-02T00:05'), 'UTC')).toEqual(['2026-03-01']);
});

test('an hour that daylight saving repeats belongs to the interval in which it ends for good', () => {
  const hours = (zone: string, ...times: string[]) =>
    times.slice(1).map((end, index) => fillDates(HOUR, at(times[index]!, end), zone));
  const vienna = ['2026-10-24T23:05', '2026-10-25T00:05', '2026-10-25T01:05', '2026-10-25T02:05'];
  expect(hours('Europe/Vienna', ...vienna)).toEqual([['20261025T01'], [], ['20261025T02']]);
  // 02:45 comes again, after 03:00 has begun
  const chatham = ['2026-04-04T13:15', '2026-04-04T14:00', '2026-04-04T14:15', '2026-04-04T15:15'];
  expect(hours('Pacific/Chatham', ...chatham)).toEqual([[], ['20260405T02'], ['20260405T03']]);
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

const timezone = fc.constantFrom(
  'UTC',
  'Europe/Vienna',
  'America/New_York',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Antarctica/Troll',
);
const cron = fc.constantFrom(
  '0 1 * * *',
  '30 6 * * 1-5',
  '0 0 * * 0',
  '15 4 1 * *',
  '0 */6 * * *',
  '45 23 * * *',
  '5 * * * *',
  '0 * * * *',
  '*/20 * * * *',
);
/** Around the ends of daylight saving of both hemispheres, and anywhere. */
const start = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date('2026-10-20T00:00:00Z'), max: new Date('2026-10-25T00:00:00Z') }),
  fc.date({ noInvalidDate: true, min: new Date('2026-03-31T00:00:00Z'), max: new Date('2026-04-04T00:00:00Z') }),
  fc.date({ noInvalidDate: true, min: new Date('2024-01-01T00:00:00Z'), max: new Date('2027-01-01T00:00:00Z') }),
);
const MINUTES = 60_000;

test.each([
  ['day', DAY],
  ['hour', HOUR],
])('each %s belongs to one interval, whatever the schedule and the time zone', (_, glob) => {
  fc.assert(
    fc.property(fc.record({ cron, timezone }), start, (one, from) => {
      const intervals = [...intervalsBetween(one, from, new Date(from.getTime() + 8 * 1440 * MINUTES))];
      if (intervals.length === 0) return;
      const owners = new Map<string, number>();
      for (const [index, interval] of intervals.entries()) {
        for (const key of fillDates(glob, interval, one.timezone)) {
          expect(owners.has(key)).toBe(false);
          owners.set(key, index);
        }
      }
      // What the clock shows last in an interval, and never after, is a key of that one.
      const last = new Map<string, number>();
      const end = Date.parse(intervals.at(-1)!.end);
      const beyond = new Set<string>();
      let index = 0;
      for (let time = Date.parse(intervals[0]!.start); time < end + 180 * MINUTES; time += 5 * MINUTES) {
        while (index < intervals.length && time >= Date.parse(intervals[index]!.end)) index += 1;
        const key = keyAt(glob, time, one.timezone);
        if (index < intervals.length) last.set(key, index);
        else beyond.add(key);
      }
      for (const key of beyond) last.delete(key);
      expect([...owners].sort()).toEqual([...last].sort());
    }),
    { numRuns: 20 },
  );
});

const clocks = new Map<string, Intl.DateTimeFormat>();

/** By another way than the code's: the Swedish clock reads 2026-10-25 02:05. */
function keyAt(glob: string, time: number, timeZone: string): string {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  clocks.set(timeZone, clock);
  const shown = clock.format(time);
  return glob === DAY ? shown.slice(0, 10) : `${shown.slice(0, 10).replaceAll('-', '')}T${shown.slice(11, 13)}`;
}

test('the interval before is that of the schedule, whatever its length', () => {
  const weekdays = { cron: '0 6 * * 1-5', timezone: 'UTC' };
  const monday = at('2026-03-02T06:00', '2026-03-03T06:00');
  expect(intervalBefore(weekdays, monday, 1)).toEqual(at('2026-02-27T06:00', '2026-03-02T06:00'));
  expect(intervalBefore(weekdays, monday, 0)).toEqual(monday);
});

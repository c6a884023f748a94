/** Clocks and calendars: what a text says of a day or an instant, in any time zone. */
import fc from 'fast-check';
import { judgeDate, judgeTimestamp } from '../../../lambdas/shared/contract/judge-time';

describe('a timestamp without an offset, by the clock of its time zone', () => {
  test.each([
    ['a winter day', '2026-01-05 14:22:31', 'Europe/Vienna', '2026-01-05 13:22:31'],
    ['a summer day', '2026-07-05 14:22:31', 'Europe/Vienna', '2026-07-05 12:22:31'],
    ['just before the clock is put forward', '2026-03-29 01:59:59', 'Europe/Vienna', '2026-03-29 00:59:59'],
    [
      'a time that the clock skips is the one after the gap',
      '2026-03-29 02:30:00',
      'Europe/Vienna',
      '2026-03-29 01:30:00',
    ],
    ['just after', '2026-03-29 03:00:00', 'Europe/Vienna', '2026-03-29 01:00:00'],
    ['a time that the clock shows twice is the first', '2026-10-25 02:30:00', 'Europe/Vienna', '2026-10-25 00:30:00'],
    ['the hour after it', '2026-10-25 03:00:00', 'Europe/Vienna', '2026-10-25 02:00:00'],
    ['half an hour of daylight saving', '2026-04-05 01:45:00', 'Australia/Lord_Howe', '2026-04-04 14:45:00'],
    ['a gap at midnight', '2026-03-29 00:30:00', 'Asia/Beirut', '2026-03-28 22:30:00'],
    ['a day that a place has left out', '2011-12-30 12:00:00', 'Pacific/Apia', '2011-12-30 22:00:00'],
    ['45 minutes', '2026-01-05 12:00:00', 'Asia/Kathmandu', '2026-01-05 06:15:00'],
    ['before there were zones', '1850-01-01 00:00:00', 'Europe/Vienna', '1849-12-31 22:54:39'],
    ['in the first centuries', '0050-06-01 12:00:00', 'Europe/Vienna', '0050-06-01 10:54:39'],
    ['with an offset, the zone says nothing', '2026-03-29 02:30:00+05:30', 'Europe/Vienna', '2026-03-28 21:00:00'],
    ['in UTC', '2026-03-29T02:30:00Z', 'Europe/Vienna', '2026-03-29 02:30:00'],
    ['nor has UTC a gap', '2026-03-29 02:30:00', undefined, '2026-03-29 02:30:00'],
  ])('%s', (_what, text, timezone, value) => expect(judgeTimestamp(text, timezone)).toEqual({ value }));

  test('is an instant at which a clock of the place shows it: the first, and where none does, the one after the gap', () => {
    const zone = fc.constantFrom(
      'Europe/Vienna',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Asia/Tehran',
    );
    const nearChange = fc.constantFrom(
      '2026-03-29',
      '2026-10-25',
      '2026-03-08',
      '2026-11-01',
      '2026-04-05',
      '2018-11-04',
      '2020-03-21',
    );
    const at = fc.tuple(nearChange, fc.integer({ min: 0, max: 4 * 24 * 4 - 1 }));
    fc.assert(
      fc.property(zone, at, (timezone, [day, quarters]) => {
        const wall = Date.parse(`${day}T00:00:00Z`) + (quarters - 96) * 15 * 60_000;
        const text = utcText(wall);
        const shows = clockOf(timezone);
        const shown = quartersAround(wall).filter((instant) => shows(instant) === text);

        const judged = judgeTimestamp(text, timezone);

        if (!('value' in judged)) throw new Error(judged.reason);
        const instant = Date.parse(`${judged.value.replace(' ', 'T')}Z`);
        if (shown.length > 0) return expect(instant).toBe(shown[0]);
        // As long after the last moment before the gap as the text says.
        const last = quartersAround(wall).findLast((one) => shows(one) < text)!;
        const skipped = Date.parse(`${shows(last).replace(' ', 'T')}Z`);
        expect(instant - last).toBe(wall - skipped);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a day of the calendar', () => {
  test.each([
    ['2024-02-29', true],
    ['2000-02-29', true],
    ['2023-02-29', false],
    ['1900-02-29', false],
    ['2100-02-29', false],
    ['2026-02-30', false],
    ['2026-04-31', false],
    ['2026-13-01', false],
    ['2026-00-10', false],
    ['2026-01-00', false],
    ['0000-01-01', false],
    ['0001-01-01', true],
    ['9999-12-31', true],
  ])('%s: %s', (text, exists) => {
    expect('value' in judgeDate(text)).toBe(exists);
    expect('value' in judgeTimestamp(`${text} 12:00:00`, 'Europe/Vienna')).toBe(exists);
  });

  test("MySQL's zero date is not taken for NULL, and the reason says how to", () => {
    for (const judged of [judgeDate('0000-00-00'), judgeTimestamp('0000-00-00 00:00:00', undefined)])
      expect(judged).toEqual({ reason: expect.stringContaining("NULLIF(…, '0000-00-00') reads it as NULL") });
  });

  test.each(['2026-01-05 24:00:00', '2026-01-05 12:60:00', '2026-06-30 23:59:60', '2026-01-05 12:00:00+25:00'])(
    '%s is no time',
    (text) => expect(judgeTimestamp(text, 'Europe/Vienna')).toHaveProperty('reason'),
  );

  test('a time that its offset carries out of the calendar is out of range', () => {
    expect(judgeTimestamp('9999-12-31 23:30:00-01:00', undefined)).toEqual({
      reason: "'9999-12-31 23:30:00-01:00' is out of range of timestamp",
    });
  });
});

const utcText = (instant: number): string => new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
const quartersAround = (wall: number): number[] =>
  Array.from({ length: 2 * 16 * 4 + 1 }, (_, index) => wall + (index - 16 * 4) * 15 * 60_000);
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): (instant: number) => string {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  clocks.set(timeZone, clock);
  return (instant) => clock.format(instant);
}

import { intervalText, parseInterval, requireScheduled } from '../../lib/operate/intervals';

const HOURLY = { cron: '5 * * * *', timezone: 'UTC' };
const DAILY = { cron: '0 1 * * *', timezone: 'Europe/Berlin' };
const NOW = new Date('2026-11-21T08:30:00Z');

test.each([
  ['2026-11-21T07:05:00.000Z', '2026-11-21T08:05:00.000Z', '2026-11-21 07:05–08:05'],
  ['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-20'],
  ['2026-11-20T23:00:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-20 23:00–24:00'],
  ['2026-11-20T01:00:00.000Z', '2026-11-21T01:00:00.000Z', '2026-11-20 01:00–11-21 01:00'],
  ['2026-12-31T01:00:00.000Z', '2027-01-01T01:00:00.000Z', '2026-12-31 01:00–2027-01-01 01:00'],
])('The interval from %s to %s is shown as %s', (start, end, text) => {
  expect(intervalText({ start, end })).toBe(text);
});

test.each([
  ['2026-11-20/2026-11-21', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
  ['2026-11-20T07:05Z/2026-11-20T09:05+01:00', '2026-11-20T07:05:00.000Z', '2026-11-20T08:05:00.000Z'],
  ['2024-02-29/2024-03-01', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
])('%s is understood', (text, start, end) => {
  expect(parseInterval(text)).toEqual({ start, end });
});

test.each([
  ['2026-11-20', '--interval is <start>/<end>'],
  ['a/b/c', '--interval is <start>/<end>'],
  ['2026-11-20T07:05/2026-11-20T08:05', "'2026-11-20T07:05' is no time: write a day"],
  ['2026-02-30/2026-03-01', "'2026-02-30' is no time: there is no such day or hour."],
  ['2026-11-20T25:00Z/2026-11-21', "'2026-11-20T25:00Z' is no time: there is no such day or hour."],
  ['2026-11-21/2026-11-20', 'The interval 2026-11-21/2026-11-20 ends before it starts.'],
])('%s is refused in words', (text, message) => {
  expect(() => parseInterval(text)).toThrow(message);
});

test('An interval of the schedule that is over may run; the clock may have been changed in it', () => {
  expect(() => requireScheduled('w', parseInterval('2026-11-21T07:05Z/2026-11-21T08:05Z'), HOURLY, NOW)).not.toThrow();
  // 25 hours: summer time ends on 25 October
  expect(() => requireScheduled('w', parseInterval('2026-10-24T23:00Z/2026-10-26T00:00Z'), DAILY, NOW)).not.toThrow();
});

test.each([
  ['2026-11-20T07:00Z/2026-11-20T08:00Z', 'The nearest: --interval 2026-11-20T07:05Z/2026-11-20T08:05Z'],
  ['2026-11-20T07:55Z/2026-11-20T08:55Z', 'The nearest: --interval 2026-11-20T08:05Z/2026-11-20T09:05Z'],
  [
    '2026-11-20/2026-11-21',
    'It holds 23 intervals of it: start a run for each, the first with --interval 2026-11-20T00:05Z',
  ],
  ['1990-01-01/2026-01-01', 'It holds more than 1000 of it: '],
  [
    '2026-11-21T08:05Z/2026-11-21T09:05Z',
    'is not over yet. The latest that is: --interval 2026-11-21T07:05Z/2026-11-21T08:05Z',
  ],
])('%s is refused with what to say instead', (text, message) => {
  expect(() => requireScheduled('weather', parseInterval(text), HOURLY, NOW)).toThrow(message);
});

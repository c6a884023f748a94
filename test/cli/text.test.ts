import { table } from '../../lib/cli/terminal';
import { rateLimiter } from '../../lib/operate/rate-limit';
import { duration, shorten, widthOf } from '../../lib/operate/text';

test('A text is as wide as a terminal shows it', () => {
  expect(['abc', 'späte', 'e\u0301', '山田', '🎉', '👩‍👩‍👧', '✓ ■'].map(widthOf)).toEqual([3, 5, 1, 4, 2, 2, 3]);
});

test('A long text loses its middle', () => {
  expect(shorten('orders/2026-05 späte Bestellungen.csv', 20)).toBe('orders/202…ungen.csv');
  expect(shorten('short', 20)).toBe('short');
  expect(widthOf(shorten('山'.repeat(50), 9))).toBeLessThanOrEqual(9);
  expect(shorten(`ab${'x'.repeat(10_000_000)}yz`, 5)).toBe('ab…yz');
});

test('Columns are padded, numbers stand on the right', () => {
  expect(
    table(
      ['Name', 'Rows'],
      [
        ['山', '7'],
        ['order_lines', '10,000'],
      ],
      { right: [1], indent: 2 },
    ),
  ).toEqual(['  Name           Rows', '  山                7', '  order_lines  10,000']);
});

test('Durations change their unit with their size', () => {
  expect([undefined, 400, 61_000, 125_000, 3_780_000].map(duration)).toEqual([
    '–',
    '0.4 s',
    '61.0 s',
    '2 min 05 s',
    '1 h 03 min',
  ]);
});

test('Calls are kept apart, so that no second sees more than allowed', async () => {
  let now = 0;
  const limit = rateLimiter(5, {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  });

  const begun: number[] = [];
  for (let i = 0; i < 6; i++) await limit(async () => begun.push(now));

  expect(begun).toEqual([0, 200, 400, 600, 800, 1000]);
});

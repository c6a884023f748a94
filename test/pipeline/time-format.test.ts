import fc from 'fast-check';
import { timeFormatMistake, timeReader } from '../../lib/tasks/time-format';

test.each([
  ['%d.%m.%Y', '31.12.2026', '2026-12-31'],
  ['%d.%m.%Y', '1.2.2026', '2026-02-01'],
  ['%-d/%-m/%y', '1/2/26', '2026-02-01'],
  ['%d.%m.%y', '01.02.69', '1969-02-01'],
  ['%d.%m.%y', '01.02.68', '2068-02-01'],
  ['%d-%b-%Y', '31-DEC-2026', '2026-12-31'],
  ['%d %b %Y', '5 Sep. 2026', '2026-09-05'],
  ['%B %d, %Y', 'may 5, 2026', '2026-05-05'],
  ['%m/%d/%Y %I:%M %p', '1/31/2026 12:05 AM', '2026-01-31 00:05:00'],
  ['%m/%d/%Y %I:%M:%S %p', '1/31/2026 12:05:06 p.m.', '2026-01-31 12:05:06'],
  ['%d.%m.%Y, %H:%M:%S.%f', '31.12.2026, 9:05:06.25', '2026-12-31 09:05:06.25'],
  ['%d.%m.%Y %H:%M %z', '31.12.2026 09:05 +0130', '2026-12-31 09:05:00+0130'],
  ['%d.%m.%Y %H:%M', '31.12.2026   09:05', '2026-12-31 09:05:00'],
  ['100%% %d.%m.%Y', '100% 31.12.2026', '2026-12-31'],
])('%s reads %s', (format, text, iso) => {
  expect(timeReader(format)(text)).toBe(iso);
});

test.each([
  ['%d.%m.%Y', '31-12-2026'],
  ['%d.%m.%Y', '31.12.26'],
  ['%d.%m.%Y', '31.12.2026 10:00'],
  ['%m/%d/%Y %I:%M %p', '1/31/2026 13:05 PM'],
  ['%m/%d/%Y %I:%M %p', '1/31/2026 0:05 AM'],
  ['%d-%b-%Y', '31-Dez-2026'],
])('%s does not read %s', (format, text) => {
  expect(timeReader(format)(text)).toBeUndefined();
});

test('any day that is written in a format is read back', () => {
  const two = (n: number) => String(n).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.shuffledSubarray(['%d', '%m', '%Y'], { minLength: 3 }),
      fc.constantFrom('.', '/', '-', ' '),
      (year, month, day, order, separator) => {
        const parts = { '%d': two(day), '%m': two(month), '%Y': String(year).padStart(4, '0') } as const;
        const text = order.map((one) => parts[one as keyof typeof parts]).join(separator);

        expect(timeReader(order.join(separator))(text)).toBe(`${parts['%Y']}-${parts['%m']}-${parts['%d']}`);
      },
    ),
  );
});

test.each([
  ['%d.%m', 'date', 'it lacks a year, %Y or %y'],
  ['%d.%m.%Y %H:%M', 'date', 'a date has no time of day'],
  ['%d.%m.%Y', 'timestamp', 'it lacks an hour, %H, or %I with %p'],
  ['%d.%m.%Y %I:%M', 'timestamp', '%I, the hour from 1 to 12, and %p, AM or PM, go together'],
  ['%d.%q.%Y', 'date', '%q means nothing here'],
  ['%d.%d.%m.%Y', 'date', '%d is there twice'],
] as const)('%s is no format of a %s', (format, kind, rule) => {
  expect(timeFormatMistake(format, kind)?.rule).toBe(rule);
});

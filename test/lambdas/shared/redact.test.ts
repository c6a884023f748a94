import { redact, withoutQuotedValues } from '../../../lambdas/shared/contract/redact';
import { SourceRefused } from '../../../lib/tasks/errors';
import { column } from '../staging';

test.each([
  ['invalid input syntax for type integer: "ann@example.com"', 'invalid input syntax for type integer: "***"'],
  ["Incorrect value: 'ann's' for column 'age'", "Incorrect value: '***'"],
  ['no such table shop.orders', 'no such table shop.orders'],
])('what a database says of a value is not told: %s', (message, told) => {
  const error = withoutQuotedValues(new SourceRefused(message, { cause: new Error(message) }));

  expect(error).toMatchObject({ name: 'SourceRefused', message: told, cause: undefined });
});

test('a reason tells the value of a column that is no personal data, and of no other', () => {
  const columns = [
    column('email', 'text', { pii: 'hash' }),
    column('born', 'date', { pii: 'mask' }),
    column('n', 'bigint'),
  ];
  const reasonOf = (name: string | null, reason: string) => redact(columns, { column: name, reason, raw: 'x' }).reason;

  expect(reasonOf('n', "'abc' is not a whole number")).toBe("'abc' is not a whole number");
  expect(reasonOf('born', "'6 May' is not a date")).toBe('the value does not fit date');
  expect(reasonOf('email', 'the text has a NUL character, which no database stores')).toBe(
    'the text has a NUL character, which no database stores',
  );
  expect(reasonOf('born', 'the value is empty, and the column may not be NULL')).toMatch(/^the value is empty/);
  expect(reasonOf(null, 'the record has 3 fields, the header has 2')).toBe('the record has 3 fields, the header has 2');
  expect(redact(columns, { column: null, reason: 'a', raw: undefined })).toEqual({
    reason: 'a',
    raw: expect.stringContaining('withheld'),
    withheld: true,
  });
});

/** Files that write numbers and times in their own way, or whose header is of no use. */
import { column, type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const BOOKINGS = [
  column('id', 'bigint', { key: true, nullable: false }),
  column('amount', { type: 'decimal', precision: 12, scale: 2 }),
  column('rate', 'double'),
  column('booked_on', 'date'),
  column('booked_at', { type: 'timestamp', timezone: 'Europe/Berlin' }),
];

test('decimal commas, grouped digits and German dates are read as what they are', async () => {
  const { rows, rejects } = await extract(
    staging,
    'id;amount;rate;booked_on;booked_at\n1.000;1.234,50;0,5;31.12.2026;31.12.2026 23:30\n2;-,5;1e3;1.2.2026;2026-02-01T10:00:00Z\n3;;;;\n',
    {
      columns: BOOKINGS,
      format: {
        kind: 'csv',
        decimal: ',',
        thousands: '.',
        dateFormat: '%d.%m.%Y',
        timestampFormat: '%d.%m.%Y %H:%M',
      },
    },
  );

  expect(rejects).toEqual([]);
  expect(rows).toEqual([
    { id: '1000', amount: '1234.50', rate: 0.5, booked_on: '2026-12-31', booked_at: '2026-12-31 22:30:00' },
    { id: '2', amount: '-0.50', rate: 1000, booked_on: '2026-02-01', booked_at: '2026-02-01 10:00:00' },
    { id: '3', amount: null, rate: null, booked_on: null, booked_at: null },
  ]);
});

test('what is written otherwise is a bad row, and nothing is guessed', async () => {
  const { rows, rejects } = await extract(
    staging,
    [
      'id;amount;booked_on',
      '1;1234.50;31.12.2026',
      '2;1.23,4;31.12.2026',
      '3;1,5;12/31/2026',
      '4;1,5;31.02.2026',
      '5;1,5;31.12.2026',
    ].join('\n'),
    {
      columns: BOOKINGS.filter(({ name }) => ['id', 'amount', 'booked_on'].includes(name)),
      format: { kind: 'csv', decimal: ',', thousands: '.', dateFormat: '%d.%m.%Y' },
      onBadRow: { maxCount: 9 },
    },
  );

  expect(rows.map(({ id }) => id)).toEqual(['5']);
  expect(rejects.map(({ column: name, reason }) => [name, reason])).toEqual([
    ['amount', "'1234.50' is not a number as the format has them (decimal: ',', thousands: '.')"],
    ['amount', "'1.23,4' is not a number as the format has them (decimal: ',', thousands: '.')"],
    ['booked_on', "'12/31/2026' is not a date in the format %d.%m.%Y"],
    ['booked_on', "'2026-02-31' is not a day of the calendar"],
  ]);
});

test('a file without a header: the columns of the contract, in their order', async () => {
  const { rows, rejects } = await extract(staging, '1,Ann,1.50\n2,Bob,x\n3,Eve\n4,Zoe,2\n', {
    format: { kind: 'csv', header: false },
    onBadRow: { maxCount: 2 },
  });

  expect(rows).toEqual([
    { id: '1', name: 'Ann', amount: '1.50' },
    { id: '4', name: 'Zoe', amount: '2.00' },
  ]);
  expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [2, "'x' is not a decimal number"],
    [3, 'the record has 2 fields, the contract has 3'],
  ]);
});

test('a header that two columns share is passed over with `ignore`', async () => {
  const { rows } = await extract(staging, 'id,total,total\n1,Ann,1.50\n', {
    format: { kind: 'csv', header: 'ignore' },
  });

  expect(rows).toEqual([{ id: '1', name: 'Ann', amount: '1.50' }]);
});

test('an empty file has no rows where none has a header', async () => {
  const { rows } = await extract(staging, '', { format: { kind: 'csv', header: false } });

  expect(rows).toEqual([]);
});

test('a byte range knows its columns without a header as well', async () => {
  const body = '1,Ann,1.50\n2,Bob,2\n';
  const { rows, rejects } = await extract(staging, body, {
    format: { kind: 'csv', header: false },
    range: { start: 11, end: body.length, line: 2 },
  });

  expect({ rows, rejects }).toEqual({ rows: [{ id: '2', name: 'Bob', amount: '2.00' }], rejects: [] });
});

import * as pipeline from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

const { cron, csv, custom, date, hours, key, landedFiles, mysql, rowFunction, text, timestamp } = pipeline;
const withColumns = (columns: object, more: object = {}) =>
  mistakes({
    ...shop(),
    sources: { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns } as never) },
    ...more,
  });

test('any column can be personal data, whatever else is said of it', () => {
  const columns = {
    id: key.bigint().pii('hash'),
    note: text(20).pii('mask').notNull().from('Note'),
    born: date().notNull().from('Born').pii('hash'),
  };

  expect(withColumns(columns)).toEqual([]);
  expect(withColumns(columns, { pii: { secret: 'shop-pii' } })).toEqual([]);
  expect(columns.note).toMatchObject({ protection: 'mask', isNullable: false, header: 'Note' });
  expect(columns.born).toMatchObject({ protection: 'hash', isNullable: false, header: 'Born' });
});

test.each<[string, object, string, object]>([
  [
    'another word',
    { id: key.bigint(), note: text(20).pii('encrypt' as never) },
    "sources.orders.columns.note is text(20): pii is 'mask' or 'hash'. Use one of them.",
    {},
  ],
  [
    'a key that is masked',
    { id: key.bigint().pii('mask'), note: text(20) },
    "sources.orders.columns.id is pii('mask'): every row would have the same key. Use pii('hash'), which keeps keys apart.",
    {},
  ],
  [
    'the name of a secret that is none',
    { id: key.bigint(), note: text(20) },
    "pii.secret is 'Shop PII': a secret is named in lower-case letters and digits, parts joined by -. Use e.g. 'shop-pii': it is stepwell/shop-pii.",
    { pii: { secret: 'Shop PII' } },
  ],
])('%s is a mistake', (_, columns, expected, more) => {
  expect(withColumns(columns, more)).toEqual([expected]);
});

test('what cuts a source into pieces stands in the state machine, so it is no personal data', () => {
  const orders = mysql({
    secret: 'db',
    table: 'orders',
    partitionBy: 'ssn',
    cursor: { column: 'seen_at', lag: hours(1) },
    columns: { id: key.bigint().from('ssn').pii('hash'), seen_at: timestamp().pii('hash'), note: text() },
  });

  expect(mistakes({ ...shop(), trigger: cron('0 * * * *'), sources: { orders } })).toEqual([
    "sources.orders.columns.id is pii('hash'): partitionBy names it, so its values would stand in the state machine's input. Name another column in partitionBy.",
    "sources.orders.columns.seen_at is pii('hash'): cursor names it, so its values would stand in the state machine's input. Name another column in cursor.",
  ]);
});

test('a cursor that is personal data is found in any spelling, of any source', () => {
  const columns = { id: key.bigint(), seen_at: timestamp().pii('mask') };
  const of = (orders: object) => mistakes({ ...shop(), trigger: cron('0 * * * *'), sources: { orders } });
  const at =
    "sources.orders.columns.seen_at is pii('mask'): cursor names it, so its values would stand in the state machine's input. Name another column in cursor.";

  expect(of(mysql({ secret: 'db', table: 'orders', cursor: 'SeenAt', columns }))).toEqual([at]);
  expect(of(custom('./extract.ts', { cursor: 'seen_at', columns }))).toEqual([at]);
});

test('what a model has made is staged already', () => {
  const models = {
    ...shop().models,
    cleaned: rowFunction('./clean.ts', {
      from: 'lines',
      columns: { id: key.bigint(), note: text().pii('hash') },
    } as never),
  };

  expect(mistakes({ ...shop(), models })).toEqual([
    "models.cleaned.columns.note is pii('hash'): what a model has made is staged already, as it was read. Mark the columns of the source, which its task masks or hashes before it writes anything.",
  ]);
});

/** Files as people send them, through whole pipelines: what is in the tables, what is in quarantine, what is said. */
import { gzipSync } from 'node:zlib';
import {
  append,
  between,
  boolean,
  csv,
  date,
  decimal,
  definePipeline,
  double,
  integer,
  json,
  key,
  lake,
  landedFiles,
  merge,
  ndjson,
  notNull,
  postgres,
  quarantine,
  redshift,
  replace,
  rowCount,
  s3Arrival,
  sql,
  sqlCheck,
  text,
  timestamp,
  unique,
} from '../../lib/pipeline';
import { type Database, type PipelinesCloud, startPipelines } from './pipelines-cloud';

/** Every type, every format, both databases and the lake; tolerates any number of bad rows. `values/dresses/` starts nothing. */
const values = definePipeline({
  name: 'typed-values',
  trigger: s3Arrival('values/*'),
  sources: {
    raw: landedFiles({
      files: {
        'values/**/*.psv': csv({ delimiter: '|', quote: "'", nullText: '\\N' }),
        'values/**/*.ndjson*': ndjson(),
        'values/**': csv(),
      },
      columns: {
        id: key.bigint(),
        whole: integer(),
        exact: decimal(38, 18),
        ratio: double(),
        short: text(5),
        long: text(),
        ok: boolean(),
        day: date(),
        moment: timestamp(),
        local: timestamp({ timezone: 'America/New_York' }),
        doc: json(),
        must: text(10).notNull(),
      },
      onBadRow: quarantine({ maxRate: 1 }),
    }),
  },
  models: { all_values: sql.text('SELECT *, _file AS file FROM raw') },
  sinks: [
    redshift({ model: 'all_values', table: 'inputs.all_values', write: append() }),
    postgres({ model: 'all_values', table: 'inputs.all_values', write: append() }),
    lake({ model: 'all_values', table: 'all_values', write: append(), partitionBy: ['day'] }),
  ],
});

/** New columns reach every target; several files of one run may differ. `together/` starts nothing by itself. */
const evolving = definePipeline({
  name: 'evolving',
  trigger: s3Arrival('evolving/*'),
  sources: {
    raw: landedFiles({
      files: { 'evolving/**/*.csv': csv(), 'evolving/**/*.ndjson': ndjson() },
      onDrift: 'evolve',
      columns: { id: key.bigint(), name: text(20) },
    }),
  },
  models: { each_row: sql.text('SELECT * FROM raw'), distinct_rows: sql.text('SELECT DISTINCT * FROM raw') },
  sinks: [
    redshift({ model: 'each_row', table: 'evolving.each_row', write: append() }),
    postgres({ model: 'each_row', table: 'evolving.each_row', write: append() }),
    lake({ model: 'each_row', table: 'each_row', write: append(), partitionBy: ['name'] }),
    redshift({ model: 'distinct_rows', table: 'evolving.distinct_rows', write: merge('id') }),
    postgres({ model: 'distinct_rows', table: 'evolving.distinct_rows', write: merge('id') }),
  ],
});

/** Two sources joined (in runs that are started with files of both), merged by a composite key, checked; ignores drift, tolerates two bad rows. */
const joined = definePipeline({
  name: 'joined',
  trigger: s3Arrival('joined/now/*'),
  sources: {
    customers: landedFiles({
      files: { 'joined/customers/*': csv(), 'joined/now/c*': csv() },
      onDrift: 'ignore',
      columns: { customer: key.integer(), called: text(30).from('Customer Name') },
    }),
    sales: landedFiles({
      files: { 'joined/sales/*': csv(), 'joined/now/s*': csv() },
      onDrift: 'ignore',
      onBadRow: quarantine({ maxCount: 2 }),
      columns: { customer: key.integer(), item: key.text(8), amount: decimal(12, 2), sold: timestamp() },
    }),
  },
  models: {
    sold_to: sql.text(
      'SELECT s.customer, s.item, s.amount, s.sold, c.called FROM sales s LEFT JOIN customers c USING (customer)',
    ),
    totals: sql.text('SELECT called, sum(amount) AS total, count(*) AS sales FROM sold_to GROUP BY called'),
  },
  sinks: [
    redshift({ model: 'sold_to', table: 'joined.sold_to', write: merge(['customer', 'item'], { newestBy: 'sold' }) }),
    postgres({ model: 'sold_to', table: 'joined.sold_to', write: merge(['customer', 'item'], { newestBy: 'sold' }) }),
    redshift({ model: 'totals', table: 'joined.totals', write: replace() }),
    postgres({ model: 'totals', table: 'joined.totals', write: replace() }),
    lake({ model: 'totals', table: 'totals', write: replace(), partitionBy: [] }),
  ],
  checks: [
    sqlCheck('sold_to', 'amount >= 0'),
    between('sold_to', 'sold', { max: '2030-01-01' }),
    unique('sold_to', ['customer', 'item'], { severity: 'warn' }),
    notNull('sold_to', 'called', { severity: 'warn' }),
    rowCount('totals', { max: 3, severity: 'warn' }),
  ],
});

let cloud: PipelinesCloud;
beforeAll(async () => {
  cloud = await startPipelines([values, evolving, joined]);
});
afterAll(() => cloud?.stop());

const DATABASES: readonly Database[] = ['aurora', 'redshift'];
const HEADER = 'id,whole,exact,ratio,short,long,ok,day,moment,local,doc,must';
const good = (id: number) => `${id},1,1,1,a,b,1,2026-01-01,2026-01-01,2026-01-01,{},x`;
const AWKWARD_KEYS = [
  'values/a b+c "d" \'e\' %2F \\ 😀 #&=?;<>.csv',
  `values/${'k'.repeat(1024 - 'values/.csv'.length)}.csv`,
];
const lines = (...all: string[]) => `${all.join('\n')}\n`;

async function idsOf(file: string): Promise<(string | null)[]> {
  const found = await Promise.all(
    DATABASES.map((database) =>
      cloud.query(
        database,
        `SELECT id FROM inputs.all_values WHERE file = '${file.replaceAll("'", "''")}' ORDER BY id`,
      ),
    ),
  );
  expect(found[0]).toEqual(found[1]);
  return found[0]!.map(({ id }) => id!);
}

test('values at the limits of each type are the same in both databases; those beyond are in quarantine', async () => {
  const file = 'values/limits.csv';
  const most = '99999999999999999999.999999999999999999';
  const rows = [
    `9223372036854775807,2147483647,${most},1.7976931348623157e308,héllo,"a ""b"", c\nd",TRUE,0001-01-01,0001-01-01 00:00:00,2026-03-08 02:30:00,"{""b"":1.10,""a"":[12345678901234567890]}",a`,
    `-9223372036854775808,-2147483648,-${most},-1.7976931348623157e308,😀😀😀😀😀,"cr\ralone",n,9999-12-31,9999-12-31 23:59:59.999999,2026-11-01 01:30:00,[],b`,
    `1,-0,-0.000000000000000001,5e-324,'x,\\.,Y,2024-02-29,2024-02-29T23:59:59.123456789Z,2026-07-01 12:00:00Z,"""s""",c`,
    '2,007,.5,.5,  ,NULL,f,2026-1-5,2026-01-01 10:00:00+05:30,,null,d',
  ];
  const bad: [string, string, string][] = [
    ['9223372036854775808,,,,,,,,,,,n', 'id', 'out of range of bigint'],
    ['3,2147483648,,,,,,,,,,n', 'whole', 'out of range of integer'],
    ['3,,100000000000000000000,,,,,,,,,n', 'exact', 'out of range of decimal(38,18)'],
    ['3,,0.0000000000000000001,,,,,,,,,n', 'exact', 'has more decimals than decimal(38,18) takes'],
    ['3,,,NaN,,,,,,,,n', 'ratio', 'is not a number'],
    ['3,,,Infinity,,,,,,,,n', 'ratio', 'is not a number'],
    ['3,,,1e309,,,,,,,,n', 'ratio', 'out of range of double'],
    ['3,,,,😀😀😀😀😀😀,,,,,,,n', 'short', 'the text has 6 characters, the column takes 5'],
    [`3,,,,,${'é'.repeat(32_768)},,,,,,n`, 'long', 'the text has 65536 bytes, Redshift takes 65535'],
    ['3,,,,,,oui,,,,,n', 'ok', 'is not a boolean'],
    ['3,,,,,,,1900-02-29,,,,n', 'day', 'is not a day of the calendar'],
    ['3,,,,,,,-0044-03-15,,,,n', 'day', 'is not a date'],
    ['3,,,,,,,,10000-01-01,,,n', 'moment', 'is not a timestamp'],
    ['3,,,,,,,,2026-01-01 10:00+99:99,,,n', 'moment', 'has an offset that no time zone has'],
    ['3,,,,,,,,,,"[""\\u0000""]",n', 'doc', 'has a NUL character'],
    ['3,,,,,,,,,,"[""\\ud800""]",n', 'doc', 'has half a surrogate pair'],
    ['3,,,,,,,,,,,', 'must', 'the value is empty'],
  ];

  const run = await cloud.drop('typed-values', file, lines(HEADER, ...rows, ...bad.map(([raw]) => raw)));

  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: rows.length, rejected: bad.length } });
  const rejects = await cloud.rejects('typed-values', file);
  // The first row has a line end within quotation marks.
  expect(rejects.map(({ line, column, raw }) => [line, column, raw.slice(0, 100)])).toEqual(
    bad.map(([raw, column], index) => [rows.length + 3 + index, column, raw.slice(0, 100)]),
  );
  bad.forEach(([, , reason], index) => {
    expect(rejects[index]!.reason).toContain(reason);
  });
  const expected = [
    {
      id: '-9223372036854775808',
      whole: '-2147483648',
      exact: `-${most}`,
      ratio: '-1.7976931348623157e+308',
      short: '😀😀😀😀😀',
      long: 'cr\ralone',
      ok: 'f',
      day: '9999-12-31',
      moment: '9999-12-31 23:59:59.999999',
      local: '2026-11-01 05:30:00',
      doc: '[]',
      must: 'b',
      file,
    },
    {
      id: '1',
      whole: '0',
      exact: '-0.000000000000000001',
      ratio: '5e-324',
      short: "'x",
      long: '\\.',
      ok: 't',
      day: '2024-02-29',
      moment: '2024-02-29 23:59:59.123456',
      local: '2026-07-01 12:00:00',
      doc: '"s"',
      must: 'c',
      file,
    },
    {
      id: '2',
      whole: '7',
      exact: '0.500000000000000000',
      ratio: '0.5',
      short: '  ',
      long: 'NULL',
      ok: 'f',
      day: '2026-01-05',
      moment: '2026-01-01 04:30:00',
      local: null,
      doc: 'null',
      must: 'd',
      file,
    },
    {
      id: '9223372036854775807',
      whole: '2147483647',
      exact: most,
      ratio: '1.7976931348623157e+308',
      short: 'héllo',
      long: 'a "b", c\nd',
      ok: 't',
      day: '0001-01-01',
      moment: '0001-01-01 00:00:00',
      local: '2026-03-08 07:30:00',
      doc: '{"a": [12345678901234567890], "b": 1.10}',
      must: 'a',
      file,
    },
  ];
  for (const database of DATABASES) {
    const found = await cloud.query(database, `SELECT * FROM inputs.all_values WHERE file = '${file}' ORDER BY id`);
    expect(found).toEqual(expected);
  }
});

test('the same two rows in every dress that a file wears', async () => {
  const plain = lines(HEADER, good(1), good(2));
  const dresses: [string, Buffer | string][] = [
    ['crlf.csv', plain.replaceAll('\n', '\r\n')],
    ['cr.csv', plain.replaceAll('\n', '\r')],
    ['mixed.csv', lines(`${HEADER}\r`, good(1), `${good(2)}\r`)],
    ['bom.csv', `\ufeff${plain}`],
    ['no-last-line-end.csv', plain.trimEnd()],
    ['upper.csv', lines(HEADER.toUpperCase(), good(1), good(2))],
    ['reordered.csv', lines(`must,${HEADER.slice(0, -5)}`, `x,${good(1).slice(0, -2)}`, `x,${good(2).slice(0, -2)}`)],
    ['semicolons.csv', plain.replaceAll(',', ';')],
    ['tabs.csv', plain.replaceAll(',', '\t')],
    ['own.psv', plain.replaceAll(',', '|').replaceAll('|b|', "|'b|''b'''|").replaceAll('|a|', '|\\N|')],
    ['gzip.csv.gz', gzipSync(plain)],
    ['gzip-by-content.csv', gzipSync(plain)],
    ['plain-in-spite-of-name.csv.gz', plain],
    ['members.csv.gz', Buffer.concat([gzipSync(lines(HEADER, good(1))), gzipSync(lines(good(2)))])],
    ['objects.ndjson', '{"id":1,"must":"x"}\r\n\n{"MUST":"x","id":"2","doc":{"a":[1.10]},"whole":null}'],
    ['objects.ndjson.gz', gzipSync('{"id":1,"must":"x"}\n{"id":2,"must":"x"}\n')],
  ];

  for (const [name, body] of dresses) await cloud.put(`values/dresses/${name}`, body);
  // A run for all, as a person starts it; and one each, as arriving files do.
  const objects = dresses.map(([name]) => ({ key: `values/dresses/${name}` }));
  const [together, ...alone] = await Promise.all([
    cloud.start('typed-values', { objects }),
    ...AWKWARD_KEYS.map((file) => cloud.drop('typed-values', file, plain)),
  ]);

  expect(together).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2 * dresses.length, rejected: 0 } });
  for (const run of alone) expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2, rejected: 0 } });
  for (const file of [...objects.map((object) => object.key), ...AWKWARD_KEYS]) {
    expect([file, await idsOf(file)]).toEqual([file, ['1', '2']]);
  }
});

test('what is no file of rows fails with a sentence that says what it is, and loads nothing', async () => {
  const plain = lines(HEADER, good(1), good(2));
  const zipped = gzipSync(plain);
  const files: [string, Buffer | string, string, string][] = [
    ['empty.csv', '', 'UnreadableFile', 'it is empty, without even a header'],
    ['cut.csv.gz', zipped.subarray(0, -9), 'UnreadableFile', 'the gzip file ends too early'],
    ['utf-16.csv', Buffer.from(`\ufeff${plain}`, 'utf16le'), 'UnreadableFile', 'it looks like a UTF-16 text'],
    [
      'error.csv',
      '<!DOCTYPE html><title>403 Forbidden</title>',
      'UnreadableFile',
      'it looks like an HTML page ("403 Forbidden")',
    ],
    ['objects.csv', '{"id":1}\n{"id":2}\n', 'UnreadableFile', 'it looks like JSON, but is to be read as CSV'],
    ['latin-1.csv', Buffer.from('id,stra\xdfe\n1,2\n', 'latin1'), 'UnreadableFile', 'its header is not UTF-8'],
    [
      'renamed.csv',
      lines(HEADER.replace('whole', 'wholes'), good(1)),
      'ContractDrift',
      "If 'wholes' is the new name of whole",
    ],
    ['extra.ndjson', '{"id":1,"must":"x","gift":1}\n', 'ContractDrift', "new: 'gift'"],
  ];

  const runs = await Promise.all(files.map(([name, body]) => cloud.drop('typed-values', `values/${name}`, body)));

  for (const [index, [name, , error, message]] of files.entries()) {
    expect([name, runs[index]]).toEqual([name, { status: 'FAILED', error, message: expect.stringContaining(message) }]);
    expect(await idsOf(`values/${name}`)).toEqual([]);
  }
});

test('a header alone is a run without rows; a folder marker is no file', async () => {
  const [header, gone] = await Promise.all([
    cloud.drop('typed-values', 'values/header.csv', HEADER),
    cloud.start('typed-values', { objects: [{ key: 'values/never.csv' }] }),
    cloud.put('values/folder/', ''),
  ]);

  expect(header).toMatchObject({ status: 'SUCCEEDED', output: { rows: 0, rejected: 0 } });
  expect(gone).toMatchObject({
    error: 'UnreadableFile',
    message: expect.stringContaining('values/never.csv does not exist'),
  });
  expect(await idsOf('values/folder/')).toEqual([]);
});

test('bad records of every kind cost themselves alone, each with its line and its text', async () => {
  const csvFile = 'values/bad.csv';
  const unclosed = good(4).replace('{}', '"{}');
  const body = Buffer.concat([
    Buffer.from(lines(HEADER, good(1), '1,2', `${good(2)},more`, unclosed, good(5))),
    Buffer.from(`6${good(6).slice(1).replace(',b,', ',b\xe9,')}\n`, 'latin1'),
    Buffer.from(lines(`7,,,,,${'y'.repeat(3 * 1024 * 1024)},,,,,,x`, good(8))),
  ]);
  const jsonFile = 'values/bad.ndjson';
  const objects = lines(
    '{"id":1,"must":"x"}',
    'not json',
    '["id",2]',
    '{"id":3,"must":"x","id":4}',
    '{"id":5,"must":"x","Must":"y"}',
    '{"id":6,"must":{"a":1}}',
    '{"id":7,"must":"\\ud800"}',
    '{"id":8,"must":"x","doc":"',
  );

  await Promise.all([cloud.drop('typed-values', csvFile, body), cloud.drop('typed-values', jsonFile, objects)]);

  const found = async (file: string) =>
    (await cloud.rejects('typed-values', file)).map(({ line, column, reason, raw }) => [
      line,
      column,
      reason,
      raw.slice(0, 20),
    ]);
  expect(await found(csvFile)).toEqual([
    [3, null, 'the record has 2 fields, the header has 12', '1,2'],
    [4, null, 'the record has 13 fields, the header has 12', good(2).slice(0, 20)],
    [5, 'doc', 'a quotation mark is opened and never closed', unclosed.slice(0, 20)],
    [7, 'long', 'the text is not valid UTF-8', '6,1,1,1,a,b\ufffd,1,2026-'],
    [8, null, 'the record is longer than 2 MiB', '7,,,,,yyyyyyyyyyyyyy'],
  ]);
  expect(await idsOf(csvFile)).toEqual(['1', '5', '8']);
  expect(await found(jsonFile)).toEqual([
    [2, null, 'the line is not JSON', 'not json'],
    [3, null, 'the line is a JSON array; NDJSON has one object a line', '["id",2]'],
    [4, null, 'the member "id" stands twice', '{"id":3,"must":"x","'],
    [5, 'must', "'Must' and another member are both column must", '{"id":5,"must":"x","'],
    [6, 'must', `'{"a":1}' is an object; the column is text`, '{"id":6,"must":{"a":'],
    [7, 'must', 'the text has half a surrogate pair, which UTF-8 cannot hold', '{"id":7,"must":"\\ud8'],
    [8, null, 'the line is not JSON', '{"id":8,"must":"x","'],
  ]);
  expect(await idsOf(jsonFile)).toEqual(['1']);
});

test('new columns are added to every target, over runs, and over files of one run that differ', async () => {
  const runs = [
    await cloud.drop('evolving', 'evolving/a.csv', 'id,name\n1,A\n'),
    await cloud.drop('evolving', 'evolving/b.csv', 'Gift Wrap,name,id\nyes,B,2\n'),
    await cloud.drop(
      'evolving',
      'evolving/c.ndjson',
      '{"id":3,"gift_wrap":true,"doc":{"a":[1.10]}}\n{"name":"C","id":4}\n',
    ),
  ];
  const files = {
    'evolving/together/1.csv': 'id,name,first\n5,D,x\n',
    'evolving/together/2.csv': 'second,id,name,gift_wrap\ny,6,E,no\n',
    'evolving/together/3.csv': 'id,name\n7,F\n',
    'evolving/together/4.ndjson': '{"first":"z","id":8}\n',
  };
  for (const [file, body] of Object.entries(files)) await cloud.put(file, body);
  runs.push(await cloud.start('evolving', { objects: Object.keys(files).map((file) => ({ key: file })) }));

  expect(runs.map(({ status, output }) => [status, output?.rows])).toEqual(
    [1, 1, 2, 4].map((rows) => ['SUCCEEDED', rows]),
  );
  const none = { name: null, gift_wrap: null, doc: null, first: null, second: null };
  const expected = [
    { ...none, id: '1', name: 'A' },
    { ...none, id: '2', name: 'B', gift_wrap: 'yes' },
    { ...none, id: '3', gift_wrap: 'true', doc: '{"a":[1.10]}' },
    { ...none, id: '4', name: 'C' },
    { ...none, id: '5', name: 'D', first: 'x' },
    { ...none, id: '6', name: 'E', gift_wrap: 'no', second: 'y' },
    { ...none, id: '7', name: 'F' },
    { ...none, id: '8', first: 'z' },
  ];
  for (const database of DATABASES) {
    for (const table of ['evolving.each_row', 'evolving.distinct_rows']) {
      expect(await cloud.query(database, `SELECT * FROM ${table} ORDER BY id`)).toEqual(expected);
    }
  }
});

test('two sources are joined, merged by a composite key and newest row, and checked before anything is published', async () => {
  await cloud.put('joined/customers/c.csv', 'customer,Customer Name,junk\n1,Ann,x\n2,"Bob, Jr.",y\n');
  await cloud.put(
    'joined/sales/s.csv',
    lines(
      'CUSTOMER;Item;Amount;Sold',
      '1;a;10.50;2026-01-02',
      '1;a;9.50;2026-01-01',
      '1;b;1;',
      '2;a;2;2026-01-01',
      '3;a;3;2026-01-01',
      'x;;;',
      'y;;;',
    ),
  );
  const both = await cloud.start('joined', {
    objects: [{ key: 'joined/customers/c.csv' }, { key: 'joined/sales/s.csv' }],
  });

  expect(both).toMatchObject({ status: 'SUCCEEDED', output: { rejected: 2 } });
  expect(both.output.warnings).toEqual([
    expect.stringContaining('customer, item must be unique, but 1 value occurs more than once'),
    expect.stringContaining('called must not be NULL, but 1 of 5 rows violates this, e.g. customer=3'),
  ]);

  const header = 'customer,item,amount,sold';
  const refused = await Promise.all([
    cloud.drop('joined', 'joined/now/s-negative.csv', lines(header, '1,a,-1,2026-01-01')),
    cloud.drop('joined', 'joined/now/s-future.csv', lines(header, '1,a,1,2031-01-01')),
    cloud.drop('joined', 'joined/now/s-bad.csv', lines(header, '1,a,1,2026-01-01', 'x,,,', 'y,,,', 'z,,,')),
  ]);
  expect(refused.map(({ error, message }) => [error, message])).toEqual([
    [
      'CheckFailed',
      expect.stringContaining('sold_to: amount >= 0 must hold, but 1 of 1 rows violates this, e.g. customer=1'),
    ],
    ['CheckFailed', expect.stringContaining('sold must be at most 2030-01-01')],
    ['TooManyBadRows', expect.stringContaining('3 of 4 rows of')],
  ]);

  const sold = [
    { customer: '1', item: 'a', amount: '10.50', sold: '2026-01-02 00:00:00', called: 'Ann' },
    { customer: '1', item: 'b', amount: '1.00', sold: null, called: 'Ann' },
    { customer: '2', item: 'a', amount: '2.00', sold: '2026-01-01 00:00:00', called: 'Bob, Jr.' },
    { customer: '3', item: 'a', amount: '3.00', sold: '2026-01-01 00:00:00', called: null },
  ];
  const totals = [
    { called: 'Ann', total: '21.00', sales: '3' },
    { called: 'Bob, Jr.', total: '2.00', sales: '1' },
    { called: null, total: '3.00', sales: '1' },
  ];
  for (const database of DATABASES) {
    expect(await cloud.query(database, 'SELECT * FROM joined.sold_to ORDER BY customer, item')).toEqual(sold);
    expect(await cloud.query(database, 'SELECT * FROM joined.totals ORDER BY called')).toEqual(totals);
  }

  // Older and newer rows of keys that are there; a customer without a name, as this run has no customers.
  const later = lines(header, '1,a,99,2025-01-01', '1,b,2,2026-01-01', '2,a,7,2026-01-01');
  expect(await cloud.drop('joined', 'joined/now/s-later.csv', later)).toMatchObject({ status: 'SUCCEEDED' });
  for (const database of DATABASES) {
    expect(await cloud.query(database, 'SELECT * FROM joined.sold_to ORDER BY customer, item')).toEqual([
      sold[0],
      { customer: '1', item: 'b', amount: '2.00', sold: '2026-01-01 00:00:00', called: null },
      { customer: '2', item: 'a', amount: '7.00', sold: '2026-01-01 00:00:00', called: null },
      sold[3],
    ]);
    expect(await cloud.query(database, 'SELECT * FROM joined.totals')).toEqual([
      { called: null, total: '108.00', sales: '3' },
    ]);
  }
});

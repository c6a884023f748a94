/** Contracts told from files as people have them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { inferContract } from '../../lib/scaffold/infer-contract';
import { readSample } from '../../lib/scaffold/read-sample';
import { builder } from '../../lib/scaffold/templates/code';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'infer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function infer(text: string | Buffer, name = 'my.csv') {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  const contract = inferContract(await readSample(file));
  const { kind: _, ...format } = contract.format;
  return {
    format,
    columns: Object.fromEntries(
      contract.columns.map(({ name: column, type, isNullable, isKey, header, needsHeader }) => [
        column,
        [
          isKey ? 'key ' : '',
          builder(type),
          isNullable || isKey ? '' : ' not null',
          needsHeader ? ` from ${header}` : '',
        ].join(''),
      ]),
    ),
    sql: Object.fromEntries(
      contract.columns.flatMap(({ name: column, conversion }) =>
        conversion ? [[column, conversion.sql(column)]] : [],
      ),
    ),
    // of the key: a test of its own
    notes: contract.notes.filter((note) => !note.startsWith('Rows are merged by ')),
  };
}

const many = (row: (n: number) => string, rows = 30) => Array.from({ length: rows }, (_, n) => row(n + 1)).join('\n');

test('types, nullability and key of a plain file', async () => {
  const rows = many(
    (n) =>
      `${n},Zurich,${n}.5,2026-01-${String((n % 28) + 1).padStart(2, '0')},2026-01-02T10:00:00+01:00,true,${n % 2 ? '' : 1}`,
  );

  expect(await infer(`Flight ID,city,price,day,left_at,is_full,stops\n${rows}\n`)).toEqual({
    format: {},
    columns: {
      flight_id: 'key bigint()',
      city: 'text() not null',
      price: 'decimal(12, 2) not null',
      day: 'date() not null',
      left_at: 'timestamp() not null',
      is_full: 'boolean() not null',
      stops: 'bigint()',
    },
    sql: {},
    notes: [],
  });
});

test('a German export: semicolons, decimal commas, grouped digits, dates with points', async () => {
  const rows = many(
    (n) => `R-${n};${n}.000,50;${n};${String((n % 28) + 1).padStart(2, '0')}.12.2026;31.12.2026 09:${10 + n};0${n}123`,
  );

  expect(await infer(`Rechnungs-Nr.;Betrag (€);Menge;Datum;Geändert am;PLZ\n${rows}\n`)).toEqual({
    format: {
      delimiter: ';',
      decimal: ',',
      thousands: '.',
      dateFormat: '%d.%m.%Y',
      timestampFormat: '%d.%m.%Y %H:%M',
    },
    columns: {
      rechnungs_nr: 'key text()',
      betrag: 'decimal(12, 2) not null',
      menge: 'bigint() not null',
      datum: 'date() not null',
      geaendert_am: 'timestamp() not null from Geändert am',
      plz: 'text() not null',
    },
    sql: {},
    notes: [],
  });
});

test('an American export: grouped digits, dates with slashes, AM and PM', async () => {
  const rows = many((n) => `${n},"${n},250.75",${(n % 12) + 1}/${(n % 28) + 1}/2026,1/31/2026 ${(n % 12) + 1}:05 PM`);

  expect(await infer(`id,Amount,Date,Seen\n${rows}\n`)).toMatchObject({
    format: { thousands: ',', dateFormat: '%m/%d/%Y', timestampFormat: '%m/%d/%Y %I:%M %p' },
    columns: { amount: 'decimal(12, 2) not null', date: 'date() not null', seen: 'timestamp() not null' },
    notes: [],
  });
});

test.each([
  ['a column that is named like one', 'city,zip_code', (n: number) => `Rome,A${n}`, 'zip_code'],
  ['codes in the first column', 'iata,n', (n: number) => `A${n},1`, 'iata'],
  ['days in the first column', 'day,n', (n: number) => `2026-01-${String(n).padStart(2, '0')},1`, 'day'],
  ['no names', 'first_name,n', (n: number) => `Ann${n},1`, undefined],
  ['no texts of several words', 'title,n', (n: number) => `No ${n},1`, undefined],
  ['nothing that two rows share', 'id,n', (n: number) => `${n % 9},${n}`, undefined],
])('a key: %s', async (_, header, row, key) => {
  const file = path.join(folder, 'key.csv');
  writeFileSync(file, `${header}\n${many(row, 28)}\n`);

  const { columns, notes } = inferContract(await readSample(file));

  expect(columns.find(({ isKey }) => isKey)?.name).toBe(key);
  expect(notes).toEqual(
    key === undefined
      ? []
      : [
          `Rows are merged by ${key}: no two rows of key.csv share it. If that is by chance, write append() for merge(…).`,
        ],
  );
});

test('what may be day or month is said', async () => {
  const { format, notes } = await infer(`id,date\n${many((n) => `${n},${(n % 12) + 1}/${(n % 11) + 1}/2026`)}\n`);

  expect(format).toEqual({ dateFormat: '%m/%d/%Y' });
  expect(notes).toEqual(['2/2/2026 is read as %m/%d/%Y; if %d/%m/%Y is meant, say so in dateFormat.']);
});

test.each([
  [',', '{"thousands":","}', '"1,250" is'],
  [';', '{"delimiter":";","decimal":","}', '1,250 is'],
])('what may be a group or a fraction is said (%s)', async (delimiter, expected) => {
  const { format, notes } = await infer(
    `id${delimiter}n\n${many((n) => (delimiter === ',' ? `${n},"${n},250"` : `${n};${n},250`))}\n`,
  );

  expect(JSON.stringify(format)).toBe(expected);
  expect(notes).toHaveLength(1);
});

test('texts that a contract cannot read are made values by the SQL', async () => {
  const rows = many((n) => `${n};${n},50 €;${n % 100}%;31.12.2026;31-Dec-2026;${n}.25`);

  expect(await infer(`id;price;share;day;other_day;rate\n${rows}\n`)).toMatchObject({
    columns: {
      price: 'text() not null',
      share: 'text() not null',
      day: 'date() not null',
      other_day: 'text() not null',
    },
    sql: {
      price: "CAST(replace(regexp_replace(price, '[^0-9,-]', '', 'g'), ',', '.') AS DECIMAL(18, 4))",
      share: "CAST(regexp_replace(share, '[^0-9.-]', '', 'g') AS DECIMAL(18, 4))",
      other_day: "CAST(strptime(other_day, '%d-%b-%Y') AS DATE)",
    },
  });
});

test('headers with umlauts, other scripts, words of SQL, and in several spellings', async () => {
  const { columns } = await infer('Größe,日本語,Order,total,Total,2nd,xmin\n1,a,b,1,2,3,4\n');

  expect(columns).toEqual({
    groesse: 'bigint() from Größe',
    column_2: 'text() from 日本語',
    order_value: 'text() from Order',
    total: 'bigint() from total',
    total_2: 'bigint() from Total',
    column_2nd: 'bigint() from 2nd',
    xmin_value: 'bigint() from xmin',
  });
});

test('two headers of one name: columns go by their place', async () => {
  expect(await infer('id,name,name\n1,Ann,Smith\n')).toEqual({
    format: { header: 'ignore' },
    columns: { id: 'key bigint()', name: 'text()', name_2: 'text()' },
    sql: {},
    notes: [
      "Two headers are 'name': columns go by their place, and must stay in it.",
      'Types are told from one row: look at them again.',
    ],
  });
});

test('a file without a header: columns go by their place', async () => {
  const { format, columns, notes } = await infer(`${many((n) => `${n};Ann;${n},5`)}\n`);

  expect({ format, columns }).toEqual({
    format: { delimiter: ';', decimal: ',', header: false },
    columns: { column_1: 'key bigint()', column_2: 'text() not null', column_3: 'decimal(12, 2) not null' },
  });
  expect(notes[0]).toMatch(/^my\.csv has no header line, it seems/);
});

test.each([
  ['years over prices are headers', 'country,2023,2024\nDE,1.5,2.5\n', undefined],
  ['words over texts are headers', 'a,b\nx,y\n', undefined],
  ['a row of numbers alone is a row', '1,2\n', false],
])('%s', async (_, text, header) => {
  expect((await infer(text)).format.header).toBe(header);
});

test('an empty column is text, and says so; an empty file of one header has no types', async () => {
  expect((await infer('id,note\n1,\n2,\n')).columns).toEqual({ id: 'key bigint()', note: 'text()' });
  expect((await infer('id,note\n')).columns).toEqual({ id: 'text()', note: 'text()' });
});

test('a text that stands for NULL in numbers and dates is the nullText', async () => {
  expect(await infer('id,n,day\n1,N/A,2026-01-31\n2,5,N/A\n3,6,2026-02-01\n')).toMatchObject({
    format: { nullText: 'N/A' },
    columns: { n: 'bigint()', day: 'date()' },
  });
});

test('numbers whose zeros count, and numbers too long, stay texts; measurements are doubles', async () => {
  expect((await infer('zip,phone,ref,lat\n01234,+4930123,12345678901234567890,52.5200066123\n')).columns).toEqual({
    zip: 'text()',
    phone: 'text()',
    ref: 'decimal(38, 2)',
    lat: 'double()',
  });
});

test.each([
  ['a byte-order mark', '\ufeffid;name\n1;Ann\n'],
  ['gzip', gzipSync('id;name\n1;Ann\n')],
  ['CRLF', 'id;name\r\n1;Ann\r\n'],
  ['CR', 'id;name\r1;Ann\r'],
  ['no line end', 'id;name\n1;Ann'],
  ['quoted fields', '"id";"name"\n"1";"Ann; the ""first"""\n'],
])('%s makes no difference', async (_, text) => {
  expect(await infer(text)).toMatchObject({
    format: { delimiter: ';' },
    columns: { id: 'key bigint()', name: 'text()' },
  });
});

test('rows with more or fewer fields are counted, and no reason for another contract', async () => {
  const { columns, notes } = await infer(`id,name\n${many((n) => `${n},Ann`)}\n31,Bob,x\n32\n`);

  expect(columns).toEqual({ id: 'key bigint()', name: 'text() not null' });
  expect(notes).toEqual(['2 of its rows have more or fewer fields than the others: they will be in quarantine.']);
});

test.each([
  ['an empty file', '', 'my.csv is empty: a file with a row or two is needed.'],
  [
    'Latin-1',
    Buffer.from('id,name\n1,M\xfcller\n', 'latin1'),
    'my.csv is not UTF-8. Save it as UTF-8, e.g. iconv -f windows-1252 -t utf-8 my.csv > utf8-my.csv',
  ],
  [
    'an Excel workbook',
    Buffer.from('PK\x03\x04rest'),
    'my.csv cannot be read: it looks like a ZIP archive or an Excel workbook. Export it as CSV.',
  ],
  [
    'JSON',
    '[{"id": 1}]',
    'my.csv looks like a JSON array. Columns are read off CSV files: begin without --from, then write format: jsonArray() and your columns into pipeline.ts.',
  ],
  [
    'a title above the header',
    `Report;;\n${many((n) => `${n};Ann;5`)}`.replace(';;', ''),
    'The first line of my.csv has 1 field, most others 3. Remove what stands before the header, or correct the header.',
  ],
])('%s is refused with what to do', async (_, text, message) => {
  await expect(infer(text)).rejects.toThrow(message);
});

test('a file that is not there', async () => {
  await expect(readSample(path.join(folder, 'none.csv'))).rejects.toThrow('none.csv. Correct its name.');
});

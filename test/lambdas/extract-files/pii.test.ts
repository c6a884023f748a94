/** Personal data: nothing of it but its mask or hash is in anything that a task writes. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { openProtection } from '../../../lambdas/shared/pii';
import { SourceRefused } from '../../../lib/tasks/errors';
import { writeRows } from '../rows/rows';
import { column, type Staging, startStaging, WORK } from '../staging';
import { extract, type Options, PII_KEY } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const COLUMNS = [
  column('id', 'bigint', { key: true, nullable: false, pii: 'hash' }),
  column('email', { type: 'text', length: 30 }, { pii: 'hash' }),
  column('phone', { type: 'text', length: 20 }, { pii: 'mask' }),
  column('born', 'date', { pii: 'hash' }),
  column('amount', { type: 'decimal', precision: 8, scale: 2 }),
];
const ndjson = { kind: 'ndjson' } as const;
const hash = (text: string) => createHmac('sha256', PII_KEY).update(text).digest('hex');
const read = (body: string | Buffer, options: Options = {}) => extract(staging, body, { columns: COLUMNS, ...options });

/** All that is in the work bucket, as text; Parquet as its rows, too. */
async function written(): Promise<string> {
  const { Contents = [] } = await staging.s3.send(new ListObjectsV2Command({ Bucket: WORK }));
  const texts = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await staging.s3.send(new GetObjectCommand({ Bucket: WORK, Key }));
      const bytes = Buffer.from(await Body!.transformToByteArray());
      if (!Key!.endsWith('.parquet')) return bytes.toString();
      const part = { key: Key!, etag: '', length: bytes.length, rows: 0, format: 'parquet' as const };
      return bytes.toString('latin1') + JSON.stringify(await staging.rows([part]));
    }),
  );
  return texts.join('\n');
}

const BODIES = {
  csv: 'id,email,phone,born,amount\n007,ann@example.com,555-0101,1990-05-06,1.50\n8,,,,2\n',
  ndjson:
    '{"id":7,"email":"ann@example.com","phone":"555-0101","born":"1990-05-06","amount":1.50}\n{"id":8,"email":null,"phone":null,"born":null,"amount":2}\n',
};
const EXPECTED = [
  { id: hash('7'), email: hash('ann@example.com'), phone: '***', born: hash('1990-05-06'), amount: '1.50' },
  { id: hash('8'), email: null, phone: null, born: null, amount: '2.00' },
];

test.each(['csv', 'ndjson'] as const)(
  'values are judged as they are, and staged as masks and hashes (%s)',
  async (kind) => {
    const { rows, rejects, manifest } = await read(BODIES[kind], { format: { kind } });

    expect(rejects).toEqual([]);
    expect(rows).toEqual(EXPECTED);
    expect(manifest.datasets.orders!.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', { type: 'text', length: 64 }],
      ['email', { type: 'text', length: 64 }],
      ['phone', { type: 'text', length: 3 }],
      ['born', { type: 'text', length: 64 }],
      ['amount', { type: 'decimal', precision: 8, scale: 2 }],
    ]);
  },
);

test('a file that comes without its header tells nobody the row that stands there', async () => {
  const body = '17,anna@example.com,555-0102,1991-01-01,2\n18,ben@example.com,555-0103,1992-01-01,3\n';

  const failure: Error = await read(body, { onDrift: 'fail' }).catch((error) => error);
  expect(failure.message).toContain('new: 5 columns (not named');
  const aside = await read(body, { onDrift: 'quarantine', onBadRow: { maxCount: 9 } }).catch((error) => error);
  const evolving = await read(body, {
    onDrift: { newColumns: 'evolve', missingColumns: 'quarantine' },
    onBadRow: { maxCount: 9 },
  }).catch((error) => error);
  expect(JSON.stringify(evolving) + (evolving.message ?? '')).not.toMatch(/anna@|555-0/);
  expect(`${failure.message}${JSON.stringify(aside)}${aside.message ?? ''}`).not.toMatch(/anna@|555-0/);
  expect(await written()).not.toContain('anna@');
});

test('JSON arrays, Parquet and files of fixed width have the same hashes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pii-test-'));
  const path = join(folder, 'a.parquet');
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const values =
    "(7, 'ann@example.com', '555-0101', DATE '1990-05-06', 1.50), (8, NULL, NULL, NULL, 2), (9, 'Ann', 'Ann', NULL, 12345678)";
  await duckdb.run(`COPY (FROM (VALUES ${values}) AS t(id, email, phone, born, amount)) TO '${path}' (FORMAT parquet)`);
  const parquet = await read(readFileSync(path), { format: { kind: 'parquet' } });
  rmSync(folder, { recursive: true });
  const array = `[${BODIES.ndjson.trim().split('\n').join(',')},{"id":9,"email":"Ann","phone":"Ann","amount":"x"}]`;
  const widths = Object.entries({ id: 5, email: 20, phone: 10, born: 10, amount: 10 });
  const line = (...texts: string[]) => texts.map((text, index) => text.padEnd(widths[index]![1])).join('');
  const lines = [
    line('7', 'ann@example.com', '555-0101', '1990-05-06', '1.50'),
    line('8', '', '', '', '2'),
    line('9', 'Ann', 'Ann', '', 'x'),
  ];

  const all = [
    parquet,
    await read(array, { format: { kind: 'jsonArray' } }),
    await read(lines.join('\n'), {
      format: { kind: 'fixedWidth', fields: widths.map(([name, width]) => ({ name, width })) },
    }),
  ];

  expect(all.map(({ rows }) => rows)).toEqual([EXPECTED, EXPECTED, EXPECTED]);
  expect(all.map(({ rejects }) => rejects.map(({ raw }) => raw))).toEqual([
    ['{"id":"***","email":"***","phone":"***","born":null,"amount":"12345678.00"}'],
    ['{"id":"***","email":"***","phone":"***","amount":"x"}'],
    [expect.stringContaining('withheld')],
  ]);
});

test('rows of an API or a database have the same hashes as files', async () => {
  const rows = [
    { id: 7n, email: 'ann@example.com', phone: '555-0101', born: '1990-05-06', amount: '1.5' },
    { id: '8', email: null, phone: undefined, amount: 2 },
  ];

  expect((await writeRows(staging, COLUMNS, rows)).rows).toEqual(EXPECTED);
});

test('row-wise models see what is staged, in the same pass', async () => {
  const { manifest } = await read(BODIES.csv, {
    datasets: [
      {
        name: 'm',
        sql: "select email, phone, length(email) as n from orders where email = email and phone = '***'",
        columns: [
          { name: 'email', type: { type: 'text' }, nullable: true },
          { name: 'phone', type: { type: 'text' }, nullable: true },
          { name: 'n', type: { type: 'bigint' }, nullable: true },
        ],
        formats: ['parquet', 'csv'],
      },
    ],
  });

  expect(await staging.rows(manifest.datasets.m!.parts)).toEqual([
    { email: hash('ann@example.com'), phone: '***', n: '64' },
  ]);
});

describe('bad rows', () => {
  const header = 'id,email,phone,born,amount';

  test.each([
    [
      'another column is bad: its reason and the row without personal data',
      '1,ann@example.com,"555 ""0101""",1990-05-06,abc',
      {
        column: 'amount',
        reason: "'abc' is not a decimal number",
        raw: '***,***,"***",***,abc',
        redacted: expect.any(Array),
      },
    ],
    [
      'a protected column is bad: its value is not told',
      '1,ann@example.com,555-0101,6 May 1990,1',
      { column: 'born', reason: 'the value does not fit date', raw: '***,***,***,***,1' },
    ],
    [
      'a text is too long: how long is told',
      `1,${'a'.repeat(31)},555-0101,1990-05-06,1`,
      { column: 'email', reason: 'the text has 31 characters, the column takes 30' },
    ],
    [
      'a record with other fields: all of it is withheld',
      '1,ann@example.com,555-0101,1990-05-06,1,2',
      {
        column: null,
        reason: 'the record has 6 fields, the header has 5',
        raw: '(withheld: it may hold personal data; the row is where it was read)',
        withheld: true,
      },
    ],
    ['a quotation mark that is never closed: withheld', '1,"ann@example.com,555-0101,1990-05-06,1', { withheld: true }],
  ])('csv: %s', async (_, line, expected) => {
    const { rejects } = await read(`${header}\n${line}\n`);

    expect(rejects).toEqual([expect.objectContaining({ line: 2, offset: 27, key: 'orders/a.csv', ...expected })]);
    expect(JSON.stringify(rejects)).not.toMatch(/ann@|555-0|1990/);
  });

  test.each([
    [
      '{"id":1,"email":"ann@example.com","amount":"abc","note":"Ann Lee","born":null}',
      { raw: '{"id":"***","email":"***","amount":"abc","born":null}', redacted: ['id', 'email', 'phone', 'born'] },
    ],
    ['{"id":"Ann Lee"}', { column: 'id', reason: 'the value does not fit bigint', raw: '{"id":"***"}' }],
    ['{"id":1,"email":"ann@example.com"', { reason: 'the line is not JSON', withheld: true }],
    [
      '{"id":1,"born":{"day":"1990-05-06"}}',
      { reason: 'the value does not fit date', raw: '{"id":"***","born":"***"}' },
    ],
  ])('ndjson: %s', async (line, expected) => {
    const { rejects } = await read(`${line}\n`, { format: ndjson, onDrift: 'ignore' });

    expect(rejects).toEqual([expect.objectContaining(expected)]);
    expect(JSON.stringify(rejects)).not.toMatch(/ann@|Ann|1990/);
  });

  test('rows of an API: members of the contract alone, personal data masked', async () => {
    const { rejects } = await writeRows(
      staging,
      COLUMNS,
      [{ id: 1, email: 'ann@example.com', amount: 'abc', note: 'Ann Lee' }, { id: 'Ann' }],
      { onDrift: 'ignore' },
    );

    expect(rejects).toMatchObject([
      { row: 1, column: 'amount', raw: '{"id":"***","email":"***","amount":"abc"}' },
      { row: 2, column: 'id', reason: 'the value does not fit bigint', raw: '{"id":"***"}' },
    ]);
  });

  test('drift shows no examples of personal data', async () => {
    const lines = Array.from({ length: 20 }, (_, n) => `${n},a,b,Ann ${n},1`);

    const error = await read([header, ...lines, ''].join('\n')).catch((failure: Error) => failure.message);

    expect(error).toContain("changed: 'born' from date to text. Correct");
  });
});

test('whatever a file holds, no personal data is in the work bucket', async () => {
  const secret = fc.constantFrom('Zyxw', 'q"Zyxw', 'Zyxw,1', 'Zyxw\\n', ' Zyxw ', 'Zyxwäß', '{"Zyxw":1}', "Zyxw'");
  const field = fc.oneof(secret, fc.constantFrom('1', '', 'x', '1990-01-01', '"', '"a', '\\u0000'));
  const record = fc.array(field, { minLength: 3, maxLength: 7 });
  const columns = COLUMNS.map((one) => ({ ...one, pii: one.pii ?? ('mask' as const) }));
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 12 }), fc.boolean(), async (records, quotes) => {
      const quote = (text: string) => (quotes ? `"${text.replaceAll('"', '""')}"` : text);
      const csv = ['id,email,phone,born,amount', ...records.map((one) => one.map(quote).join(','))].join('\n');
      const names = ['id', 'email', 'phone', 'born', 'amount', 'a', 'b'];
      const objects = records.map((one) => JSON.stringify(Object.fromEntries(one.map((text, n) => [names[n], text]))));
      const policy = { onDrift: { newColumns: 'ignore', changedTypes: 'quarantine' }, columns } as const;
      await read(csv, policy);
      await read(objects.map((text, n) => (n % 3 === 2 ? text.slice(0, -1) : text)).join('\n'), {
        ...policy,
        format: ndjson,
      });
      await writeRows(
        staging,
        columns,
        objects.map((text) => JSON.parse(text)),
        policy,
      );
    }),
    { numRuns: 15 },
  );

  expect(await written()).not.toContain('Zyxw');
});

test.each([
  [
    'no secret',
    async () => Promise.reject(new SourceRefused('There is no secret stepwell/p.')),
    /There is no secret stepwell\/orders-pii, whose key hashes .* aws secretsmanager create-secret --name stepwell\/orders-pii/,
  ],
  [
    'a secret without a key',
    async () => ({ password: 'Zyxw' }),
    /has no key of at least 32 characters.* put-secret-value --secret-id stepwell\/orders-pii/,
  ],
  ['a short key', async () => ({ key: 'short' }), /has no key of at least 32 characters/],
])('%s is refused, with what to do', async (_, reading, message) => {
  const opened = openProtection({ columns: COLUMNS, piiSecret: 'orders-pii' }, () => ({ read: reading }));

  await expect(opened).rejects.toMatchObject({ name: 'SourceRefused', message: expect.stringMatching(message) });
});

test('a mask needs no key', async () => {
  const masked = column('phone', 'text', { pii: 'mask' });
  const opened = await openProtection({ columns: [masked] }, () => {
    throw new Error('read');
  });

  expect(opened.of(masked)!('555')).toBe('***');
  expect(opened.of(column('a', 'text'))).toBeUndefined();
});

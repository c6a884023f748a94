import { gzipSync } from 'node:zlib';
import { column, type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const HEADER = 'id,name,amount\n';

describe('a bad row goes to quarantine with line, column, reason and raw text; good rows around it are staged', () => {
  const columns = [
    column('id', 'bigint', { key: true, nullable: false }),
    column('small', 'integer'),
    column('name', { type: 'text', length: 4 }, { nullable: false }),
    column('amount', { type: 'decimal', precision: 6, scale: 2 }),
    column('ratio', 'double'),
    column('ok', 'boolean'),
    column('day', 'date'),
    column('at', 'timestamp'),
    column('more', 'json'),
  ];
  const header = 'id,small,name,amount,ratio,ok,day,at,more';
  const good = (id: number) => `${id},1,Ann,1.5,0.5,true,2026-01-05,2026-01-05 10:00:00,{}`;

  test.each([
    ['a text for a number', 'one,1,Ann,1,1,1,,,', 'id', "'one' is not a whole number"],
    ['a fraction for a whole number', '2,1.5,Ann,1,1,1,,,', 'small', "'1.5' is not a whole number"],
    ['a hexadecimal number', '2,0x10,Ann,1,1,1,,,', 'small', "'0x10' is not a whole number"],
    ['a number out of range', '2,3000000000,Ann,1,1,1,,,', 'small', "'3000000000' is out of range of integer"],
    ['an empty key', ',1,Ann,1,1,1,,,', 'id', 'the key is empty'],
    ['NULL where there may be none', '2,1,,1,1,1,,,', 'name', 'the value is empty, and the column may not be NULL'],
    ['a text too long', '2,1,Annas,1,1,1,,,', 'name', 'the text has 5 characters, the column takes 4'],
    ['more decimals than fit', '2,1,Ann,1.239,1,1,,,', 'amount', "'1.239' has more decimals than decimal(6,2) takes"],
    ['a decimal out of range', '2,1,Ann,12345.00,1,1,,,', 'amount', "'12345.00' is out of range of decimal(6,2)"],
    ['a thousands separator', '2,1,Ann,"1,000",1,1,,,', 'amount', "'1,000' is not a decimal number"],
    ['infinity', '2,1,Ann,1,inf,1,,,', 'ratio', "'inf' is not a number"],
    ['a double out of range', '2,1,Ann,1,1e999,1,,,', 'ratio', "'1e999' is out of range of double"],
    [
      'an offset that no zone has',
      '2,1,Ann,1,1,1,,2026-01-05 10:00:00+99:99,',
      'at',
      "'2026-01-05 10:00:00+99:99' has an offset that no time zone has",
    ],
    [
      'minutes of an offset beyond an hour',
      '2,1,Ann,1,1,1,,2026-01-05 10:00:00+01:75,',
      'at',
      "'2026-01-05 10:00:00+01:75' has an offset that no time zone has",
    ],
    [
      'a NUL in JSON',
      '2,1,Ann,1,1,1,,,"{""a"":""\\u0000""}"',
      'more',
      '\'{"a":"\\u0000"}\' has a NUL character, which no database stores',
    ],
    [
      'half a surrogate pair in JSON',
      '2,1,Ann,1,1,1,,,"[""\\ud800""]"',
      'more',
      '\'["\\ud800"]\' has half a surrogate pair, which UTF-8 cannot hold',
    ],
    [
      'a number in JSON that no double holds',
      '2,1,Ann,1,1,1,,,[1e400]',
      'more',
      "'[1e400]' has a number out of range of double",
    ],
    [
      'JSON nested too deep',
      `2,1,Ann,1,1,1,,,${'['.repeat(1001)}${']'.repeat(1001)}`,
      'more',
      `'${'['.repeat(60)}…' is nested more than 1000 levels deep`,
    ],
    [
      'something else than a boolean',
      '2,1,Ann,1,1,maybe,,,',
      'ok',
      "'maybe' is not a boolean (true, false, yes, no, 1 or 0)",
    ],
    ['a day that does not exist', '2,1,Ann,1,1,1,2026-02-29,,', 'day', "'2026-02-29' is not a day of the calendar"],
    ['a date in another order', '2,1,Ann,1,1,1,05.01.2026,,', 'day', "'05.01.2026' is not a date (YYYY-MM-DD)"],
    [
      'an hour that does not exist',
      '2,1,Ann,1,1,1,,2026-01-05 25:00:00,',
      'at',
      "'2026-01-05 25:00:00' is not a time of the calendar",
    ],
    ['broken JSON', '2,1,Ann,1,1,1,,,{', 'more', "'{' is not JSON"],
    ['too few fields', '2,1,Ann,1,1', null, 'the record has 5 fields, the header has 9'],
    ['too many fields', `${good(2)},surplus`, null, 'the record has 10 fields, the header has 9'],
    ['an unclosed quotation mark', '2,1,"Ann,1,1,1,,,', 'name', 'a quotation mark is opened and never closed'],
    [
      'text after a closing quotation mark',
      '2,1,"A"nn,1,1,1,,,',
      'name',
      'text follows the closing quotation mark; a quotation mark inside a quoted field must be doubled',
    ],
    ['a NUL character', '2,1,A\0n,1,1,1,,,', 'name', 'the text has a NUL character, which no database stores'],
  ])('%s', async (_, raw, name, reason) => {
    const body = [header, good(1), raw, good(3), ''].join('\n');
    const { rows, rejects, output } = await extract(staging, body, { columns });

    expect(rows.map(({ id }) => id)).toEqual(['1', '3']);
    expect(rejects).toEqual([
      {
        bucket: 'landing',
        key: 'orders/a.csv',
        versionId: expect.any(String),
        line: 3,
        offset: header.length + good(1).length + 2,
        column: name,
        reason,
        raw,
      },
    ]);
    expect(output).toMatchObject({ rows: 2, rejected: 1 });
  });

  test('the counts of good and rejected rows are those of the file, many times over', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) =>
      index % 7 === 3 ? `x${index},1,Ann,1,1,1,,,` : good(index),
    );
    const { manifest, rejects } = await extract(staging, [header, ...lines, ''].join('\n'), { columns });

    expect(manifest.source).toMatchObject({ read: 30_000, rejected: 4286 });
    expect(manifest.datasets.orders!.rows).toBe(30_000 - 4286);
    expect(rejects.map(({ raw }) => raw)).toEqual(lines.filter((line) => line.startsWith('x')));
    expect(rejects.map(({ line }) => line)).toEqual(
      lines.flatMap((line, index) => (line.startsWith('x') ? [index + 2] : [])),
    );
  });
});

test('what is longer than Redshift takes is a bad row, not a failed load of all the others', async () => {
  const columns = [column('id', 'bigint'), column('note', 'text'), column('more', 'json')];
  const fits = 'é'.repeat(32_767);
  const body = `id,note,more\n1,${fits},\n2,${fits}é,\n3,,"[""${fits}""]"\n4,x,[]\n`;
  const { rows, rejects } = await extract(staging, body, { columns, mostTextBytes: 65_535 });

  expect(rows.map(({ id }) => id)).toEqual(['1', '4']);
  expect(rejects.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [3, 'note', 'the text has 65536 bytes, Redshift takes 65535'],
    [4, 'more', 'the document has 65538 bytes, Redshift takes 65535'],
  ]);
});

test('the share of bad rows may be exactly what the contract allows', async () => {
  const body = (bad: number) => HEADER + Array.from({ length: 100 }, (_, n) => `${n < bad ? 'x' : n},Ann,1\n`).join('');

  // 0.29 * 100 is 28.999999999999996
  await expect(extract(staging, body(29), { onBadRow: { maxRate: 0.29 } })).resolves.toMatchObject({
    output: { rejected: 29 },
  });
  await expect(extract(staging, body(30), { onBadRow: { maxRate: 0.29 } })).rejects.toMatchObject({
    name: 'TooManyBadRows',
  });
});

test('a record that is not UTF-8 is rejected, not the file', async () => {
  const body = Buffer.concat([
    Buffer.from(`${HEADER}1,Zoë,1\n2,Zo`),
    Buffer.from([0xeb]),
    Buffer.from(',1\n3,Zoë,1\n'),
  ]);
  const { rows, rejects } = await extract(staging, body);

  expect(rows.map(({ name }) => name)).toEqual(['Zoë', 'Zoë']);
  expect(rejects).toEqual([
    expect.objectContaining({ line: 3, column: 'name', reason: 'the text is not valid UTF-8', raw: '2,Zo\ufffd,1' }),
  ]);
});

test('lines are counted through quoted line ends, CRLF and blank lines', async () => {
  const { rejects } = await extract(
    staging,
    'id,name,amount\r\n1,"a\r\nb",1\r\n\r\nx,Ann,1\r\n2,"c\nd",x\r\n3,Ann,y\r\n',
  );

  expect(rejects.map(({ line, raw }) => [line, raw])).toEqual([
    [5, 'x,Ann,1'],
    [6, '2,"c\nd",x'],
    [8, '3,Ann,y'],
  ]);
});

test('an unclosed quotation mark costs its own line, and no good row after it', async () => {
  const more = Array.from({ length: 200_000 }, (_, index) => `${index},row,1`);
  const { rejects, output } = await extract(staging, [`${HEADER}1,"Ann,1`, ...more, ''].join('\n'));

  expect(rejects.map(({ line, raw, reason }) => [line, raw, reason])).toEqual([
    [2, '1,"Ann,1', 'a quotation mark is opened and never closed'],
  ]);
  expect(output.rows).toBe(200_000);
});

test('a line of 100 MB is rejected in bounded memory, with the beginning of its text', async () => {
  const before = process.memoryUsage().rss;
  const long = `2,${'x'.repeat(100 * 1024 * 1024)},1`;
  const { rows, rejects } = await extract(staging, `${HEADER}1,Ann,1\n${long}\n3,Bob,1\n`);

  expect(rows.map(({ id }) => id)).toEqual(['1', '3']);
  expect(rejects).toEqual([
    expect.objectContaining({
      line: 3,
      reason: 'the record is longer than 2 MiB',
      rawTruncated: true,
      raw: long.slice(0, 64 * 1024),
    }),
  ]);
  // The body itself and its way through the server in this process take most of this.
  expect(process.memoryUsage().rss - before).toBeLessThan(1200 * 1024 * 1024);
});

describe('a file that is not what it says is UnreadableFile, in a sentence that says what to do', () => {
  const damaged = gzipSync(HEADER);
  damaged.writeUInt32LE(0, damaged.length - 8);
  const utf16 = Buffer.from(`\ufeff${HEADER}1,Ann,1\n`, 'utf16le');
  test.each([
    ['empty', '', 'it is empty, without even a header. Export it again'],
    [
      'JSON under the name of a CSV',
      '{"id":1,"name":"Ann"}\n',
      'it looks like JSON, but is to be read as CSV. Give it the name',
    ],
    ['a JSON document of many lines', '[\n {"id":1}\n]\n', 'it looks like JSON, but is to be read as CSV'],
    [
      'a header that is not UTF-8',
      Buffer.from('id,n\xe4me,amount\n1,a,1\n', 'latin1'),
      'its header is not UTF-8. Save it as UTF-8',
    ],
    ['only blank lines', '\n\n', 'it is empty, without even a header'],
    ['UTF-16', utf16, 'it looks like a UTF-16 text. Save it as UTF-8'],
    [
      'UTF-16 without a mark',
      utf16.subarray(2),
      'it looks like a UTF-16 text without a byte-order mark. Save it as UTF-8',
    ],
    [
      'an HTML page',
      '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>',
      'it looks like an HTML page ("502 Bad Gateway")',
    ],
    [
      'an XML document',
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
      'it looks like an XML document',
    ],
    [
      'an Excel workbook',
      Buffer.from('PK\x03\x04\x14\0\x06\0rest'),
      'it looks like a ZIP archive or an Excel workbook. Export it as CSV',
    ],
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), 'it looks like a PNG image'],
    ['binary', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 256)), 'it is binary, not text'],
    [
      'a truncated gzip',
      gzipSync(HEADER.repeat(10_000)).subarray(0, 120),
      'the gzip file ends too early, as after a broken upload. Compress it again',
    ],
    ['a damaged gzip', damaged, 'the gzip file is damaged. Compress it again'],
  ])('%s', async (_, body, sentence) => {
    await expect(extract(staging, body)).rejects.toMatchObject({
      name: 'UnreadableFile',
      message: expect.stringContaining(`s3://landing/orders/a.csv cannot be read: ${sentence}`),
    });
  });
});

describe('limits of bad rows', () => {
  const body = `${HEADER}1,Ann,1\nx,Bob,1\ny,Cy,1\n4,Di,1\n`;

  test.each([
    [{ maxCount: 1 }, 'at most 1'],
    [{ maxRate: 0.25 }, 'at most 25 %'],
    [{ maxRate: 0.9, maxCount: 0 }, 'at most 0'],
  ])(
    '%j exceeded fails the task, with the first bad rows in the message and all of them in quarantine',
    async (onBadRow, limit) => {
      const attempt = extract(staging, body, { onBadRow });

      await expect(attempt).rejects.toMatchObject({
        name: 'TooManyBadRows',
        message: expect.stringMatching(
          new RegExp(
            `^2 of 4 rows of s3://landing/orders/a.csv are bad, the contract allows ${limit}\\. Line 3, column id: 'x' is not a whole number\\. Line 4, column id: 'y' is not a whole number\\. All are in s3://work/quarantine/orders/orders/run-1/p1-attempt-\\d+\\.ndjson\\.$`,
          ),
        ),
      });
      const message = await attempt.then(
        () => '',
        (error: Error) => error.message,
      );
      const key = /s3:\/\/work\/(\S+)\.$/.exec(message)![1]!;
      expect((await staging.read({ key })).toString().trim().split('\n')).toHaveLength(2);
    },
  );

  test.each([{ maxCount: 2 }, { maxRate: 0.5 }, {}])('%j is not exceeded by 2 of 4', async (onBadRow) => {
    await expect(extract(staging, body, { onBadRow })).resolves.toMatchObject({ output: { rows: 2, rejected: 2 } });
  });

  test('with several partitions they are left to Check, which sees all of them', async () => {
    await expect(extract(staging, body, { onBadRow: { maxCount: 0 }, partitions: 2 })).resolves.toMatchObject({
      output: { rejected: 2 },
    });
  });
});

/** Each kind of drift by itself, in files of lines and in files with a header. */
import type { OnDrift } from '../../../lib/tasks/drift';
import { type Staging, startStaging } from '../staging';
import { COLUMNS, extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const ndjson = { kind: 'ndjson' } as const;
const csvOf = (rows: readonly string[], header = 'id,name,amount') => `${[header, ...rows].join('\n')}\n`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a changed type', () => {
  const texts = csvOf(numbers(20).map((id) => `${id},Ann,${id} EUR`));

  test('is told from bad rows by most of its values, and fails before anything is read', async () => {
    await expect(extract(staging, texts)).rejects.toMatchObject({
      name: 'ContractDrift',
      message: expect.stringContaining(
        "changed: 'amount' from decimal(8,2) to text, e.g. '1 EUR', '2 EUR', '3 EUR'. Correct the file or the contract; or, in onDrift, changedTypes: 'quarantine' puts aside the rows that do not fit, 'ignore' has NULL in the whole column.",
      ),
    });
  });

  test('in NDJSON, too: an object where there was a number', async () => {
    const body = numbers(20)
      .map((id) => `{"id":${id},"name":"Ann","amount":{"cents":${id}}}\n`)
      .join('');

    await expect(extract(staging, body, { format: ndjson })).rejects.toThrow(
      "changed: 'amount' from decimal(8,2) to JSON object, e.g. '{\"cents\":1}'",
    );
  });

  test('behind the head of a file is found at its end', async () => {
    const rows = numbers(30_000).map((id) => (id < 5000 ? `${id},Ann,` : `${id},Ann,2026-01-0${1 + (id % 9)}`));

    await expect(extract(staging, csvOf(rows))).rejects.toThrow("changed: 'amount' from decimal(8,2) to date");
  });

  test("'quarantine' puts the rows aside, within the limits of bad rows", async () => {
    const onDrift: OnDrift = { changedTypes: 'quarantine' };
    const { rows, rejects, manifest } = await extract(staging, texts, { onDrift });

    expect(rows).toEqual([]);
    expect(rejects).toHaveLength(20);
    expect(manifest.source!.drift).toEqual([
      { kind: 'changed', column: 'amount', was: 'decimal(8,2)', is: 'text', done: 'quarantined' },
    ]);
    await expect(extract(staging, texts, { onDrift, onBadRow: { maxRate: 0.5 } })).rejects.toMatchObject({
      name: 'TooManyBadRows',
    });
  });

  test.each([
    ['csv', texts, { kind: 'csv' } as const],
    [
      'ndjson',
      numbers(20)
        .map((id) => `{"id":${id},"name":"Ann","amount":[${id}]}\n`)
        .join(''),
      ndjson,
    ],
  ])("'ignore' has NULL in the whole column (%s)", async (_, body, format) => {
    const { rows, rejects, manifest } = await extract(staging, body, { format, onDrift: { changedTypes: 'ignore' } });

    expect(rejects).toEqual([]);
    expect(rows).toHaveLength(20);
    expect(rows[0]).toEqual({ id: '1', name: 'Ann', amount: null });
    expect(manifest.source!.drift).toMatchObject([{ kind: 'changed', column: 'amount', done: 'ignored' }]);
  });

  test('a column that may not be NULL cannot be ignored', async () => {
    const body = csvOf(numbers(20).map((id) => `x${id},Ann,1`));

    await expect(extract(staging, body, { onDrift: { changedTypes: 'ignore' } })).rejects.toThrow(
      "changed: 'id' from bigint to text, e.g. 'x1', 'x2', 'x3'. id may not be NULL, so 'ignore' cannot go on without.",
    );
  });

  test.each([
    ['a few bad values', csvOf(numbers(30).map((id) => `${id},Ann,${id % 3 === 0 ? 'x' : id}`)), 10],
    ['bad values in a small file', csvOf(numbers(9).map((id) => `${id},Ann,x`)), 9],
  ])('%s are bad rows', async (_, body, rejected) => {
    const { output, manifest } = await extract(staging, body);

    expect(output.rejected).toBe(rejected);
    expect(manifest.source!.drift).toBeUndefined();
  });

  test('a column of which most rows have nothing is judged by those that have something', async () => {
    const rows = numbers(400).map((id) => `${id},Ann,${id % 20 === 0 ? 'abc' : ''}`);

    await expect(extract(staging, csvOf(rows))).rejects.toThrow("changed: 'amount' from decimal(8,2) to text");
  });

  test('a bad column beside it is not taken for one: values of a bad row count, too', async () => {
    const rows = numbers(40)
      .map((id) => `${id},Ann,${id > 20 ? 'x' : id}.5`)
      .map((row, index) => (index < 12 ? row.replace('Ann', 'a name too long') : row));

    const { output } = await extract(staging, csvOf(rows), { onDrift: { changedTypes: 'fail' } }).catch(
      (error) => error,
    );

    // 20 amounts do not fit, 20 do, 12 of which stand in rows that are bad for their name
    expect(output).toMatchObject({ rejected: 32, rows: 8 });
  });
});

describe('new columns', () => {
  const csv = csvOf(['1,Ann,1,yes'], 'id,name,amount,gift');
  const lines = '{"id":1,"name":"Ann","amount":1}\n{"id":2,"name":"Ann","amount":1,"gift":"yes"}\n';

  test("'quarantine' puts a file with another header aside as a whole, and the run goes on", async () => {
    const { rows, rejects, manifest, output } = await extract(staging, csv, {
      onDrift: { newColumns: 'quarantine' },
      onBadRow: { maxRate: 0 },
    });

    const reason = "it does not fit the contract: new: 'gift' (boolean)";
    expect(rows).toEqual([]);
    expect(rejects).toEqual([
      expect.objectContaining({ key: 'orders/a.csv', line: 1, reason, raw: 'id,name,amount,gift', wholeFile: true }),
    ]);
    expect(output).toMatchObject({ rows: 0, rejected: 0 });
    expect(manifest.source).toMatchObject({
      read: 0,
      rejected: 0,
      aside: [{ file: 's3://landing/orders/a.csv', reason }],
      drift: [{ kind: 'new', column: 'gift', is: 'boolean', done: 'quarantined' }],
    });
  });

  test("'quarantine' puts the rows of NDJSON aside that have a new member", async () => {
    const { rows, rejects, output } = await extract(staging, lines, {
      format: ndjson,
      onDrift: { newColumns: 'quarantine' },
    });

    expect(rows.map(({ id }) => id)).toEqual(['1']);
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "the contract does not know the member 'gift'"],
    ]);
    expect(output.rejected).toBe(1);
  });

  test.each<[OnDrift, string]>([
    ['evolve', 'evolved'],
    ['ignore', 'ignored'],
    [{ newColumns: 'evolve' }, 'evolved'],
  ])('%j is told in the manifest', async (onDrift, done) => {
    const ofCsv = await extract(staging, csv, { onDrift });
    const ofLines = await extract(staging, lines, { format: ndjson, onDrift });

    expect(ofCsv.manifest.source!.drift).toEqual([{ kind: 'new', column: 'gift', is: 'boolean', done }]);
    expect(ofLines.manifest.source!.drift).toEqual([{ kind: 'new', column: 'gift', is: 'text', done }]);
  });

  test('each kind is for itself: new ones may evolve while missing ones fail', async () => {
    const body = csvOf(['1,yes'], 'id,gift');

    await expect(extract(staging, body, { onDrift: { newColumns: 'evolve' } })).rejects.toThrow(
      "missing: 'name' (text(10)), 'amount' (decimal(8,2)); new: 'gift' (boolean). Correct the file or the contract; or, in onDrift, missingColumns: 'ignore' has NULL in their place.",
    );
    await expect(
      extract(staging, body, { onDrift: { newColumns: 'evolve', missingColumns: 'ignore' } }),
    ).resolves.toMatchObject({ rows: [{ id: '1', name: null, amount: null, gift: 'yes' }] });
  });
});

describe('missing columns', () => {
  test("'quarantine': the whole file with a header, each row of NDJSON that lacks a member", async () => {
    const onDrift: OnDrift = { missingColumns: 'quarantine' };
    const file = await extract(staging, csvOf(['1,Ann'], 'id,name'), { onDrift });
    const lines = await extract(staging, '{"id":1,"name":"Ann"}\n{"id":2,"name":"Bob","amount":null}\n', {
      format: ndjson,
      onDrift,
    });

    expect(file.rejects).toEqual([expect.objectContaining({ wholeFile: true })]);
    expect(lines.rows.map(({ id }) => id)).toEqual(['2']);
    expect(lines.rejects).toEqual([
      expect.objectContaining({ line: 1, column: 'amount', reason: "the member 'amount' is missing" }),
    ]);
  });

  test('a member that no row has is told; one that may not be NULL is drift', async () => {
    const body = numbers(10)
      .map((id) => `{"id":${id},"name":"Ann"}\n`)
      .join('');
    const keyless = numbers(10)
      .map((id) => `{"amount":${id},"name":"Ann"}\n`)
      .join('');

    const { manifest } = await extract(staging, body, { format: ndjson });

    expect(manifest.source!.drift).toEqual([
      { kind: 'absent', column: 'amount', was: 'decimal(8,2)', done: 'ignored' },
    ]);
    await expect(extract(staging, keyless, { format: ndjson, columns: COLUMNS })).rejects.toThrow(
      "missing: 'id' (bigint). id may not be NULL, so 'ignore' cannot go on without.",
    );
  });
});

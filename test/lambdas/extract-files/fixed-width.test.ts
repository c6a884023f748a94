import { gzipSync } from 'node:zlib';
import type { FileFormat } from '../../../lib/tasks/common';
import { column, type Staging, startStaging } from '../staging';
import { extract, type Options } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const format: FileFormat = {
  kind: 'fixedWidth',
  fields: [
    { name: 'id', width: 4 },
    { name: 'name', width: 6 },
    { name: 'filler', width: 2 },
    { name: 'amount', width: 8 },
  ],
};
const read = (body: string | Buffer, options: Options = {}) =>
  extract(staging, body, { format, onBadRow: { maxRate: 1 }, ...options });
const line = (id: string, name: string, amount: string) => `${id.padStart(4)}${name.padEnd(6)}##${amount.padStart(8)}`;

test('fields are cut at their places, without the spaces around them; an empty one is NULL', async () => {
  const body = `${line('1', 'Ann', '12.50')}\r\n${line('0002', 'Ünder', '')}\n${line('3', '😀😀😀😀😀😀', '-1')}`;
  for (const one of [body, gzipSync(body)]) {
    const { rows, rejects } = await read(one);
    expect(rejects).toEqual([]);
    expect(rows).toEqual([
      { id: '1', name: 'Ann', amount: '12.50' },
      { id: '2', name: 'Ünder', amount: null },
      { id: '3', name: '😀😀😀😀😀😀', amount: '-1.00' },
    ]);
  }
});

test('a line of another length is a bad row: a value may have been cut', async () => {
  const { rows, rejects } = await read(`${line('1', 'Ann', '12.50')}\n${line('2', 'Bob', '3')}9\n   3Cyd   ##   1\n\n`);
  expect(rows).toHaveLength(1);
  expect(rejects.map(({ line: at, reason }) => [at, reason])).toEqual([
    [2, 'the line has 21 characters, its fields have 20'],
    [3, 'the line has 16 characters, its fields have 20'],
  ]);
});

test('with trimmed, the spaces at the end of a line may be missing; spaces behind the last field may be there', async () => {
  const trimmed: FileFormat = { ...format, trimmed: true };
  const { rows, rejects } = await read(`   1Ann\n   2Bob   ##       3   \n`, { format: trimmed });
  expect(rejects).toEqual([]);
  expect(rows).toEqual([
    { id: '1', name: 'Ann', amount: null },
    { id: '2', name: 'Bob', amount: '3.00' },
  ]);
});

test('values are judged by the contract, and read as the format spells them', async () => {
  const columns = [
    column('id', 'bigint', { key: true, nullable: false }),
    column('opened_on', 'date'),
    column('total', 'double', { from: 'SUM' }),
  ];
  const spelt: FileFormat = {
    kind: 'fixedWidth',
    fields: [
      { name: 'id', width: 3 },
      { name: 'opened_on', width: 8 },
      { name: 'SUM', width: 8 },
    ],
    dateFormat: '%Y%m%d',
    decimal: ',',
    nullText: '?',
  };
  const { rows, rejects } = await read(
    '00120260131    1,50\n002       ?       ?\n   20260131    1,50\n00320260231    1,50\n',
    {
      format: spelt,
      columns,
    },
  );
  expect(rows).toEqual([
    { id: '1', opened_on: '2026-01-31', total: 1.5 },
    { id: '2', opened_on: null, total: null },
  ]);
  expect(rejects.map(({ line: at, column: name }) => [at, name])).toEqual([
    [3, 'id'],
    [4, 'opened_on'],
  ]);
});

test('a range begins at a line', async () => {
  const lines = Array.from({ length: 10 }, (_, id) => `${line(String(id), 'x', '1')}\n`);
  const start = lines.slice(0, 4).join('').length;
  const { rows } = await read(lines.join(''), { range: { start, end: start + lines[4]!.length * 3, line: 5 } });
  expect(rows.map(({ id }) => id)).toEqual(['4', '5', '6']);
});

import { compareRows } from '../../lib/model-tests/compare';
import type { JudgedRow } from '../../lib/model-tests/judge-rows';
import type { OutputColumn } from '../../lib/tasks/common';

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: true },
  { name: 'share', type: { type: 'double' }, nullable: true },
  { name: 'tags', type: { type: 'json' }, nullable: true },
];
const row = (id: string | null, share: string | null = null, tags: string | null = null): JudgedRow =>
  new Map([
    ['id', id],
    ['share', share],
    ['tags', tags],
  ]);
const compare = (expected: JudgedRow[], actual: JudgedRow[], ordered = false) =>
  compareRows(expected, actual, { columns: COLUMNS, ordered });

test('rows agree in any order, as often as they are there', () => {
  expect(compare([row('1'), row('2'), row('2')], [row('2'), row('1'), row('2')])).toBeUndefined();
  expect(compare([row('1'), row('1')], [row('1')])).toEqual({ missing: [row('1')], unexpected: [], changed: [] });
});

test('the order counts when it is asked for', () => {
  expect(compare([row('1'), row('2')], [row('2'), row('1')], true)).toMatchObject({ order: true });
  expect(compare([row('1'), row('2')], [row('1'), row('2')], true)).toBeUndefined();
});

test('doubles agree up to their last digits, documents whatever the order of their members', () => {
  expect(
    compare(
      [row('1', '0.3', '{"a":1,"b":[{"c":2,"d":3}]}')],
      [row('1', '0.30000000000000004', '{"b":[{"d":3,"c":2}],"a":1}')],
    ),
  ).toBeUndefined();
  expect(compare([row('1', '0.3')], [row('1', '0.31')])).toMatchObject({ changed: [{ columns: ['share'] }] });
  expect(compare([row('1', null, '[1,2]')], [row('1', null, '[2,1]')])).toMatchObject({
    changed: [{ columns: ['tags'] }],
  });
});

test('NULL is no value, and only equal to itself', () => {
  expect(compare([row(null)], [row(null)])).toBeUndefined();
  expect(compare([row('0')], [row(null)])).toBeDefined();
});

test('rows with most in common are one that has changed', () => {
  const expected = [row('1', '1', '[]'), row('2', '2', '[]')];
  const actual = [row('2', '9', '[]'), row('7', '7', '[7]'), row('1', '1', '[0]')];

  expect(compare(expected, actual)).toEqual({
    changed: [
      { expected: expected[0], actual: actual[2], columns: ['tags'] },
      { expected: expected[1], actual: actual[0], columns: ['share'] },
    ],
    missing: [],
    unexpected: [actual[1]],
  });
});

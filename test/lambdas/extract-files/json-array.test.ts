import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { JsonArrayScanner } from '../../../lambdas/extract-files/scan-json-array';
import { UnreadableFile } from '../../../lib/tasks/errors';
import { type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const read = (body: string | Buffer, path?: string, more: object = {}) =>
  extract(staging, body, { format: { kind: 'jsonArray', ...(path === undefined ? {} : { path }) }, ...more });
const byId = (rows: readonly Record<string, unknown>[]) => [...rows].sort((a, b) => Number(a.id) - Number(b.id));

test('an array of objects, however it is laid out, plain or gzipped', async () => {
  const pretty = JSON.stringify(
    [
      { id: 1, name: 'a', amount: 1.1 },
      { id: 2, name: '}],"', amount: null },
    ],
    null,
    2,
  );
  for (const body of [pretty, gzipSync(pretty)]) {
    const { rows, rejects } = await read(body);
    expect(byId(rows)).toEqual([
      { id: '1', name: 'a', amount: '1.10' },
      { id: '2', name: '}],"', amount: null },
    ]);
    expect(rejects).toEqual([]);
  }
});

test('an array at a path, with large members around it', async () => {
  const document = {
    note: 'x"{['.repeat(100_000),
    other: { items: [{ id: 99 }] },
    data: {
      total: 2,
      items: [
        { id: 1, name: 'a', amount: 1 },
        { id: 2, name: 'b', amount: 2 },
      ],
      more: [[{}]],
    },
    after: ['y'.repeat(1_000_000)],
  };
  const { rows } = await read(JSON.stringify(document), 'data.items');
  expect(byId(rows).map(({ id }) => id)).toEqual(['1', '2']);
});

test('numbers keep all their digits', async () => {
  const { rows } = await read('[{"id":9007199254740993,"name":"x","amount":123456.10}]');
  expect(rows).toEqual([{ id: '9007199254740993', name: 'x', amount: '123456.10' }]);
});

test('a bad element is quarantined with its line and offset, and the others are read', async () => {
  const body =
    '[\n  {"id": 1, "name": "a", "amount": 1},\n  {"id": "x", "name": "b",\n   "amount": 2},\n  7,\n  [1],\n  {"id": 3,, },\n  {"id": 4, "name": "d", "amount": 4}\n]\n';
  const { rows, rejects, output } = await read(body, undefined, { onBadRow: { maxRate: 1 } });
  expect(byId(rows).map(({ id }) => id)).toEqual(['1', '4']);
  expect(
    rejects.map(({ line, column, reason, raw, offset }) => ({
      line,
      column,
      reason,
      at: body.slice(offset!, offset! + raw.length) === raw,
    })),
  ).toEqual([
    { line: 3, column: 'id', reason: "'x' is not a whole number", at: true },
    { line: 5, column: null, reason: 'the element is JSON, but not an object', at: true },
    { line: 6, column: null, reason: 'the element is a JSON array, where an object is expected', at: true },
    { line: 7, column: null, reason: 'the element is not JSON', at: true },
  ]);
  expect(output).toMatchObject({ rows: 2, rejected: 4 });
});

test('an element that is too long is one bad row, and reading goes on behind it', async () => {
  const long = `{"id":2,"name":"${'x'.repeat(5 << 20)}","amount":2}`;
  const { rows, rejects } = await read(
    `[{"id":1,"name":"a","amount":1},${long},{"id":3,"name":"c","amount":3}]`,
    undefined,
    { onBadRow: { maxRate: 1 } },
  );
  expect(byId(rows).map(({ id }) => id)).toEqual(['1', '3']);
  expect(rejects).toMatchObject([{ reason: 'the record is longer than 2 MiB', rawTruncated: true }]);
});

test('new members and missing ones are told as of lines', async () => {
  await expect(read('[{"id":1,"name":"a","amount":1,"more":2}]')).rejects.toThrow(/new: 'more'/);
  const { rows } = await read('[{"id":1,"name":"a","amount":1},{"id":2,"more":{"a":[1]}}]', undefined, {
    onDrift: 'evolve',
  });
  expect(byId(rows).map(({ more }) => more)).toEqual([null, '{"a":[1]}']);
});

const file = 's3://landing/orders/a.csv cannot be read: ';
test.each([
  ['', undefined, 'it is empty'],
  [
    '{"data":[]}',
    undefined,
    "it is an object, where an array is expected. Name the array's path in the contract, e.g. jsonArray({ path: 'data' })",
  ],
  ['"text"', undefined, 'it is something else, where an array is expected'],
  ['{"id":1}\n{"id":2}\n', undefined, 'it is an object, where an array is expected'],
  ['[]', 'data', 'it is no object'],
  ['{"a":1,"b":[{"data":[]}]}', 'data', "it has no member 'data'. Correct the path"],
  ['{"data":{"rows":[]}}', 'data.items', "it has no member 'items' in data"],
  ['{"data":{"items":{}}}', 'data.items', 'its member data.items is an object, where an array is expected'],
  ['{"data":null}', 'data.items', 'its member data is no object'],
  ['[{"id":1,"name":"a","amount":1},{"id":2', undefined, 'the JSON document ends too early after element 1'],
  ['{"data":[{"id":1,"name":"a","amount":1}]', 'data', 'the JSON document ends too early after element 1'],
  ['[{"id":1,"name":"a","amount":1} {"id":2}]', undefined, 'it is not JSON: a comma is expected after element 1'],
  ['[{"id":1,"name":"a","amount":1},]', undefined, 'it is not JSON: element 2 is missing'],
  ['[]\n[]', undefined, 'it is not JSON: something follows the end of the document; for an object a line use ndjson()'],
])('%j at %p cannot be read: %s', async (body, path, what) => {
  const error = await read(body, path).catch((one) => one);
  expect(error).toBeInstanceOf(UnreadableFile);
  expect(error.message).toContain(file + what);
});

test('an empty array has no rows', async () => {
  expect((await read(' [ ] ')).rows).toEqual([]);
});

const json = fc.json({ maxDepth: 3 });

test('elements are found whatever they hold and wherever the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(json, { maxLength: 8 }),
      json,
      fc.constantFrom('', ' ', '\n', '\n\t '),
      fc.integer({ min: 1, max: 30 }),
      (elements, other, space, piece) => {
        const array = `[${space}${elements.join(`${space},${space}`)}${space}]`;
        const document = Buffer.from(
          `${space}{"x":${other},"a":{"b":${array},"c":${other}}${space},"y":${other}}${space}`,
        );
        const scanner = new JsonArrayScanner({ file: 'f', path: ['a', 'b'] });
        const found: string[] = [];
        let lines = 0;
        let from = 0;
        for (let end = Math.min(piece, document.length); ; end = Math.min(end + piece, document.length)) {
          const isLast = end === document.length;
          from = scanner.scan(document, from, end, isLast, {
            element: (start, to) => found.push(document.toString('utf8', start, to)) > 0,
            endless: () => {},
            lines: (count) => {
              lines += count;
            },
          });
          if (isLast) break;
        }
        expect(found).toEqual(elements);
        expect(lines).toBe(document.toString().split('\n').length - 1);
      },
    ),
    { numRuns: 500 },
  );
});

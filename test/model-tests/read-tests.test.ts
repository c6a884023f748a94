import { TestFileError } from '../../lib/model-tests/errors';
import { readTests } from '../../lib/model-tests/read-tests';

const first = (text: string) => readTests(text, 'a.test.yaml')[0]!;
const rowsOf = (text: string) =>
  first(text).expect.rows.map(({ cells }) => Object.fromEntries([...cells].map(([name, cell]) => [name, cell.text])));

function mistakesIn(text: string): string[] {
  try {
    readTests(text, 'a.test.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof TestFileError)) throw error;
    return error.message.split('\n');
  }
}

test('values are as they are written, whatever YAML takes them for', () => {
  const [row] = rowsOf(`
- name: a
  expect:
    - { a: 10.10, b: 007, c: 12345678901234567890, d: yes, e: 2026-01-31, f: "1", g: '', h: null, i: ~, j: , k: 0x1F }
`);

  expect(row).toEqual({
    a: '10.10',
    b: '007',
    c: '12345678901234567890',
    d: 'yes',
    e: '2026-01-31',
    f: '1',
    g: '',
    h: null,
    i: null,
    j: null,
    k: '0x1F',
  });
});

test('a list or a map is a JSON document, with all digits of its numbers', () => {
  const [row] = rowsOf('- { name: a, expect: [{ j: { a: [1.10, null, x, true], "b c": 12345678901234567890 } }] }');

  expect(row).toEqual({ j: '{"a":[1.10,null,"x",true],"b c":12345678901234567890}' });
});

test('CSV text may be aligned; an empty field is NULL, and a quoted one an empty text', () => {
  const rows = rowsOf(`
- name: a
  expect: |
    id, name,     note

    1,  "Ann, A", ""
    2,  ,         x
`);

  expect(rows).toEqual([
    { id: '1', name: 'Ann, A', note: '' },
    { id: '2', name: null, note: 'x' },
  ]);
});

test('a row may be that of another one with some values of its own', () => {
  const rows = rowsOf(`
- name: a
  given: { x: [&base { id: 1, name: Ann }] }
  expect: [*base, { <<: *base, name: Bob }, { name: Eve, <<: [*base, { id: 9, city: Rome }] }]
`);

  expect(rows).toEqual([
    { id: '1', name: 'Ann' },
    { id: '1', name: 'Bob' },
    { id: '1', city: 'Rome', name: 'Eve' },
  ]);
});

test('an interval is in UTC, of days or of times', () => {
  const { interval } = first(
    '- { name: a, expect: [], interval: { start: 2026-01-31, end: "2026-02-01T02:00+01:00" } }',
  );

  expect(interval).toEqual({ start: '2026-01-31T00:00:00.000Z', end: '2026-02-01T01:00:00.000Z' });
});

test('each thing knows its line', () => {
  const {
    line,
    given,
    expect: expected,
  } = readTests(
    '\n- name: a\n  given:\n    x: |\n      id\n      1\n      2\n  expect:\n    - id: 1\n      name: Ann\n',
    'a.test.yaml',
  )[0]!;

  expect(line).toBe(2);
  expect(given.get('x')!.rows.map((row) => row.line)).toEqual([6, 7]);
  expect(expected.rows[0]!.cells.get('name')!.line).toBe(10);
});

test.each([
  ['', ['a.test.yaml:1: a file of tests is a list. Write - name: …, given: { <source>: [rows] }, expect: [rows]']],
  [
    '- name: a\n  expect: []\n   given: {}\n',
    ['a.test.yaml:3: it is no YAML: All mapping items must start at the same column. Correct it; indent with spaces.'],
  ],
  [
    '- name: a\n  expct: []\n',
    [
      "a.test.yaml:2: a test has no 'expct'. Did you mean 'expect'?",
      'a.test.yaml:1: a test has rows to expect. Write expect: [rows], or expect: [] for none.',
    ],
  ],
  ['- expect: []\n', ['a.test.yaml:1: a test has a name. Say in name what it shows.']],
  ['- text\n', ['a.test.yaml:1: a test is a map. Write - name: …, given: { <source>: [rows] }, expect: [rows]']],
  [
    '- { name: a, expect: [1] }\n',
    [
      'a.test.yaml:1: a row of expect is no map. Write a list of maps (- { id: 1, name: a }), or CSV text behind a | with a header line.',
    ],
  ],
  [
    '- name: a\n  expect: |\n    id,name\n    1\n',
    [
      'a.test.yaml:4: a row of expect has 1 values, its header 2. Correct it; a value with a comma is written in quotes.',
    ],
  ],
  ['- { name: a, expect: [] }\n- { name: a, expect: [] }\n', ["a.test.yaml:2: two tests are named 'a'. Rename one."]],
  [
    '- { name: a, expect: [], ordered: 1 }',
    ['a.test.yaml:1: ordered is true or false. Leave it out where the order does not matter.'],
  ],
  [
    '- { name: a, expect: [], interval: { start: 2026-02-31, end: 2026-02-01 } }',
    [
      "a.test.yaml:1: interval.start '2026-02-31' is no time. Write interval: { start: 2026-01-01, end: 2026-01-02T06:00Z }: days from midnight UTC, times with Z or an offset.",
    ],
  ],
  [
    '- { name: a, expect: [], interval: { start: 2026-02-02, end: 2026-02-01 } }',
    ['a.test.yaml:1: the interval ends before it starts. Its start is before its end.'],
  ],
])('%j is told with its line', (text, expected) => {
  expect(mistakesIn(text)).toEqual(expected);
});

/** A file of tests, `<model>.test.yaml`, as data with the lines where each thing stands. What the names in it mean is judged later. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { suggest } from '../pipeline/errors';
import type { Interval } from '../tasks/schedule';
import { type Mistake, TestFileError } from './errors';
import { type Reading, readTable, resolved, type Table } from './read-rows';

export interface ModelTest {
  readonly name: string;
  readonly line: number;
  /** of the run, where the pipeline has a schedule */
  readonly interval?: Interval;
  readonly given: ReadonlyMap<string, Table>;
  readonly expect: Table;
  /** rows must come in the order of `expect` */
  readonly ordered: boolean;
}

const MEMBERS = ['name', 'interval', 'given', 'expect', 'ordered'];
const EXAMPLE = '- name: …, given: { <source>: [rows] }, expect: [rows]';

/** @throws {TestFileError} with every mistake that can be seen without the pipeline */
export function readTests(text: string, file: string): ModelTest[] {
  const mistakes: Mistake[] = [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  for (const { message, pos } of document.errors) {
    const rule = `it is no YAML: ${message.replace(/[.\s]+$/, '')}`;
    mistakes.push({ line: lines.linePos(pos[0]).line, rule, remedy: 'Correct it; indent with spaces.' });
  }
  if (mistakes.length > 0) throw new TestFileError(file, mistakes);

  const reading: Reading = {
    document,
    lineOf: (node) => lines.linePos((node as { range?: [number] } | null)?.range?.[0] ?? 0).line || 1,
    complain: (mistake) => mistakes.push(mistake),
  };
  const tests = readList(document.contents, reading);
  for (const [index, { name, line }] of tests.entries()) {
    if (tests.findIndex((other) => other.name === name) === index) continue;
    mistakes.push({ line, rule: `two tests are named '${name}'`, remedy: 'Rename one.' });
  }
  if (mistakes.length > 0) throw new TestFileError(file, mistakes);
  return tests;
}

function readList(node: unknown, reading: Reading): ModelTest[] {
  if (!isSeq(node) || node.items.length === 0) {
    reading.complain({ line: reading.lineOf(node), rule: 'a file of tests is a list', remedy: `Write ${EXAMPLE}` });
    return [];
  }
  return node.items.map((item) => readTest(resolved(item, reading), reading.lineOf(item), reading));
}

function readTest(node: unknown, line: number, reading: Reading): ModelTest {
  if (!isMap(node)) {
    reading.complain({ line, rule: 'a test is a map', remedy: `Write ${EXAMPLE}` });
    return { name: `on line ${line}`, line, given: new Map(), expect: EMPTY, ordered: false };
  }
  for (const { key } of node.items) {
    const name = keyOf(key);
    if (MEMBERS.includes(name)) continue;
    const rule = `a test has no '${name}'`;
    reading.complain({ line: reading.lineOf(key), rule, remedy: suggest(name, MEMBERS) });
  }
  const name = node.get('name');
  if (typeof name !== 'string' || name.trim() === '') {
    reading.complain({ line, rule: 'a test has a name', remedy: 'Say in name what it shows.' });
  }
  const interval = node.get('interval', true);
  const ordered = node.get('ordered', true);
  if (ordered !== undefined && typeof ordered.value !== 'boolean') {
    const rule = 'ordered is true or false';
    reading.complain({ line: reading.lineOf(ordered), rule, remedy: 'Leave it out where the order does not matter.' });
  }
  return {
    name: String(name ?? `on line ${line}`).trim(),
    line,
    ...(interval === undefined ? {} : { interval: readInterval(interval, reading) }),
    given: readGiven(node, reading),
    expect: readExpect(node, line, reading),
    ordered: ordered?.value === true,
  };
}

const EMPTY: Table = { line: 1, columns: [], rows: [] };
const keyOf = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

/** Without `given`, every input is empty: what a model makes of nothing is worth a test. */
function readGiven(test: YAMLMap, reading: Reading): Map<string, Table> {
  const node = test.get('given', true) as unknown;
  const given = resolved(node, reading);
  if (given === undefined || (isScalar(given) && given.value === null)) return new Map();
  if (!isMap(given)) {
    const rule = 'given is a map from each input to its rows';
    reading.complain({ line: reading.lineOf(node), rule, remedy: 'Write given: { <source or model>: [rows] }' });
    return new Map();
  }
  return new Map(
    given.items.map(({ key, value }) => [
      keyOf(key),
      // `orders:` with nothing behind it is an empty table
      value === null || (isScalar(value) && value.value === null)
        ? { ...EMPTY, line: reading.lineOf(key) }
        : readTable(value, keyOf(key), reading),
    ]),
  );
}

function readExpect(test: YAMLMap, line: number, reading: Reading): Table {
  if (test.has('expect')) return readTable(test.get('expect', true), 'expect', reading);
  reading.complain({
    line,
    rule: 'a test has rows to expect',
    remedy: 'Write expect: [rows], or expect: [] for none.',
  });
  return EMPTY;
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i;

/** JavaScript takes 31 February for 3 March. */
function isOfCalendar(text: string): boolean {
  const [day, time] = [new Date(`${text.slice(0, 10)}T00:00Z`), new Date(text.replace(' ', 'T'))];
  return (
    !Number.isNaN(day.getTime()) &&
    !Number.isNaN(time.getTime()) &&
    day.toISOString().slice(0, 10) === text.slice(0, 10)
  );
}

function readInterval(node: unknown, reading: Reading): Interval {
  const value = resolved(node, reading);
  const edge = (name: 'start' | 'end'): string => {
    const at = isMap(value) ? value.get(name, true) : undefined;
    const text = isScalar(at) ? String(at.source ?? at.value) : '';
    if ((DAY.test(text) || TIME.test(text)) && isOfCalendar(text))
      return new Date(text.replace(' ', 'T')).toISOString();
    reading.complain({
      line: reading.lineOf(at ?? node),
      rule: `interval.${name} ${text === '' ? 'is missing' : `'${text}' is no time`}`,
      remedy:
        'Write interval: { start: 2026-01-01, end: 2026-01-02T06:00Z }: days from midnight UTC, times with Z or an offset.',
    });
    return '';
  };
  const interval = { start: edge('start'), end: edge('end') };
  if (interval.start !== '' && interval.start >= interval.end && interval.end !== '') {
    const rule = 'the interval ends before it starts';
    reading.complain({ line: reading.lineOf(node), rule, remedy: 'Its start is before its end.' });
  }
  return interval;
}

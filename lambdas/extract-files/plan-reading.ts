/** How a file of text is read: which of its columns are which of the contract's, and by which format its records are found. */
import { isUtf8 } from 'node:buffer';
import type { ContractColumn, FileSlice, OutputColumn } from '../../lib/tasks/common';
import type { ExtractFilesInput } from '../../lib/tasks/extract-files';
import { conventionFor } from '../shared/contract/conventions';
import { isNullable } from '../shared/contract/judge-value';
import { matchHeader } from '../shared/contract/match-header';
import type { PartitionDrift } from '../shared/contract/partition-drift';
import { type Dialect, detectDialect, unreadable } from '../shared/inspect-head';
import { lookAtCsv } from './look-at-csv';
import type { OpenFile } from './open-file';
import type { Format, Position } from './read-blocks';
import { CsvFormat } from './read-csv';
import { fieldText, readCsvRecord } from './read-csv-record';
import { FixedWidthFormat } from './read-fixed-width';
import { firstElements, JsonArrayFormat } from './read-json-array';
import { LINES } from './read-lines';
import { firstLines, lookAtJson, NdjsonFormat } from './read-ndjson';
import type { JsonArrayPlace } from './scan-json-array';
import type { ColumnStore, StoredColumn } from './scanner/columns';

/** What the rows of a file have in common with those of other files: such files go into the same parts. */
export interface Shape {
  /** the file's columns, in order */
  readonly columns: readonly StoredColumn[];
  readonly missing: readonly ContractColumn[];
  /** the source's columns as its dataset has them: the contract's, then new ones */
  readonly output: readonly OutputColumn[];
  /** names among `output` that the contract does not have */
  readonly evolved: readonly string[];
  readonly nullText?: string | undefined;
}

export interface Reading {
  readonly shape: Shape;
  /** needs the columns' store, whose columns are known only now */
  readonly format: (store: ColumnStore) => Format;
  readonly dialect: Dialect;
  readonly start: Position;
  /** why the whole file goes to quarantine, and its header */
  readonly aside?: { readonly reason: string; readonly raw: string };
}

export interface ReadingContext {
  /** names the file in messages */
  readonly file: string;
  readonly source: ExtractFilesInput['source'];
  /** members that JSON objects turned out to have beside the contract's: columns of all parts */
  readonly extras: Map<string, string>;
  readonly drift: PartitionDrift;
}

const TEXT = { type: 'text' } as const;

type FormatOf<K extends FileSlice['format']['kind']> = Extract<FileSlice['format'], { kind: K }>;

export type TextSlice = FileSlice & { readonly format: Exclude<FileSlice['format'], { kind: 'parquet' }> };

export function planReading(opened: OpenFile, { format, range }: TextSlice, context: ReadingContext): Reading {
  switch (format.kind) {
    case 'csv':
      return csvReading(opened, format, range, context);
    case 'ndjson':
      return jsonReading(opened, range, context);
    case 'jsonArray': {
      const path = format.path?.split('.') ?? [];
      return jsonReading(opened, range, context, { file: context.file, path });
    }
    case 'fixedWidth':
      return fixedWidthReading(opened, format, range, context);
  }
}

function csvReading(
  opened: OpenFile,
  format: FormatOf<'csv'>,
  range: FileSlice['range'],
  { file, source, drift }: ReadingContext,
): Reading {
  const { nullText, header: has = true } = format;
  const { mostTextBytes } = source;
  const dialect = detectDialect(opened.head, format);
  const byPlace = has !== true;
  const header = readHeader(opened.head, dialect, { isThere: has !== false, file });
  const names = byPlace ? source.columns.map((column) => column.from ?? column.name) : header.names;
  const look = lookAtCsv({
    head: opened.head,
    from: header.bytes,
    dialect,
    nullText,
    conventionOf: (column) => conventionFor(column.type, format),
  });
  const place = { file, source: source.name };
  const { columns, missing, drift: told = [], aside } = matchHeader(names, source.columns, source.onDrift, place, look);
  drift.tell(told);
  source.columns.forEach((_, index) => {
    drift.seen.add(index);
  });
  const { evidence } = drift;
  const conventions = columns.map(({ contract }) => contract && conventionFor(contract.type, format));
  const evolved = columns.filter(({ contract, ignored }) => !contract && !ignored).map(({ name }) => name);
  const stored = columns.map(({ name, contract, ignored }, index) => ({
    name,
    type: contract?.type ?? TEXT,
    nullable: !contract || isNullable(contract),
    ignored,
    careful: conventions[index] !== undefined,
    mostBytes: mostTextBytes,
  }));
  return {
    shape: { ...outputOf(source, evolved), columns: stored, missing, nullText },
    format: (store) =>
      new CsvFormat(store, {
        columns,
        contract: source.columns,
        evidence,
        conventions,
        byPlace,
        dialect,
        nullText,
        mostTextBytes,
      }),
    dialect,
    start: range?.start
      ? { offset: range.start, line: range.line }
      : { offset: opened.skipped + header.bytes, line: 1 + header.lines },
    ...(aside === undefined
      ? {}
      : { aside: { reason: aside, raw: opened.head.toString('utf8', 0, header.bytes).trim() } }),
  };
}

/** `array`: the objects are in one; else there is one a line. */
function jsonReading(
  opened: OpenFile,
  range: FileSlice['range'],
  { file, source, extras, drift }: ReadingContext,
  array?: JsonArrayPlace,
): Reading {
  const { columns: contract, mostTextBytes, isStream: isStaged = false } = source;
  const place = { file, source: source.name, names: 'members' } as const;
  const first = array ? firstElements(opened.head, array) : firstLines(opened.head);
  // What the stream's function has let into live tables is not judged otherwise by what else is in a file.
  const nulled = isStaged ? new Set<number>() : drift.headSays(lookAtJson(first, contract), file);
  const output = outputOf(source, [...extras.values()]);
  const options = { contract, place, drift, nulled, extras, mostTextBytes, isStaged };
  return {
    shape: { ...output, columns: output.output.map((column) => ({ ...column, ignored: false })), missing: [] },
    format: (store) => (array ? new JsonArrayFormat(store, { ...options, array }) : new NdjsonFormat(store, options)),
    dialect: LINES,
    start: { offset: range?.start || opened.skipped, line: range?.line ?? 1 },
  };
}

/** The definition says which fields there are, so a file cannot have others: what no column names is filler. */
function fixedWidthReading(
  opened: OpenFile,
  format: FormatOf<'fixedWidth'>,
  range: FileSlice['range'],
  { file, source, drift }: ReadingContext,
): Reading {
  const { fields, nullText, trimmed = false } = format;
  const { columns: contract, mostTextBytes } = source;
  const names = fields.map(({ name }) => name);
  const { columns, missing } = matchHeader(names, contract, 'ignore', { file, source: source.name, names: 'schema' });
  contract.forEach((_, index) => {
    drift.seen.add(index);
  });
  const conventions = columns.map((column) => column.contract && conventionFor(column.contract.type, format));
  const { evidence } = drift;
  const widths = fields.map(({ width }) => width);
  const rules = { columns, contract, evidence, conventions, nullText, mostTextBytes };
  return {
    shape: {
      ...outputOf(source, []),
      columns: columns.map(({ name, contract: column, ignored }) => ({
        name,
        type: column?.type ?? TEXT,
        nullable: !column || isNullable(column),
        ignored,
        mostBytes: mostTextBytes,
      })),
      missing,
    },
    format: (store) => new FixedWidthFormat(store, { ...rules, widths, trimmed }),
    dialect: LINES,
    start: { offset: range?.start || opened.skipped, line: range?.line ?? 1 },
  };
}

export function outputOf(
  source: ReadingContext['source'],
  evolved: readonly string[],
): Pick<Shape, 'output' | 'evolved'> {
  const columns = source.columns.map(({ name, type, nullable }) => ({ name, type, nullable }));
  return { output: [...columns, ...evolved.map((name) => ({ name, type: TEXT, nullable: true }))], evolved };
}

interface Header {
  readonly names: readonly string[];
  readonly bytes: number;
  readonly lines: number;
}

const NO_HEADER: Header = { names: [], bytes: 0, lines: 0 };

/** `isThere` false: the first record is looked at all the same, and is a row. */
function readHeader(head: Buffer, dialect: Dialect, { isThere, file }: { isThere: boolean; file: string }): Header {
  // Blank lines before the header are no header.
  let from = 0;
  while (head[from] === 10 || head[from] === 13) from++;
  const record = readCsvRecord(head, from, head.length, dialect, true);
  if (from === head.length) {
    if (!isThere) return NO_HEADER;
    throw unreadable(file, 'it is empty, without even a header', 'Export it again');
  }
  if (looksLikeJson(head, from)) {
    throw unreadable(
      file,
      'it looks like JSON, but is to be read as CSV',
      'Give it the name that its format has in the contract',
    );
  }
  if (!isUtf8(head.subarray(from, record.kind === 'record' ? record.end : from))) {
    throw unreadable(file, 'its header is not UTF-8', 'Save it as UTF-8');
  }
  if (record.kind !== 'record') throw unreadable(file, 'its header has an unclosed quotation mark', 'Correct it');
  if (!isThere) return NO_HEADER;
  const names = record.fields.map((field) => fieldText(head, field, dialect.quote).trim());
  const lineEnd = dialect.lineEnd === 'cr' ? 13 : 10;
  let lines = 0;
  for (let at = 0; at < record.next; at++) if (head[at] === lineEnd) lines++;
  return { names, bytes: record.next, lines };
}

/** A whole document in the first line, or one that only begins there. */
function looksLikeJson(head: Buffer, from: number): boolean {
  const end = head.indexOf(10, from);
  const line = head.toString('utf8', from, end < 0 ? head.length : end).trim();
  if (!/^[[{]/.test(line)) return false;
  if (/^[[{]+$/.test(line)) return true;
  try {
    JSON.parse(line.replace(/,$/, ''));
    return true;
  } catch {
    return false;
  }
}

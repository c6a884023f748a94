/** The rows of a CSV file, as the extract task would take it apart: as many as it takes to know its columns. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvRecord, fieldText, readCsvRecord } from '../../lambdas/extract-files/read-csv-record';
import {
  byteOrderMarkLength,
  type Dialect,
  detectDialect,
  isGzip,
  isUtf8Head,
  refuseOtherThanText,
} from '../../lambdas/shared/inspect-head';
import { ScaffoldError } from './errors';

export interface Sample {
  /** of the file, without its folder */
  readonly name: string;
  readonly delimiter: string;
  /** all records have as many fields as most of them; the first may be a header */
  readonly records: readonly (readonly string[])[];
  /** records with more or fewer fields, or with quotation marks that do not fit */
  readonly misfits: number;
  /** the file goes on behind what was read */
  readonly isCut: boolean;
  /** the first lines of the file, uncompressed, as it has them */
  readonly beginning: Buffer;
  /** misfits among them */
  readonly misfitsInBeginning: number;
}

const MOST_BYTES = 32 * 1024 * 1024;
/** Values in memory at once. */
const MOST_FIELDS = 2_000_000;
/** What becomes sample data of the new pipeline. */
const BEGINNING_RECORDS = 201;

/** @throws {ScaffoldError} for what is no CSV file in UTF-8 */
export async function readSample(file: string): Promise<Sample> {
  const { bytes, isCut } = await readBeginning(file);
  const name = path.basename(file);
  const text = bytes.subarray(byteOrderMarkLength(bytes));
  refuse(bytes, text, name);
  const delimiter = delimiterOf(text, name);
  const dialect = detectDialect(text, { kind: 'csv', delimiter });
  const { records, misfits, isAll, beginning, misfitsInBeginning, first, usual } = split(text, dialect, isCut);
  if (isCut && records.length <= 1) {
    throw new ScaffoldError(
      `${name} has a record that does not end within ${MOST_BYTES / 1024 / 1024} MB, in line ${records.length + 1}. A quotation mark is not closed there, or it is no CSV file.`,
    );
  }
  if (first !== undefined && first !== usual) throw noHeader(name, first, usual);
  if (records.length === 0) throw new ScaffoldError(`${name} is empty: a file with a row or two is needed.`);
  return { name, delimiter, records, misfits, isCut: isCut || !isAll, beginning, misfitsInBeginning };
}

async function readBeginning(file: string): Promise<{ bytes: Buffer; isCut: boolean }> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ScaffoldError(
      code === 'ENOENT' ? `There is no file ${file}. Correct its name.` : `${file} cannot be opened (${code}).`,
    );
  }
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw new ScaffoldError(`${file} is a folder. Name one of its files.`);
    if (!found.isFile()) throw new ScaffoldError(`${file} is no file that could be read twice. Save it as one.`);
    const magic = Buffer.alloc(2);
    await handle.read(magic, 0, 2, 0);
    const raw: Readable = createReadStream(file);
    const text = isGzip(magic) ? raw.pipe(createGunzip()) : raw;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of text) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > MOST_BYTES) break;
    }
    raw.destroy();
    return { bytes: Buffer.concat(chunks).subarray(0, MOST_BYTES), isCut: length > MOST_BYTES };
  } catch (error) {
    if (error instanceof ScaffoldError) throw error;
    const what = (error as NodeJS.ErrnoException).code?.startsWith('Z_')
      ? `it begins as gzip does, and is broken (${(error as Error).message}). Copy it anew, and try it by gzip -t`
      : (error as Error).message;
    throw new ScaffoldError(`${file} cannot be read: ${what}.`);
  } finally {
    await handle.close();
  }
}

/** Formats that `landedFiles` reads, and nothing here takes apart. */
const declare = (name: string, what: string, format: string): ScaffoldError =>
  new ScaffoldError(
    `${name} looks like ${what}. Columns are read off CSV files: begin without --from, then write format: ${format}() and your columns into pipeline.ts.`,
  );

function refuse(bytes: Buffer, text: Buffer, name: string): void {
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') throw declare(name, 'a Parquet file', 'parquet');
  try {
    refuseOtherThanText(bytes.subarray(0, 64 * 1024), name);
  } catch (error) {
    // What it says of keys and loads is about a run.
    const { message } = error as Error;
    const said = message.replace(/ and put it under the same key.*$/, '.');
    const how = message.includes('UTF-16') ? ` e.g. ${toUtf8('utf-16', name)}` : '';
    throw new ScaffoldError(how === '' ? said : said.replace(/\.$/, `,${how}`));
  }
  if (!isUtf8Head(text)) {
    throw new ScaffoldError(`${name} is not UTF-8. Save it as UTF-8, e.g. ${toUtf8('windows-1252', name)}`);
  }
  const [bracket] = /^\s*[[{]/.exec(text.toString('utf8', 0, 100)) ?? [];
  if (bracket?.endsWith('[')) throw declare(name, 'a JSON array', 'jsonArray');
  if (bracket?.endsWith('{')) throw declare(name, 'JSON lines', 'ndjson');
}

const toUtf8 = (from: string, name: string): string => `iconv -f ${from} -t utf-8 ${name} > utf8-${name}`;

const noHeader = (name: string, first: number, usual: number): ScaffoldError =>
  new ScaffoldError(
    `The first line of ${name} has ${first} ${first === 1 ? 'field' : 'fields'}, most others ${usual}. Remove what stands before the header, or correct the header.`,
  );

/** A comma stands in numbers and texts, the others rarely: the first of them that cuts all records alike is the delimiter. */
const DELIMITERS = ['\t', ';', '|', ','];
const LOOKED_AT = 200;
const MOST_MISFITS = 0.1;

function delimiterOf(text: Buffer, name: string): string {
  const head = text.subarray(0, 1024 * 1024);
  const cuts = DELIMITERS.map((delimiter) => {
    const counts: number[] = [];
    for (const record of recordsOf(
      head,
      detectDialect(head, { kind: 'csv', delimiter }),
      head.length === text.length,
    )) {
      if (record.kind === 'record') counts.push(record.fields.length);
      if (counts.length >= LOOKED_AT) break;
    }
    const usual = mostFrequent(counts);
    const misfits = counts.filter((one) => one !== usual).length;
    return { delimiter, usual, first: counts[0], fits: usual > 1 && misfits <= counts.length * MOST_MISFITS };
  });
  const found = cuts.find(({ fits, first, usual }) => fits && first === usual);
  if (found) return found.delimiter;
  const late = cuts.find(({ fits }) => fits);
  if (late === undefined) return ',';
  throw noHeader(name, late.first ?? 0, late.usual);
}

function* recordsOf(
  text: Buffer,
  dialect: Dialect,
  isAll: boolean,
): Generator<Exclude<CsvRecord, { kind: 'incomplete' }> & { readonly at: number; readonly after: number }> {
  for (let at = 0; at < text.length; ) {
    const record = readCsvRecord(text, at, text.length, dialect, isAll);
    if (record.kind === 'incomplete') return;
    const lineEnd = text.indexOf(dialect.lineEnd === 'cr' ? 13 : 10, at);
    const after = record.kind === 'record' ? record.next : lineEnd < 0 ? text.length : lineEnd + 1;
    // A blank line is no record.
    if (record.kind !== 'record' || record.fields.length > 1 || record.end > at) yield { ...record, at, after };
    at = after;
  }
}

function split(text: Buffer, dialect: Dialect, isCut: boolean) {
  const all: (string[] | undefined)[] = [];
  let fields = 0;
  let end = 0;
  let beginning = text.length;
  let isAll = true;
  for (const record of recordsOf(text, dialect, !isCut)) {
    if (fields > MOST_FIELDS) {
      isAll = false;
      break;
    }
    const texts =
      record.kind === 'record' ? record.fields.map((field) => fieldText(text, field, dialect.quote)) : undefined;
    all.push(texts);
    fields += texts?.length ?? 1;
    end = record.after;
    if (all.length === BEGINNING_RECORDS) beginning = end;
  }
  const usual = mostFrequent(all.flatMap((record) => record?.length ?? []));
  const isMisfit = (record: string[] | undefined) => record?.length !== usual;
  return {
    records: all.filter((record): record is string[] => !isMisfit(record)),
    misfits: all.filter(isMisfit).length,
    isAll,
    beginning: text.subarray(0, Math.min(beginning, end)),
    misfitsInBeginning: all.slice(0, BEGINNING_RECORDS).filter(isMisfit).length,
    /** fields of the first record, and of most */
    first: all[0]?.length,
    usual,
  };
}

/** 0 of none. Of two that are as frequent, the greater one. */
function mostFrequent(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0] ?? 0;
}

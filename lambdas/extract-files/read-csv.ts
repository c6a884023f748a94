/** CSV: the scanner passes over plainly good records, the careful reader takes each of the others apart. */
import { isUtf8 } from 'node:buffer';
import type { ContractColumn } from '../../lib/tasks/common';
import { canonicalField } from './canonical';
import { judgeValue } from './judge-value';
import type { FileColumn } from './match-header';
import type { Format, Output } from './read-blocks';
import { type CsvRecord, type Dialect, type Field, fieldText, lineFrom, readCsvRecord } from './read-csv-record';
import { createScanner, type Scanner } from './scanner/scanner';

export interface CsvOptions {
  readonly columns: readonly FileColumn[];
  readonly dialect: Dialect;
  readonly nullText?: string | undefined;
  /** adds each record's number in the partition as a last field (`_row`) */
  readonly numbered: boolean;
  /** false: every record is read carefully (a test compares the two ways) */
  readonly hurry?: boolean;
}

const NO_LIMIT = 0x7fffffff;

export class CsvFormat implements Format {
  private readonly scanner: Scanner | undefined;
  private readonly delimiter: string;
  private row = 0;

  constructor(
    memory: WebAssembly.Memory,
    private readonly options: CsvOptions,
  ) {
    const { columns, dialect, nullText } = options;
    this.delimiter = String.fromCharCode(dialect.delimiter);
    if (options.hurry === false || dialect.lineEnd === 'cr') return;
    this.scanner = createScanner(memory, {
      columns: columns.map(({ contract, ignored }) => ({
        nullable: !contract || isNullable(contract),
        ...(ignored ? {} : { type: contract?.type ?? { type: 'text' } }),
      })),
      delimiter: dialect.delimiter,
      quote: dialect.quote,
      crlf: dialect.lineEnd === 'crlf',
      nullText,
    });
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    const { scanner } = this;
    let at = from;
    if (!scanner || !this.isClean(bytes, from, end)) {
      while (at < end) {
        const next = this.readOne(bytes, at, end, final, out);
        if (next === undefined) break;
        at = next;
      }
      return at;
    }
    const most = this.options.numbered ? 1 : NO_LIMIT;
    while (at < end) {
      const stopped = scanner.scan(at, end, most);
      if (stopped > at) {
        this.row += scanner.good;
        if (this.options.numbered) this.emitNumbered(bytes, at, stopped, out);
        else out.good(at, stopped, scanner.good);
        out.lines(scanner.lines);
        at = stopped;
      }
      if (!scanner.careful) {
        if (this.options.numbered && scanner.good > 0) continue;
        // The scanner wants a line end after the last record, which files may lack.
        if (!final || at >= end) break;
      }
      const next = this.readOne(bytes, at, end, final, out);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  explainEndless(oneLine: boolean): string {
    return oneLine ? 'the record is longer than 2 MiB' : 'a quotation mark is opened and never closed';
  }

  /** One call for a whole block is far cheaper than one for each field. Cut characters at its end are not the scanner's. */
  private isClean(bytes: Buffer, from: number, end: number): boolean {
    const last = bytes.lastIndexOf(10, end - 1);
    const block = bytes.subarray(from, Math.max(from, last + 1));
    return isUtf8(block) && !block.includes(0);
  }

  /** Reads one record carefully; returns where the next starts, or undefined if it is incomplete. */
  private readOne(bytes: Buffer, at: number, end: number, final: boolean, out: Output): number | undefined {
    const { dialect, columns } = this.options;
    const record = readCsvRecord(bytes, at, end, dialect, final);
    if (record.kind === 'incomplete') return undefined;
    if (record.kind === 'malformed') {
      const line = lineFrom(bytes, at, end, dialect, final);
      if (!line) return undefined;
      this.row++;
      const column = columns[record.field]?.header ?? null;
      out.bad(at, line.end, this.nameOf(record.field) ?? column, explainMalformed(record));
      out.lines(1);
      return line.next;
    }
    const blank = record.fields.length === 1 && record.end === at;
    if (!blank) {
      this.row++;
      this.judge(bytes, at, record.end, record.fields, out);
    }
    out.lines(countLines(bytes, at, record.next, record.end, dialect));
    return record.next;
  }

  private judge(bytes: Buffer, from: number, to: number, fields: readonly Field[], out: Output): void {
    const { columns, dialect, nullText, numbered } = this.options;
    if (!isUtf8(bytes.subarray(from, to))) {
      const index = fields.findIndex((field) => !isUtf8(bytes.subarray(field.start, field.end)));
      out.bad(from, to, this.nameOf(index) ?? null, 'the text is not valid UTF-8');
      return;
    }
    if (fields.length !== columns.length) {
      out.bad(from, to, null, `the record has ${fields.length} fields, the header has ${columns.length}`);
      return;
    }
    const values: string[] = [];
    for (let index = 0; index < columns.length; index++) {
      const { contract, ignored } = columns[index]!;
      const text = ignored ? '' : fieldText(bytes, fields[index]!, dialect.quote);
      if (text === '' || text === nullText) {
        if (contract && !isNullable(contract)) {
          out.bad(from, to, contract.name, explainNull(contract));
          return;
        }
        values.push('');
        continue;
      }
      const judgement = judgeValue(contract?.type ?? { type: 'text' }, text);
      if ('reason' in judgement) {
        out.bad(from, to, this.nameOf(index)!, judgement.reason);
        return;
      }
      values.push(canonicalField(judgement.value, this.delimiter, dialect.quote));
    }
    if (numbered) values.push(String(this.row));
    out.rewritten(canonicalRecord(values, this.delimiter, dialect));
  }

  private emitNumbered(bytes: Buffer, from: number, next: number, out: Output): void {
    const length = this.options.dialect.lineEnd === 'crlf' ? 2 : 1;
    const text = bytes.toString('utf8', from, next - length);
    out.rewritten(`${text}${this.delimiter}${this.row}${length === 2 ? '\r\n' : '\n'}`);
  }

  private nameOf(index: number): string | undefined {
    const column = this.options.columns[index];
    return column?.ignored ? column.header : column?.name;
  }
}

export const isNullable = ({ nullable, key }: ContractColumn): boolean => nullable && !key;

export function explainNull({ key }: ContractColumn): string {
  return key ? 'the key is empty' : 'the value is empty, and the column may not be NULL';
}

function explainMalformed({ reason }: Extract<CsvRecord, { kind: 'malformed' }>): string {
  return reason === 'unclosed'
    ? 'a quotation mark is opened and never closed'
    : 'text follows the closing quotation mark; a quotation mark inside a quoted field must be doubled';
}

function canonicalRecord(values: readonly string[], delimiter: string, { lineEnd, quote }: Dialect): string {
  const mark = String.fromCharCode(quote);
  // A record of one NULL would be a blank line, which is no record.
  const text = values.length === 1 && values[0] === '' ? mark + mark : values.join(delimiter);
  return text + (lineEnd === 'crlf' ? '\r\n' : '\n');
}

function countLines(bytes: Buffer, from: number, next: number, end: number, { lineEnd }: Dialect): number {
  const mark = lineEnd === 'cr' ? 13 : 10;
  let count = next > end ? 1 : 0;
  for (let at = bytes.indexOf(mark, from); at >= 0 && at < end; at = bytes.indexOf(mark, at + 1)) count++;
  return count;
}

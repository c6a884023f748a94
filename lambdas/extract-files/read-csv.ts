/** CSV: the scanner passes over plainly good records, the careful reader takes each of the others apart. */
import { isUtf8 } from 'node:buffer';
import type { Judged } from '../shared/contract/judged';
import type { Dialect } from '../shared/inspect-head';
import { TextJudge, type TextRules } from './judge-texts';
import type { Format, Output, Reject } from './read-blocks';
import { type CsvRecord, type Field, fieldText, lineFrom, readCsvRecord } from './read-csv-record';
import type { ColumnStore } from './scanner/columns';

export interface CsvOptions extends TextRules {
  readonly dialect: Dialect;
  /** columns go by their place, whatever the header says */
  readonly byPlace?: boolean;
  /** false: every record is read carefully (a test compares the two ways) */
  readonly hurry?: boolean;
}

export class CsvFormat implements Format {
  full = false;
  private readonly hurries: boolean;
  private readonly texts: TextJudge;

  constructor(
    private readonly store: ColumnStore,
    private readonly options: CsvOptions,
  ) {
    const { dialect, hurry = true } = options;
    this.texts = new TextJudge(options);
    this.hurries = hurry && store.canScan && dialect.lineEnd !== 'cr';
    store.setDialect({ delimiter: dialect.delimiter, quote: dialect.quote, crlf: dialect.lineEnd === 'crlf' });
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    this.full = false;
    const hurries = this.hurries && this.isClean(bytes, from, end);
    let at = from;
    while (at < end) {
      if (hurries) {
        const before = this.store.rows;
        const scanned = this.store.scan(at, end);
        out.good(this.store.rows - before);
        out.lines(scanned.lines);
        at = scanned.at;
        if (scanned.status === 'full') this.full = true;
        // The scanner wants a line end after the last record, which files may lack.
        if (this.full || at >= end || (scanned.status === 'end' && !final)) break;
      }
      const next = this.readOne(bytes, at, end, final, out);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  explainEndless(bytes: Buffer, from: number, end: number, oneLine: boolean): Pick<Reject, 'column' | 'reason'> {
    if (oneLine) return { column: null, reason: 'the record is longer than 2 MiB' };
    const record = readCsvRecord(bytes, from, end, this.options.dialect, true);
    const column = record.kind === 'malformed' ? (this.nameOf(record.field) ?? null) : null;
    return { column, reason: 'a quotation mark is opened and never closed' };
  }

  /** One call for a whole block is far cheaper than one for each field. Cut characters at its end are not the scanner's. */
  private isClean(bytes: Buffer, from: number, end: number): boolean {
    const last = bytes.lastIndexOf(10, end - 1);
    const block = bytes.subarray(from, Math.max(from, last + 1));
    return isUtf8(block) && !block.includes(0);
  }

  /** Reads one record carefully; returns where the next starts, or undefined if it is incomplete or there is no room for it. */
  private readOne(bytes: Buffer, at: number, end: number, final: boolean, out: Output): number | undefined {
    const { dialect, columns } = this.options;
    const record = readCsvRecord(bytes, at, end, dialect, final);
    if (record.kind === 'incomplete') return undefined;
    if (record.kind === 'malformed') {
      const line = lineFrom(bytes, at, end, dialect, final);
      if (!line) return undefined;
      this.store.countReject();
      out.bad(
        at,
        line.end,
        this.nameOf(record.field) ?? columns[record.field]?.header ?? null,
        explainMalformed(record),
      );
      out.lines(1);
      return line.next;
    }
    const isBlank = record.fields.length === 1 && record.end === at;
    if (!isBlank) {
      const judged = this.judge(bytes, at, record.end, record.fields);
      if ('values' in judged) {
        this.full = !this.store.append(judged.values);
        if (this.full) return undefined;
        out.good(1);
      } else {
        this.store.countReject();
        out.bad(at, record.end, judged.column, judged.reason);
      }
    }
    out.lines(countLines(bytes, at, record.next, record.end, dialect));
    return record.next;
  }

  private judge(bytes: Buffer, from: number, to: number, fields: readonly Field[]): Judged {
    const { columns, dialect, byPlace } = this.options;
    if (!isUtf8(bytes.subarray(from, to))) {
      const index = fields.findIndex((field) => !isUtf8(bytes.subarray(field.start, field.end)));
      return { column: this.nameOf(index) ?? null, reason: 'the text is not valid UTF-8' };
    }
    if (fields.length !== columns.length) {
      const has = `the ${byPlace ? 'contract' : 'header'} has ${columns.length}`;
      return { column: null, reason: `the record has ${fields.length} fields, ${has}` };
    }
    return this.texts.judge((index) => fieldText(bytes, fields[index]!, dialect.quote));
  }

  private nameOf(index: number): string | undefined {
    return this.texts.nameOf(index);
  }
}

function explainMalformed({ reason }: Extract<CsvRecord, { kind: 'malformed' }>): string {
  return reason === 'unclosed'
    ? 'a quotation mark is opened and never closed'
    : 'text follows the closing quotation mark; a quotation mark inside a quoted field must be doubled';
}

function countLines(bytes: Buffer, from: number, next: number, end: number, { lineEnd }: Dialect): number {
  const mark = lineEnd === 'cr' ? 13 : 10;
  let count = next > end ? 1 : 0;
  const record = bytes.subarray(from, end);
  for (let at = record.indexOf(mark); at >= 0; at = record.indexOf(mark, at + 1)) count++;
  return count;
}

/**
 * The careful CSV reader: one record at a time, by RFC 4180 (a quote counts only at the start of a field; two of them inside a
 * quoted field are one). It is the reference for what a record is; `scanner/` only hurries past those that are plainly good.
 */
import type { Dialect } from '../shared/inspect-head';

export interface Field {
  /** of the text, without quotation marks */
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** doubled quotation marks inside */
  readonly escaped: boolean;
}

export type CsvRecord =
  | {
      readonly kind: 'record';
      readonly fields: readonly Field[];
      /** of the text, without the line end */
      readonly end: number;
      /** where the next record starts */
      readonly next: number;
    }
  /** The data ends before the record does. */
  | { readonly kind: 'incomplete' }
  /** `field`: index of the field whose quotation marks do not fit. Read on at the next line, or it would swallow good rows. */
  | { readonly kind: 'malformed'; readonly field: number; readonly reason: 'unclosed' | 'text after quote' };

const LF = 10;
const CR = 13;

/** `final`: no more data follows `end`, so that an open quote is unclosed and a missing last line end does not matter. */
export function readCsvRecord(bytes: Buffer, start: number, end: number, dialect: Dialect, final: boolean): CsvRecord {
  const { delimiter, quote } = dialect;
  const fields: Field[] = [];
  let i = start;
  for (;;) {
    const quoted = i < end && bytes[i] === quote;
    let field: Field;
    if (quoted) {
      let escaped = false;
      let close = i + 1;
      for (;;) {
        close = bytes.indexOf(quote, close);
        if (close < 0 || close >= end) {
          return final ? { kind: 'malformed', field: fields.length, reason: 'unclosed' } : { kind: 'incomplete' };
        }
        if (close + 1 >= end) {
          if (!final) return { kind: 'incomplete' };
          break;
        }
        if (bytes[close + 1] !== quote) break;
        escaped = true;
        close += 2;
      }
      field = { start: i + 1, end: close, quoted, escaped };
      i = close + 1;
    } else {
      const from = i;
      while (i < end && bytes[i] !== delimiter && !isLineEnd(bytes, i, end, dialect)) i++;
      field = { start: from, end: i, quoted, escaped: false };
    }
    fields.push(field);
    if (i >= end) return final ? { kind: 'record', fields, end: i, next: i } : { kind: 'incomplete' };
    if (bytes[i] === delimiter) {
      i++;
      continue;
    }
    // A CR as the last byte: whether a LF follows decides where the next record starts.
    if (bytes[i] === CR && i + 1 >= end && !final) return { kind: 'incomplete' };
    if (!isLineEnd(bytes, i, end, dialect)) {
      return { kind: 'malformed', field: fields.length - 1, reason: 'text after quote' };
    }
    return {
      kind: 'record',
      fields,
      end: i,
      next: bytes[i] === CR && bytes[i + 1] === LF && i + 1 < end ? i + 2 : i + 1,
    };
  }
}

/** Any of LF and CR LF ends a record whatever the file's own line end is: exports that were glued together have both. */
function isLineEnd(bytes: Buffer, i: number, end: number, dialect: Dialect): boolean {
  if (bytes[i] === LF) return true;
  if (bytes[i] !== CR) return false;
  // At the end of the data the next byte is not known yet: `readCsvRecord` asks for more before it relies on this.
  return dialect.lineEnd === 'cr' || i + 1 >= end || bytes[i + 1] === LF;
}

export function fieldText(bytes: Buffer, field: Field, quote: number): string {
  const text = bytes.toString('utf8', field.start, field.end);
  if (!field.escaped) return text;
  const mark = String.fromCharCode(quote);
  return text.replaceAll(mark + mark, mark);
}

/** The end of the physical line at `start`, and the start of the next; undefined while the line is incomplete. */
export function lineFrom(
  bytes: Buffer,
  start: number,
  end: number,
  dialect: Dialect,
  final: boolean,
): { readonly end: number; readonly next: number } | undefined {
  const at = bytes.indexOf(dialect.lineEnd === 'cr' ? CR : LF, start);
  if (at < 0 || at >= end) return final ? { end, next: end } : undefined;
  const stripped = dialect.lineEnd !== 'cr' && at > start && bytes[at - 1] === CR ? at - 1 : at;
  return { end: stripped, next: at + 1 };
}

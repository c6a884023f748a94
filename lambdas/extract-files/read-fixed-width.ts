/** Lines whose fields begin at fixed places. Widths count characters, which is more than a byte where text is not plain. */
import { isUtf8 } from 'node:buffer';
import type { Dialect } from '../shared/inspect-head';
import { type Judged, TextJudge, type TextRules } from './judge-texts';
import type { Format, Output, Reject } from './read-blocks';
import { lineFrom } from './read-csv-record';
import type { ColumnStore } from './scanner/columns';

/** Lines end as in CSV. */
export const LINES: Dialect = { delimiter: 44, quote: 34, lineEnd: 'lf' };

export interface FixedWidthOptions extends TextRules {
  /** of each column, in characters */
  readonly widths: readonly number[];
  /** spaces at the end of a line may be missing */
  readonly trimmed: boolean;
}

export class FixedWidthFormat implements Format {
  full = false;
  private readonly places: readonly { readonly from: number; readonly to: number }[];
  private readonly length: number;
  private readonly texts: TextJudge;

  constructor(
    private readonly store: ColumnStore,
    private readonly options: FixedWidthOptions,
  ) {
    let from = 0;
    this.places = options.widths.map((width) => {
      const place = { from, to: from + width };
      from += width;
      return place;
    });
    this.length = from;
    this.texts = new TextJudge(options);
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    this.full = false;
    let at = from;
    while (at < end) {
      const line = lineFrom(bytes, at, end, LINES, final);
      if (!line) break;
      const judged = this.judge(bytes, at, line.end);
      if (judged && 'values' in judged) {
        this.full = !this.store.append(judged.values);
        if (this.full) break;
        out.good(1);
      } else if (judged) {
        this.store.countReject();
        out.bad(at, line.end, judged.column, judged.reason);
      }
      out.lines(1);
      at = line.next;
    }
    return at;
  }

  explainEndless(): Pick<Reject, 'column' | 'reason'> {
    return { column: null, reason: 'the record is longer than 2 MiB' };
  }

  /** Undefined for a blank line, which is no record. */
  private judge(bytes: Buffer, from: number, to: number): Judged | undefined {
    if (!isUtf8(bytes.subarray(from, to))) return { column: null, reason: 'the text is not valid UTF-8' };
    const text = bytes.toString('utf8', from, to);
    if (text.trim() === '') return undefined;
    // A character is a code point: one of some has two UTF-16 units.
    const characters = text.length === to - from ? undefined : [...text];
    const length = characters?.length ?? text.length;
    const slice = (start: number, end?: number) => characters?.slice(start, end).join('') ?? text.slice(start, end);
    const rest = slice(this.length);
    if (rest.trim() !== '' || (length < this.length && !this.options.trimmed)) {
      return { column: null, reason: `the line has ${length} characters, its fields have ${this.length}` };
    }
    return this.texts.judge((index) => {
      const place = this.places[index]!;
      return slice(place.from, place.to).trim();
    });
  }
}

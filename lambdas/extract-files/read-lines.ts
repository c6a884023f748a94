/** Formats whose records are lines: NDJSON, and fields of fixed widths. */

import type { Judged } from '../shared/contract/judged';
import type { Dialect } from '../shared/inspect-head';
import type { Format, Output, Reject } from './read-blocks';
import { lineFrom } from './read-csv-record';
import type { ColumnStore } from './scanner/columns';

/** Lines end as in CSV. */
export const LINES: Dialect = { delimiter: 44, quote: 34, lineEnd: 'lf' };

export abstract class LineFormat implements Format {
  full = false;

  constructor(private readonly store: ColumnStore) {}

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
        out.bad(at, line.end, judged.column, judged.reason, judged);
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
  abstract judge(bytes: Buffer, from: number, to: number): Judged | undefined;
}

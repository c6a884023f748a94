/** The objects of one JSON array, each judged as a line of NDJSON is. */

import type { JsonRecordOptions } from '../shared/contract/judge-json';
import type { Format, Output, Reject } from './read-blocks';
import { NdjsonFormat } from './read-ndjson';
import { type JsonArrayPlace, JsonArrayScanner } from './scan-json-array';
import type { ColumnStore } from './scanner/columns';

const TOO_LONG = 'the record is longer than 2 MiB';

export class JsonArrayFormat implements Format {
  full = false;
  private readonly scanner: JsonArrayScanner;
  private readonly rows: NdjsonFormat;

  constructor(
    private readonly store: ColumnStore,
    options: JsonRecordOptions & { readonly array: JsonArrayPlace },
  ) {
    this.scanner = new JsonArrayScanner(options.array);
    this.rows = new NdjsonFormat(store, { ...options, unit: 'element' });
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    this.full = false;
    return this.scanner.scan(bytes, from, end, final, {
      element: (start, to) => {
        const judged = this.rows.judge(bytes, start, to)!;
        if ('values' in judged) {
          this.full = !this.store.append(judged.values);
          if (!this.full) out.good(1);
          return !this.full;
        }
        this.store.countReject();
        out.bad(start, to, judged.column, judged.reason);
        return true;
      },
      endless: (start, to) => {
        this.store.countReject();
        out.bad(start, to, null, TOO_LONG);
      },
      lines: (count) => out.lines(count),
    });
  }

  /** An element that does not end is passed over where it is found. */
  explainEndless(): Pick<Reject, 'column' | 'reason'> {
    return { column: null, reason: TOO_LONG };
  }
}

const MOST_ELEMENTS = 200;

/** The first elements of a file, as far as its head has them. */
export function firstElements(head: Buffer, place: JsonArrayPlace): string[] {
  const found: string[] = [];
  try {
    new JsonArrayScanner(place).scan(head, 0, head.length, false, {
      element: (from, to) => found.push(head.toString('utf8', from, to)) < MOST_ELEMENTS,
      endless: () => {},
      lines: () => {},
    });
  } catch {
    // Reading it says what is wrong.
  }
  return found;
}

/** Lines whose fields begin at fixed places. Widths count characters, which is more than a byte where text is not plain. */
import { isUtf8 } from 'node:buffer';
import type { Judged } from '../shared/contract/judged';
import { TextJudge, type TextRules } from './judge-texts';
import { LineFormat } from './read-lines';
import type { ColumnStore } from './scanner/columns';

export interface FixedWidthOptions extends TextRules {
  /** of each column, in characters */
  readonly widths: readonly number[];
  /** spaces at the end of a line may be missing */
  readonly trimmed: boolean;
}

export class FixedWidthFormat extends LineFormat {
  private readonly places: readonly { readonly from: number; readonly to: number }[];
  private readonly length: number;
  private readonly texts: TextJudge;

  constructor(
    store: ColumnStore,
    private readonly options: FixedWidthOptions,
  ) {
    super(store);
    let from = 0;
    this.places = options.widths.map((width) => {
      const place = { from, to: from + width };
      from += width;
      return place;
    });
    this.length = from;
    this.texts = new TextJudge(options);
  }

  judge(bytes: Buffer, from: number, to: number): Judged | undefined {
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

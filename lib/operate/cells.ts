/** Values as somebody looks at them: a long one is cut, and says how the whole of it is had. */

export type Cell = string | number | boolean | null | CutCell;

export interface CutCell {
  /** its beginning */
  readonly cut: string;
  /** characters of the whole */
  readonly length: number;
  /** parameters by which the whole is asked for */
  readonly whole: Readonly<Record<string, string>>;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable?: boolean;
}

export interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A piece of a long value; `next` is where the piece after it begins. */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly length: number;
  readonly next?: number;
}

/** Characters of a value among others. */
export const MOST_OF_CELL = 500;
/** Characters of a value that is asked for alone: in UTF-8 below the 1 MB that an answer of the Data API may have. */
export const MOST_OF_PIECE = 200_000;

export const cellOf = (text: string, whole: () => CutCell['whole']): Cell =>
  text.length <= MOST_OF_CELL ? text : { cut: beginning(text, MOST_OF_CELL), length: text.length, whole: whole() };

export function pieceOf(text: string, from: number): Piece {
  const end = Math.min(text.length, from + MOST_OF_PIECE);
  return { text: text.slice(from, end), from, length: text.length, ...(end < text.length ? { next: end } : {}) };
}

/** Half of a surrogate pair is no character. */
function beginning(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

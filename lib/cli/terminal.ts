/** Text for terminals: padded columns, colours. */
import { widthOf } from '../operate/text';

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text;

export interface TableOptions {
  /** columns that hold numbers */
  readonly right?: readonly number[];
  readonly indent?: number;
}

/** Header and rows in padded columns; none is cut. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], indent = 0 }: TableOptions = {},
): string[] {
  const widths = header.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    (
      ' '.repeat(indent) +
      header
        .map((_, column) => (right.includes(column) ? padStart : padEnd)(cells[column] ?? '', widths[column]!))
        .join('  ')
    ).trimEnd();
  return [bold(line(header)), ...rows.map(line)];
}

const hasColor = (): boolean =>
  process.env.NO_COLOR === undefined && (process.env.FORCE_COLOR !== undefined || process.stdout.isTTY === true);
const paint =
  (code: number, end: number) =>
  (text: string): string =>
    hasColor() ? `\u001b[${code}m${text}\u001b[${end}m` : text;
export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const red = paint(31, 39);
export const green = paint(32, 39);
export const yellow = paint(33, 39);

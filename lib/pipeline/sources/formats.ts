import type { FileFormat } from '../../tasks/common';
import { SOURCES } from '../signatures';
import type { CsvOptions } from '../sources';
import { checked } from '../wrong-call';

/**
 * Parquet. Columns are found by their names, values are judged as they would be in text: `1.5` is no bigint, and nothing is rounded.
 *
 * @example landedFiles({ glob: 'trips/{yyyy}-{MM}.parquet', format: parquet(), columns: { trip_id: key.bigint(), fare: decimal(8, 2) } })
 */
export const parquet = checked(SOURCES.parquet, (): FileFormat => ({ kind: 'parquet' }));

export interface FixedWidthOptions
  extends Pick<CsvOptions, 'nullText' | 'decimal' | 'thousands' | 'dateFormat' | 'timestampFormat'> {
  /** characters of each field, in the order of the line; what no column of the contract names is filler */
  widths: Readonly<Record<string, number>>;
  /** spaces at the end of a line may be cut off; default false: a line that is shorter than its fields is a bad row */
  trimmed?: boolean;
}

/**
 * Lines of fields that begin at fixed places, padded with spaces. gzip is seen from the file's first bytes.
 *
 * @example fixedWidth({ widths: { account: 10, holder: 30, filler: 2, opened_on: 8 }, dateFormat: '%Y%m%d' })
 */
export const fixedWidth = checked(SOURCES.fixedWidth, ({ widths, ...options }: FixedWidthOptions): FileFormat => {
  // What is no list of widths must reach validation.
  const isRecord = typeof widths === 'object' && widths !== null && !Array.isArray(widths);
  const fields = isRecord ? Object.entries(widths).map(([name, width]) => ({ name, width })) : widths;
  return { kind: 'fixedWidth', ...options, fields: fields as { name: string; width: number }[] };
});

/**
 * One JSON array of objects, or a document with such an array at `path`. It is read as it comes, however long it is. gzip is seen from
 * the file's first bytes.
 *
 * @example jsonArray()
 * @example jsonArray({ path: 'data.items' })
 */
export const jsonArray = checked(
  SOURCES.jsonArray,
  (options: { path?: string } = {}): FileFormat => ({ kind: 'jsonArray', ...options }),
);

/** For "did you mean". */
export const FIXED_WIDTH_OPTIONS = [
  'widths',
  'trimmed',
  'nullText',
  'decimal',
  'thousands',
  'dateFormat',
  'timestampFormat',
];

import type { BadRowLimits, FileFormat, OnDrift } from '../tasks/common';
import type { AtLeastOne } from './checks';
import type { Column } from './columns';
import { SOURCES } from './signatures';
import { isObject, optionsOf } from './sources/options';
import type { LandedFiles } from './types';
import { checked } from './wrong-call';

/** How a CSV file is written. */
export interface CsvOptions {
  /** default: sniffed among `,` `;` tab and `|` */
  delimiter?: string;
  /** default `"` */
  quote?: string;
  /** text that stands for NULL besides an empty field */
  nullText?: string;
  /**
   * `false`: the first line is a row already. `'ignore'`: it is a header, but of no use (two columns have one name). Either way the columns
   * of the contract are those of the file, in their order.
   */
  header?: boolean | 'ignore';
  /** `,` in `1234,50`; default `.` */
  decimal?: '.' | ',';
  /** `.` in `1.234,50`; default: none, and then a number that has one is a bad value */
  thousands?: '.' | ',' | "'" | ' ';
  /** as strptime(3): `%d.%m.%Y`, `%m/%d/%y`, `%d-%b-%Y`. ISO 8601 is read in any case */
  dateFormat?: string;
  /** `%d.%m.%Y %H:%M`, `%m/%d/%Y %I:%M:%S %p`; `%f` is a fraction of a second, `%z` an offset */
  timestampFormat?: string;
}

/**
 * Comma-separated values. gzip is seen from the file's first bytes.
 *
 * @example csv()
 * @example csv({ delimiter: ';', decimal: ',', thousands: '.', dateFormat: '%d.%m.%Y' })
 */
export const csv = checked(SOURCES.csv, (options: CsvOptions = {}): FileFormat => ({ kind: 'csv', ...options }));

/** One JSON object a line. gzip is seen from the file's first bytes. */
export const ndjson = checked(SOURCES.ndjson, (): FileFormat => ({ kind: 'ndjson' }));

/**
 * How many bad rows may go to quarantine before the run fails; with both limits, both hold. `quarantine({ maxRate: 0.01 })`: one in
 * a hundred.
 */
export const quarantine = checked(
  SOURCES.quarantine,
  (limits: { maxRate: number; maxCount?: number } | { maxRate?: number; maxCount: number }): BadRowLimits => limits,
);

interface CommonOptions {
  columns: Readonly<Record<string, Column>>;
  /** what happens when the file's columns are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** larger uncompressed files of lines are read in ranges of this size, side by side; default 256 */
  rangeMiB?: number;
  /** for a schedule's runs: the files of so many intervals before the run's own (1: the day before, where it runs daily); default 0 */
  intervalsBack?: number;
  /** for a schedule's runs: an interval without any file has no rows; default false: it fails the run */
  optional?: boolean;
  /** for a schedule's runs: this share of the files may fail, 0 to 1; the run then goes on without them, and says so. Default 0 */
  tolerate?: number;
  /** memory of the extract function; default 2048 */
  memoryMb?: number;
}

/** Keys in the landing bucket: all in one format, or a format for each glob. */
export type LandedFilesOptions = CommonOptions &
  (
    | { glob: string | AtLeastOne<string>; format: FileFormat; files?: undefined }
    /** `{ 'orders/*.csv': csv(), 'orders/*.ndjson': ndjson() }` */
    | { files: Readonly<Record<string, FileFormat>>; glob?: undefined; format?: undefined }
  );

/**
 * Files that land in the landing bucket, read by the contract in `columns`; bad rows go to quarantine. Of two globs that match a key
 * the first one counts. A run that a file starts reads that file. A run of a schedule reads the files that lie there when it starts;
 * with `{yyyy}`, `{MM}`, `{dd}` and `{HH}` in the glob, those of the days (or hours, …) that end in its data interval, by the clock of
 * the trigger's time zone.
 *
 * @example
 * clicks: landedFiles({ glob: 'clicks/{yyyy}/{MM}/{dd}/*.ndjson.gz', format: ndjson(), columns: { id: text(36), at: timestamp() } })
 */
export function landedFiles(options: LandedFilesOptions): LandedFiles {
  // A misspelt option, or one too many, must reach validation: only what is missing is filled in.
  const { glob, files, ...rest } = optionsOf(options);
  const globs: readonly string[] = glob === undefined ? [] : Array.isArray(glob) ? glob : [glob as string];
  const { format, ...others } = rest;
  const source = {
    kind: 'landedFiles' as const,
    onDrift: 'fail' as const,
    onBadRow: { maxRate: 0.05 },
    rangeMiB: 256,
    memoryMb: 2048,
    ...(globs.length > 0 ? others : rest),
    files: [
      ...globs.map((one) => ({ glob: one, format: format as FileFormat })),
      ...Object.entries(isObject(files) ? files : {}).map(([one, itsFormat]) => ({ glob: one, format: itsFormat })),
    ],
    ...(files === undefined || isObject(files) ? {} : { files }),
    ...(files === undefined || glob === undefined ? {} : { glob }),
  };
  return source as LandedFiles;
}

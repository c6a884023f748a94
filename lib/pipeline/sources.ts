import type { BadRowLimits, FileFormat, OnDrift } from '../tasks/common';
import type { AtLeastOne } from './checks';
import type { Column } from './columns';
import type { LandedFiles } from './types';

/** Comma-separated values; the delimiter is sniffed among `,` `;` tab and `|` unless given. gzip is seen from the file's first bytes. */
export const csv = (options: { delimiter?: string; quote?: string; nullText?: string } = {}): FileFormat => ({
  kind: 'csv',
  ...options,
});

/** One JSON object a line. gzip is seen from the file's first bytes. */
export const ndjson = (): FileFormat => ({ kind: 'ndjson' });

/**
 * How many bad rows may go to quarantine before the run fails; with both limits, both hold. `quarantine({ maxRate: 0.01 })`: one in
 * a hundred.
 */
export const quarantine = (
  limits: { maxRate: number; maxCount?: number } | { maxRate?: number; maxCount: number },
): BadRowLimits => limits;

interface CommonOptions {
  columns: Readonly<Record<string, Column>>;
  /** what happens when the file's columns are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** default 256 */
  rangeMiB?: number;
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
 * the first one counts.
 */
export function landedFiles(options: LandedFilesOptions): LandedFiles {
  // A misspelt option, or one too many, must reach validation: only what is missing is filled in.
  const { glob, files, ...rest } = options;
  const globs = glob === undefined ? [] : typeof glob === 'string' ? [glob] : glob;
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
      ...Object.entries(files ?? {}).map(([one, itsFormat]) => ({ glob: one, format: itsFormat })),
    ],
  };
  return source as LandedFiles;
}

import type { BadRowLimits, FileFormat, OnDrift } from '../tasks/common';
import type { Column } from './columns';
import type { LandedFiles } from './types';

/** Comma-separated values; the delimiter is sniffed among `,` `;` tab and `|` unless given. gzip is seen from the file's first bytes. */
export const csv = (options: { delimiter?: string; quote?: string; nullText?: string } = {}): FileFormat => ({
  kind: 'csv',
  ...options,
});

/** One JSON object a line. gzip is seen from the file's first bytes. */
export const ndjson = (): FileFormat => ({ kind: 'ndjson' });

/** How many bad rows may go to quarantine before the run fails. `quarantine({ maxRate: 0.01 })`: one in a hundred. */
export const quarantine = (limits: BadRowLimits): BadRowLimits => limits;

/** A misspelt option must reach validation, so the builder hands on what it was given and only fills in what is missing. */
export interface LandedFilesOptions {
  /** keys in the landing bucket; all in one `format` … */
  glob?: string | readonly string[];
  format?: FileFormat;
  /** … or a format for each glob: `{ 'orders/*.csv': csv(), 'orders/*.ndjson': ndjson() }` */
  files?: Readonly<Record<string, FileFormat>>;
  columns: Readonly<Record<string, Column>>;
  /** what happens when the file's columns are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: no bad row is tolerated beyond quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** default 256 */
  rangeMiB?: number;
  /** memory of the extract function; default 2048 */
  memoryMb?: number;
}

/** Files that land in the landing bucket, read by the contract in `columns`; bad rows go to quarantine. */
export function landedFiles(options: LandedFilesOptions): LandedFiles {
  const { glob, format, files, ...rest } = options;
  const globs = glob === undefined ? [] : typeof glob === 'string' ? [glob] : glob;
  return {
    kind: 'landedFiles',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    rangeMiB: 256,
    memoryMb: 2048,
    ...rest,
    files: [
      ...globs.map((one) => ({ glob: one, format: format ?? csv() })),
      ...Object.entries(files ?? {}).map(([one, itsFormat]) => ({ glob: one, format: itsFormat })),
    ],
  };
}

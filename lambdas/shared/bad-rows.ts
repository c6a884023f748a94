/** The contract's limits of bad rows, and what a person needs to know when they are exceeded. */
import type { BadRowLimits, RejectedRow } from '../../lib/tasks/common';
import { TooManyBadRows } from '../../lib/tasks/errors';

/** Enough to act on; all of them are in the quarantine files. */
export const ROWS_IN_MESSAGE = 5;

/** @throws {TooManyBadRows} when `rejected` of `read` rows are more than the contract allows */
export function judgeBadRows(
  { maxRate, maxCount }: BadRowLimits,
  { read, rejected, where, first, location }: BadRows,
): void {
  const tooMany = maxCount !== undefined && rejected > maxCount;
  // Divided, not multiplied: 0.29 of 100 would be a little less than 29.
  const tooHigh = maxRate !== undefined && rejected / Math.max(read, 1) > maxRate;
  if (!tooMany && !tooHigh) return;
  const limit = tooMany ? `at most ${maxCount}` : `at most ${percent(maxRate!)}`;
  throw new TooManyBadRows(
    `${rejected} of ${read} rows of ${where} are bad, the contract allows ${limit}. ${describeRejects(first)} All are in ${location}.`,
  );
}

export interface BadRows {
  readonly read: number;
  readonly rejected: number;
  /** a file, or a source of several */
  readonly where: string;
  /** enough of them to act on */
  readonly first: readonly Described[];
  readonly location: string;
}

export type Described = Pick<RejectedRow, 'line' | 'partition' | 'row' | 'column' | 'reason'> & {
  /** named where there are several */
  readonly file?: string;
};

export function describeRejects(rejects: readonly Described[]): string {
  return rejects
    .map(
      (reject) => `${placeOf(reject)}${reject.column === null ? '' : `, column ${reject.column}`}: ${reject.reason}.`,
    )
    .join(' ');
}

function placeOf({ line, partition, row, file }: Described): string {
  const place = row === undefined ? `Line ${line}` : `Row ${row}`;
  const of = partition ?? file;
  return of === undefined ? place : `${place} of ${of}`;
}

const percent = (rate: number): string => `${Number((rate * 100).toPrecision(6))} %`;

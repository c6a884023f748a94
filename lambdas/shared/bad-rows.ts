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
  const tooHigh = maxRate !== undefined && rejected > maxRate * read;
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
  readonly first: readonly Pick<RejectedRow, 'line' | 'column' | 'reason'>[];
  readonly location: string;
}

export function describeRejects(rejects: readonly Pick<RejectedRow, 'line' | 'column' | 'reason'>[]): string {
  return rejects
    .map(({ line, column, reason }) => `Line ${line}${column === null ? '' : `, column ${column}`}: ${reason}.`)
    .join(' ');
}

const percent = (rate: number): string => `${Number((rate * 100).toPrecision(6))} %`;

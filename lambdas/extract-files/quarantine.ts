/** Rejected rows, written as they are found: a file whose every row is bad takes no more memory than one with none. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { BadRowLimits, ObjectVersion, RejectedRow } from '../../lib/tasks/common';
import { TooManyBadRows } from '../../lib/tasks/errors';
import { ObjectWriter, type Written } from '../shared/objects';
import type { Reject } from './read-blocks';

/** Enough to act on; all of them are in the quarantine file. */
const ROWS_IN_MESSAGE = 5;

export class Quarantine {
  rows = 0;
  readonly first: Reject[] = [];
  private readonly writer: ObjectWriter;

  constructor(
    s3: S3Client,
    private readonly bucket: string,
    private readonly key: string,
    private readonly object: ObjectVersion,
  ) {
    this.writer = new ObjectWriter(s3, bucket, key);
  }

  async add(rejects: readonly Reject[]): Promise<void> {
    this.rows += rejects.length;
    this.first.push(...rejects.slice(0, ROWS_IN_MESSAGE - this.first.length));
    const { bucket, key, versionId } = this.object;
    const lines = rejects.map((reject) => {
      const row: RejectedRow = { bucket, key, ...(versionId === undefined ? {} : { versionId }), ...reject };
      return `${JSON.stringify(row)}\n`;
    });
    await this.writer.write(Buffer.from(lines.join('')));
  }

  /** Undefined when nothing was rejected. */
  async end(): Promise<(Written & { readonly rows: number }) | undefined> {
    return this.rows === 0 ? undefined : { ...(await this.writer.end()), rows: this.rows };
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }

  get location(): string {
    return `s3://${this.bucket}/${this.key}`;
  }
}

/** @throws {TooManyBadRows} when `rejected` of `read` rows are more than the contract allows */
export function judgeBadRows(
  { maxRate, maxCount }: BadRowLimits,
  { read, rejected, file, first, location }: BadRows,
): void {
  const tooMany = maxCount !== undefined && rejected > maxCount;
  const tooHigh = maxRate !== undefined && rejected > maxRate * read;
  if (!tooMany && !tooHigh) return;
  const limit = tooMany ? `at most ${maxCount}` : `at most ${percent(maxRate!)}`;
  throw new TooManyBadRows(
    `${rejected} of ${read} rows of ${file} are bad, the contract allows ${limit}. ${describeRejects(first)} All are in ${location}.`,
  );
}

export interface BadRows {
  readonly read: number;
  readonly rejected: number;
  readonly file: string;
  readonly first: readonly Reject[];
  readonly location: string;
}

export function describeRejects(rejects: readonly Pick<Reject, 'line' | 'column' | 'reason'>[]): string {
  return rejects
    .map(({ line, column, reason }) => `Line ${line}${column === null ? '' : `, column ${column}`}: ${reason}.`)
    .join(' ');
}

const percent = (rate: number): string => `${Number((rate * 100).toPrecision(6))} %`;

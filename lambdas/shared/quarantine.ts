/** Rejected rows, written as they are found: an input whose every row is bad takes no more memory than one with none. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { RejectedRow, Run } from '../../lib/tasks/common';
import { ROWS_IN_MESSAGE } from './bad-rows';
import { ObjectWriter, type Written } from './objects';

export const quarantineKey = (run: Run, source: string, partition: string, attempt: string): string =>
  `quarantine/${run.pipeline}/${source}/${run.runId}/${partition}-${attempt}.ndjson`;

export class Quarantine<R> {
  rows = 0;
  readonly first: RejectedRow[] = [];
  private readonly writer: ObjectWriter;

  constructor(
    s3: S3Client,
    private readonly bucket: string,
    private readonly key: string,
    /** says where a rejected row comes from */
    private readonly describe: (reject: R) => RejectedRow,
  ) {
    this.writer = new ObjectWriter(s3, bucket, key);
  }

  async add(rejects: readonly R[]): Promise<void> {
    const rows = rejects.map(this.describe);
    this.rows += rows.length;
    this.first.push(...rows.slice(0, ROWS_IN_MESSAGE - this.first.length));
    await this.writer.write(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
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

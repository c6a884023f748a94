/** Rejected rows, written as they are found: a file whose every row is bad takes no more memory than one with none. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion, RejectedRow } from '../../lib/tasks/common';
import { ROWS_IN_MESSAGE } from '../shared/bad-rows';
import { ObjectWriter, type Written } from '../shared/objects';
import type { Reject } from './read-blocks';

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

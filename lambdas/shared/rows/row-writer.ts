/**
 * Where every source that answers in rows, and every row function, puts them: each row is judged by the contract; good ones go into columns, columns into
 * Parquet parts in S3, bad ones into quarantine; in the end a manifest names them all. Memory does not grow with the rows.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Manifest, Part, RejectedRow, Run, Staged } from '../../../lib/tasks/common';
import type { DriftEntry } from '../../../lib/tasks/drift';
import { RowsDoNotReconcile } from '../../../lib/tasks/errors';
import type { RowPartition, RowSource } from '../../../lib/tasks/extract-rows';
import { judgeBadRows } from '../bad-rows';
import { PartitionDrift } from '../contract/partition-drift';
import { knownMembers, redact } from '../contract/redact';
import { partKey, writeManifest } from '../manifest';
import { putBytes } from '../objects';
import { hasPii, type Protection } from '../pii';
import { Quarantine, quarantineKey } from '../quarantine';
import { Batch } from './batch';
import { HeadRows } from './head-rows';
import { MemberMatcher } from './match-members';
import { openParquetEncoder } from './parquet-encoder';
import { type Picks, picksOf, type Row } from './paths';
import { jsonText } from './value-text';

export interface RowWriterOptions {
  readonly run: Run;
  /** the dataset and its contract */
  readonly source: Omit<RowSource, 'config'> & Partial<RowSource>;
  /** the database that it is read from */
  readonly origin?: string;
  /** it is a model: its rows are made of what a source has read */
  readonly isModel?: boolean;
  readonly partition: Pick<RowPartition, 'id'> & Partial<RowPartition>;
  /** partitions of the source in this run: with one, the limits of bad rows are judged at the end, else by Check */
  readonly partitions: number;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly s3: S3Client;
  readonly workBucket: string;
  /**
   * A string in a `json` column: the text of a document (`document`, as a database gives it; the default), or a string of JSON
   * itself (`value`, as a parsed answer has it).
   */
  readonly strings?: 'document' | 'value';
  /** rows hold rows: a column's `from` is the path to its value, as in `main.temp` */
  readonly isNested?: boolean;
  /** writes the rows of a Parquet part in other formats, too */
  readonly alsoAs?: (parquet: Uint8Array, rows: number, n: number) => Promise<readonly Part[]>;
  /** bytes of values a part holds; for tests */
  readonly batchBytes?: number;
  /** of personal data; a source that has none needs none */
  readonly protection?: Protection | undefined;
  /** how the source differs from its contract, as it says itself before it gives rows */
  readonly drift?: readonly DriftEntry[] | undefined;
}

export interface FinishOptions {
  /** Not all of the partition's rows: another invocation comes, or came before. Check judges the limits of bad rows then. */
  readonly isPiece?: boolean;
}

export interface RowWriter {
  /**
   * Judges the row and takes it. Returns a promise only where it has to be waited for: a part or bad rows are being written.
   * Values are what drivers give: number, bigint, string, boolean, Date, Uint8Array, plain objects and arrays, lossless-json's
   * numbers. `position`: the row's number in the partition, from 1. `raw` makes what quarantine keeps; default: the row as JSON.
   *
   * @throws {ContractDrift} for a member that the contract does not know, where `onDrift` is `fail`
   */
  write(row: Readonly<Record<string, unknown>>, position: number, raw?: () => string): void | Promise<void>;
  /** Quarantines what never became a row (an item that is no object). */
  reject(position: number, reason: string, raw: string): void | Promise<void>;
  /** Writes the last part, the quarantine and the manifest. @throws {TooManyBadRows} */
  finish(options?: FinishOptions): Promise<Staged>;
  /** Leaves nothing half written. What is staged stays, unnamed. */
  abort(): Promise<void>;
  /** good rows so far */
  readonly rows: number;
  readonly rejected: number;
  /** of parts that are in S3 */
  readonly bytes: number;
}

/** Of a rejected row's text this much is kept. */
const MOST_RAW_BYTES = 64 * 1024;
const MOST_WAITING_REJECTS = 256;

interface Reject {
  readonly position: number;
  readonly column: string | null;
  readonly reason: string;
  readonly raw: string;
  readonly redacted?: string[];
  readonly withheld?: true;
}

export function openRowWriter(options: RowWriterOptions): RowWriter {
  return new StagingWriter(options);
}

class StagingWriter implements RowWriter {
  rows = 0;
  rejected = 0;
  bytes = 0;
  private readonly batch: Batch;
  private readonly matcher: MemberMatcher;
  private readonly quarantine: Quarantine<Reject>;
  private readonly encoder = openParquetEncoder();
  private readonly parts: Part[] = [];
  private rejects: Reject[] = [];
  private rejectBytes = 0;
  /** the part before: one is encoded and uploaded while the next fills */
  private staging: Promise<void> = Promise.resolve();
  private started = 0;
  private readonly drift: PartitionDrift;
  /** rows hold personal data */
  private readonly isProtected: boolean;
  /** the first rows, until they have told which columns are of another type */
  private head: HeadRows | undefined;
  /** indexes of columns whose type has changed, and that are NULL therefore */
  private nulled: ReadonlySet<number> = new Set();
  private readonly picks: Picks | undefined;

  constructor(private readonly options: RowWriterOptions) {
    const { run, source, partition, attempt, s3, workBucket, strings = 'document', isNested, batchBytes } = options;
    const { columns, mostTextBytes } = source;
    this.isProtected = hasPii(columns);
    this.picks = isNested ? picksOf(columns) : undefined;
    this.drift = new PartitionDrift(source);
    this.drift.tell(options.drift ?? []);
    const { evidence, policy } = this.drift;
    if (policy.changedTypes === 'ignore') this.head = new HeadRows(columns, (row) => this.matcher.match(row));
    this.batch = new Batch({
      columns,
      strings,
      mostTextBytes,
      evidence,
      protection: options.protection,
      ...(batchBytes ? { batchBytes } : {}),
    });
    this.matcher = new MemberMatcher({
      columns,
      drift: this.drift,
      source: source.name,
      place: this.place,
      evolve: (name) => this.batch.addColumn(name),
      picks: this.picks,
    });
    const key = quarantineKey(run, source.name, partition.id, attempt);
    this.quarantine = new Quarantine(s3, workBucket, key, (reject) => this.describe(reject));
  }

  write(row: Row, position: number, raw?: () => string): void | Promise<void> {
    if (this.head) {
      this.head.add({ row, position, raw });
      return this.head.isFull ? this.useHead() : undefined;
    }
    return this.take(row, position, raw);
  }

  private take(row: Row, position: number, raw: (() => string) | undefined): void | Promise<void> {
    const matched = this.matcher.match(row);
    if ('reason' in matched) return this.refuse(row, { position, column: null, ...matched }, raw);
    const members =
      this.nulled.size === 0 ? matched : matched.map((one, index) => (this.nulled.has(index) ? undefined : one));
    const bad = this.batch.add(row, members);
    if (bad) return this.refuse(row, { position, ...bad }, raw);
    this.rows++;
    if (this.batch.isFull) return this.stage();
  }

  /** Once the first rows have told which columns hold something else than the contract says. */
  private async useHead(): Promise<void> {
    const { rows, changed } = this.head!;
    this.head = undefined;
    this.nulled = this.drift.headSays(changed, this.place);
    for (const { row, position, raw } of rows) await this.take(row, position, raw);
  }

  private refuse(row: Row, bad: Omit<Reject, 'raw'>, raw: (() => string) | undefined): void | Promise<void> {
    const { columns } = this.options.source;
    const flat = this.picks?.flatten(row) ?? row;
    if (!this.isProtected) return this.add({ ...bad, raw: raw?.() ?? jsonText(flat) });
    return this.add({ ...bad, ...redact(columns, { ...bad, raw: jsonText(knownMembers(columns, flat)) }) });
  }

  reject(position: number, reason: string, raw: string): void | Promise<void> {
    const bad = { position, column: null, reason };
    if (!this.isProtected) return this.add({ ...bad, raw });
    return this.add({ ...bad, ...redact(this.options.source.columns, { ...bad, raw: undefined }) });
  }

  async finish({ isPiece = false }: FinishOptions = {}): Promise<Staged> {
    try {
      if (this.head) await this.useHead();
      if (this.batch.rows > 0) await this.stage();
      await this.staging;
      await this.writeRejects();
      return await this.conclude(isPiece);
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async abort(): Promise<void> {
    await this.staging.catch(() => {});
    await this.quarantine.abort();
  }

  private async conclude(isPiece: boolean): Promise<Staged> {
    const { run, source, origin, isModel = false, partition, partitions, s3, workBucket, attempt } = this.options;
    const { rows, rejected, parts } = this;
    const quarantine = await this.quarantine.end();
    const staged = parts.reduce((sum, part) => sum + (part.format === 'parquet' ? part.rows : 0), 0);
    if (staged !== rows || (quarantine?.rows ?? 0) !== rejected) {
      throw new RowsDoNotReconcile(
        `${this.place} gave ${rows} good rows and ${rejected} bad ones, but ${staged} were staged and ${quarantine?.rows ?? 0} quarantined.`,
      );
    }
    const read = rows + rejected;
    this.batch.weighRows();
    const drift = this.drift.conclude(read, this.place);
    if (partitions === 1 && !isPiece) {
      const { first, location } = this.quarantine;
      judgeBadRows(source.onBadRow, {
        read,
        rejected,
        where: `${isModel ? 'model' : 'source'} ${source.name}`,
        first,
        location,
      });
    }
    const document: Manifest = {
      step: source.name,
      partition: partition.id,
      datasets: { [source.name]: { rows, columns: this.batch.columns, parts } },
      source: {
        name: source.name,
        ...(origin === undefined ? {} : { origin }),
        ...(isModel ? { isModel } : {}),
        read,
        rejected,
        ...(drift.length > 0 ? { drift } : {}),
        ...(quarantine ? { quarantine } : {}),
      },
    };
    const manifest = await writeManifest(s3, workBucket, run, attempt, document);
    return { manifest, rows, bytes: this.bytes, rejected };
  }

  private async stage(): Promise<void> {
    const { rows } = this.batch;
    const columns = this.batch.seal();
    const n = this.started++;
    await this.staging;
    this.staging = this.stageColumns(columns, rows, n);
    // Whoever waits next gets the error.
    this.staging.catch(() => {});
  }

  private async stageColumns(columns: ReturnType<Batch['seal']>, rows: number, n: number): Promise<void> {
    const { run, source, partition, s3, workBucket, attempt } = this.options;
    const encoded = await this.encoder.encode(columns, rows);
    this.batch.reuse(encoded.columns);
    const key = partKey(run, source.name, partition.id, attempt, n, 'parquet');
    const { etag, length } = await putBytes(s3, workBucket, key, encoded.file);
    this.parts.push({ key, etag, length, rows, format: 'parquet' });
    this.bytes += length;
    this.parts.push(...((await this.options.alsoAs?.(encoded.file, rows, n)) ?? []));
  }

  private add(reject: Reject): void | Promise<void> {
    this.rejected++;
    this.rejects.push({ ...reject, raw: reject.raw.slice(0, MOST_RAW_BYTES + 1) });
    this.rejectBytes += Math.min(reject.raw.length, MOST_RAW_BYTES);
    if (this.rejects.length >= MOST_WAITING_REJECTS || this.rejectBytes > MOST_RAW_BYTES) return this.writeRejects();
  }

  private async writeRejects(): Promise<void> {
    const rejects = this.rejects;
    this.rejects = [];
    this.rejectBytes = 0;
    if (rejects.length > 0) await this.quarantine.add(rejects);
  }

  private describe({ position, column, reason, raw, redacted, withheld }: Reject): RejectedRow {
    const bytes = Buffer.from(raw);
    const isCut = bytes.length > MOST_RAW_BYTES;
    return {
      bucket: null,
      key: null,
      source: this.options.source.name,
      partition: this.options.partition.id,
      row: position,
      line: null,
      offset: null,
      column,
      reason,
      // A character that is cut in the middle is left out.
      raw: isCut ? bytes.toString('utf8', 0, MOST_RAW_BYTES).replace(/\uFFFD$/, '') : raw,
      ...(isCut ? { rawTruncated: true } : {}),
      ...(redacted ? { redacted } : {}),
      ...(withheld ? { withheld } : {}),
    };
  }

  private get place(): string {
    return `${this.options.isModel ? 'Model' : 'Source'} ${this.options.source.name}, partition ${this.options.partition.id}`;
  }
}

/**
 * Turns a stream of bytes into records in bounded memory, whatever is in it. Bytes are collected in areas of the scanner's
 * memory; a format (CSV, NDJSON) goes through an area record by record; what it does not finish is carried into the next.
 */
import type { Dialect } from './read-csv-record';
import { lineFrom } from './read-csv-record';
import { scannerMemory } from './scanner/scanner';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 1 * MIB;
/** No target takes a longer row; a longer "record" is a quotation mark that nobody closed, or not a record at all. */
export const MOST_RECORD_BYTES = 2 * MIB;
/** Of a rejected record's text this much is kept. */
const MOST_RAW_BYTES = 64 * 1024;

/** A rejected record, without its file. */
export interface Reject {
  readonly line: number;
  readonly offset: number;
  readonly column: string | null;
  readonly reason: string;
  readonly raw: string;
  readonly rawTruncated?: true;
}

export interface RecordSink {
  /** Good records as CSV, in order. The slices may be overwritten once the promise has resolved. */
  good(slices: readonly Uint8Array[], records: number): Promise<void>;
  bad(rejects: readonly Reject[]): Promise<void>;
}

/** What a format says of the bytes [from, to) of an area. */
export interface Output {
  good(from: number, to: number, records: number): void;
  rewritten(record: string): void;
  bad(from: number, to: number, column: string | null, reason: string): void;
  /** Lines of the file that the format has gone past. */
  lines(count: number): void;
}

export interface Format {
  /** Goes through [from, end) as far as records are complete; returns where it stopped. `final`: nothing follows. */
  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number;
  /** why a record that never ends is rejected; `oneLine`: not even its first line ends */
  explainEndless(oneLine: boolean): string;
}

export interface Position {
  /** of the first byte, in the uncompressed file */
  readonly offset: number;
  readonly line: number;
}

export class BlockReader {
  /** records so far: good + rejected */
  read = 0;
  rejected = 0;
  private readonly bytes: Buffer;
  private readonly areas: readonly [number, number];
  private current: 0 | 1 = 0;
  /** unread bytes of the current area */
  private from: number;
  private to: number;
  /** file offset of `from` */
  private offset: number;
  private line: number;
  private written: Promise<void> = Promise.resolve();
  /** a record too long to keep, whose end has not come yet */
  private skipped: { reject: Reject } | undefined;
  /** bytes that the last block left over */
  private carried = 0;

  constructor(
    readonly memory: WebAssembly.Memory,
    areas: readonly [number, number],
    private readonly format: Format,
    private readonly dialect: Dialect,
    private readonly sink: RecordSink,
    start: Position,
  ) {
    this.bytes = Buffer.from(memory.buffer);
    this.areas = areas;
    this.from = areas[0];
    this.to = areas[0];
    this.offset = start.offset;
    this.line = start.line;
  }

  static memory() {
    return scannerMemory(MOST_RECORD_BYTES + BLOCK_BYTES);
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      const length = Math.min(chunk.length - taken, this.room());
      this.bytes.set(taken === 0 && length === chunk.length ? chunk : chunk.subarray(taken, taken + length), this.to);
      this.to += length;
      taken += length;
      if (this.room() === 0 || this.to - this.areas[this.current] >= this.threshold()) await this.process(false);
    }
  }

  async end(): Promise<void> {
    await this.process(true);
    await this.written;
  }

  private room(): number {
    return this.areas[this.current] + MOST_RECORD_BYTES + BLOCK_BYTES - this.to;
  }

  /** A block beyond what was carried over: else a long record would be gone through again for every few bytes. */
  private threshold(): number {
    return this.carried + BLOCK_BYTES;
  }

  private async process(final: boolean): Promise<void> {
    const slices: Uint8Array[] = [];
    const rejects: Reject[] = [];
    const before = { read: this.read, rejected: this.rejected };
    if (this.skipped) this.skip(final, rejects);
    for (;;) {
      if (this.skipped) break;
      this.advance(this.format.read(this.bytes, this.from, this.to, final, this.output(slices, rejects)));
      if (this.from === this.to || !(final || this.to - this.from >= MOST_RECORD_BYTES)) break;
      this.giveUp(final, rejects);
      if (this.skipped) this.skip(final, rejects);
    }
    await this.written;
    const good = this.read - before.read - (this.rejected - before.rejected);
    const writing = Promise.all([
      slices.length > 0 ? this.sink.good(slices, good) : undefined,
      rejects.length > 0 ? this.sink.bad(rejects) : undefined,
    ]).then(() => {});
    writing.catch(() => {});
    this.written = writing;
    this.swap();
  }

  /** The other area was written when the last block was; what is left moves there. */
  private swap(): void {
    const next: 0 | 1 = this.current === 0 ? 1 : 0;
    this.carried = this.to - this.from;
    this.bytes.copyWithin(this.areas[next], this.from, this.to);
    this.current = next;
    this.from = this.areas[next];
    this.to = this.from + this.carried;
  }

  private output(slices: Uint8Array[], rejects: Reject[]): Output {
    const base = { from: this.from, offset: this.offset };
    return {
      good: (from, to, records) => {
        this.read += records;
        slices.push(this.bytes.subarray(from, to));
      },
      rewritten: (record) => {
        this.read++;
        slices.push(Buffer.from(record));
      },
      bad: (from, to, column, reason) => {
        this.read++;
        this.rejected++;
        rejects.push(this.reject(from, to, base.offset + from - base.from, column, reason));
      },
      lines: (count) => {
        this.line += count;
      },
    };
  }

  private reject(from: number, to: number, offset: number, column: string | null, reason: string): Reject {
    const cut = to - from > MOST_RAW_BYTES;
    const raw = this.bytes.toString('utf8', from, cut ? from + MOST_RAW_BYTES : to);
    return { line: this.line, offset, column, reason, raw, ...(cut ? { rawTruncated: true as const } : {}) };
  }

  private advance(to: number): void {
    this.offset += to - this.from;
    this.from = to;
  }

  /** The record at `from` never ends: its first line is rejected, and reading goes on at the next. */
  private giveUp(final: boolean, rejects: Reject[]): void {
    const line = lineFrom(this.bytes, this.from, this.to, this.dialect, final);
    const reason = this.format.explainEndless(line === undefined);
    this.read++;
    this.rejected++;
    const reject = this.reject(this.from, line?.end ?? this.to, this.offset, null, reason);
    if (!line) {
      this.skipped = { reject };
      return;
    }
    rejects.push(reject);
    this.line++;
    this.advance(line.next);
  }

  private skip(final: boolean, rejects: Reject[]): void {
    const line = lineFrom(this.bytes, this.from, this.to, this.dialect, final);
    this.advance(line?.next ?? this.to);
    if (!line) return;
    rejects.push(this.skipped!.reject);
    this.skipped = undefined;
    this.line++;
  }
}

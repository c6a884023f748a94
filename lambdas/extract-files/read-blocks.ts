/**
 * Turns a stream of bytes into records in bounded memory, whatever is in it. Bytes are collected in the scanner's memory; a
 * format (CSV, NDJSON) goes through them record by record; what it does not finish stays for the next block.
 */
import type { Dialect } from '../shared/inspect-head';
import { lineFrom } from './read-csv-record';
import type { ColumnStore } from './scanner/columns';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 1 * MIB;
/** No target takes a longer row; a longer "record" is a quotation mark that nobody closed, or not a record at all. */
export const MOST_RECORD_BYTES = 2 * MIB;
/** Of a rejected record's text this much is kept. */
const MOST_RAW_BYTES = 64 * 1024;

/** A rejected record, without its file. */
export interface Reject {
  /** null where a file has no lines */
  readonly line: number | null;
  readonly offset: number | null;
  /** of the file, from 1; where it has no lines */
  readonly row?: number;
  readonly column: string | null;
  readonly reason: string;
  readonly raw: string;
  readonly rawTruncated?: true;
  readonly redacted?: string[];
  readonly withheld?: true;
  /** it stands for all of the file */
  readonly wholeFile?: true;
  /** of a stream: where the record was */
  readonly shard?: string;
  readonly sequence?: string;
}

/** What a format knows of a bad record that does not stand in the file as it is. */
export interface Original {
  readonly place?: { readonly shard: string; readonly sequence: string } | undefined;
  readonly raw?: string | undefined;
}

export interface RecordSink {
  /** Takes the rows out of the columns. */
  flush(): Promise<void>;
  bad(rejects: readonly Reject[]): Promise<void>;
}

/** What a format says of the records that it goes past. */
export interface Output {
  /** Records that are in the columns now. */
  good(records: number): void;
  bad(from: number, to: number, column: string | null, reason: string, original?: Original): void;
  /** Lines of the file that the format has gone past. */
  lines(count: number): void;
}

export interface Format {
  /**
   * Goes through [from, end) as far as records are complete and the columns have room; returns where it stopped. `final`:
   * nothing follows.
   */
  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number;
  /** whether the last call stopped for want of room */
  readonly full: boolean;
  /** why a record that never ends is rejected; `oneLine`: not even its first line ends */
  explainEndless(bytes: Buffer, from: number, end: number, oneLine: boolean): Pick<Reject, 'column' | 'reason'>;
}

export interface Position {
  /** of the first byte, in the uncompressed file */
  readonly offset: number;
  readonly line: number;
}

/** What the area for data to scan must hold: a block beyond the longest record that an earlier one left over. */
export const INPUT_BYTES = MOST_RECORD_BYTES + BLOCK_BYTES;

export class BlockReader {
  /** records so far: good + rejected */
  read = 0;
  rejected = 0;
  private readonly bytes: Buffer;
  private readonly area: number;
  /** unread bytes */
  private from: number;
  private to: number;
  /** file offset of `from` */
  private offset: number;
  private line: number;
  /** a record too long to keep, whose end has not come yet */
  private skipped: { reject: Reject } | undefined;
  /** bytes that the last block left over */
  private carried = 0;

  constructor(
    store: ColumnStore,
    private readonly format: Format,
    private readonly dialect: Dialect,
    private readonly sink: RecordSink,
    start: Position,
  ) {
    this.bytes = store.bytes;
    this.area = store.input;
    this.from = this.area;
    this.to = this.area;
    this.offset = start.offset;
    this.line = start.line;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      // A block beyond what was carried over: else a long record would be gone through again for every few bytes.
      const room = this.area + Math.min(INPUT_BYTES, this.carried + BLOCK_BYTES) - this.to;
      const length = Math.min(chunk.length - taken, room);
      this.bytes.set(taken === 0 && length === chunk.length ? chunk : chunk.subarray(taken, taken + length), this.to);
      this.to += length;
      taken += length;
      if (length === room) await this.process(false);
    }
  }

  /** The last rows are still in the columns: those of another file may join them. */
  async end(): Promise<void> {
    await this.process(true);
  }

  private async process(final: boolean): Promise<void> {
    const rejects: Reject[] = [];
    if (this.skipped) this.skip(final, rejects);
    while (!this.skipped) {
      this.advance(this.format.read(this.bytes, this.from, this.to, final, this.output(rejects)));
      if (this.format.full) {
        await this.sink.flush();
        continue;
      }
      if (this.from === this.to || !(final || this.to - this.from >= MOST_RECORD_BYTES)) break;
      this.giveUp(final, rejects);
      if (this.skipped) this.skip(final, rejects);
    }
    if (rejects.length > 0) await this.sink.bad(rejects);
    this.carried = this.to - this.from;
    this.bytes.copyWithin(this.area, this.from, this.to);
    this.from = this.area;
    this.to = this.area + this.carried;
  }

  private output(rejects: Reject[]): Output {
    const base = { from: this.from, offset: this.offset };
    return {
      good: (records) => {
        this.read += records;
      },
      bad: (from, to, column, reason, { place, raw } = {}) => {
        this.read++;
        this.rejected++;
        const reject = this.reject(from, to, base.offset + from - base.from, column, reason);
        rejects.push({ ...(raw === undefined ? reject : withRaw(reject, raw)), ...place });
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
    const { column, reason } = this.format.explainEndless(this.bytes, this.from, this.to, line === undefined);
    this.read++;
    this.rejected++;
    const reject = this.reject(this.from, line?.end ?? this.to, this.offset, column, reason);
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

function withRaw({ rawTruncated: _cut, ...reject }: Reject, raw: string): Reject {
  const bytes = Buffer.from(raw);
  if (bytes.length <= MOST_RAW_BYTES) return { ...reject, raw };
  return { ...reject, raw: bytes.toString('utf8', 0, MOST_RAW_BYTES), rawTruncated: true };
}

/**
 * Cuts a large file into byte ranges at exact record boundaries, so that many tasks read it side by side. In a CSV file whether a line
 * end lies inside quotation marks depends on everything before it; so every stretch of the file is read under each assumption
 * about how it starts, all stretches at once, and then the right one is followed from the beginning.
 */
import type { FileFormat } from '../../../lib/tasks/common';
import { byteOrderMarkLength, detectDialect, HEAD_BYTES, isGzip } from '../inspect-head';

/** An inline Map runs at most 40 iterations at a time. */
export const MOST_RANGES = 40;
const PIECE_BYTES = 8 * 1024 * 1024;
const PARALLEL_STRETCHES = 4;

export interface ByteRange {
  readonly start: number;
  readonly end: number;
  /** of `start`, from 1 */
  readonly line: number;
}

export type RangedFormat = Extract<FileFormat, { kind: 'csv' | 'ndjson' | 'fixedWidth' }>;

/** Reads the bytes [start, end). */
export type ReadRange = (start: number, end: number) => Promise<Buffer>;

export interface RangeOptions {
  /** about the size of a range */
  readonly rangeBytes: number;
  readonly format: RangedFormat;
  readonly mostRanges?: number;
  /** bytes read at a time; for tests */
  readonly pieceBytes?: number;
}

/**
 * Covers [0, size) without gap or overlap; the header is in the first range. One range for what is small or cannot be cut:
 * gzip, or a quotation mark that stays open.
 */
export async function planRanges(readRange: ReadRange, size: number, options: RangeOptions): Promise<ByteRange[]> {
  const { rangeBytes, format, mostRanges = MOST_RANGES, pieceBytes = PIECE_BYTES } = options;
  const whole = [{ start: 0, end: size, line: 1 }];
  const count = Math.min(mostRanges, Math.ceil(size / Math.max(1, rangeBytes)));
  if (count < 2) return whole;
  const head = await readRange(0, Math.min(HEAD_BYTES, size));
  if (isGzip(head)) return whole;
  const dialect = format.kind === 'csv' ? detectDialect(head, format) : undefined;
  if (dialect?.lineEnd === 'cr') return whole;

  const skipped = byteOrderMarkLength(head);
  const starts = Array.from({ length: count }, (_, index) =>
    index === 0 ? skipped : Math.floor((size / count) * index),
  );
  const scanned = await inParallel(starts, async (start, index) => {
    const stretch = dialect ? new Stretch(start, dialect.delimiter, dialect.quote) : new LinesStretch(start);
    const end = starts[index + 1] ?? size;
    for (let at = start; at < end; at += pieceBytes) stretch.read(await readRange(at, Math.min(at + pieceBytes, end)));
    return stretch;
  });

  const ranges: { start: number; end: number; line: number }[] = [{ start: 0, end: size, line: 1 }];
  let state: State = 'field start';
  let line = 1;
  for (const [index, stretch] of scanned.entries()) {
    const run: AssumedRun = stretch instanceof LinesStretch ? stretch : stretch.runs[state];
    if (index > 0 && run.boundary !== undefined && run.boundary.at < size) {
      ranges.at(-1)!.end = run.boundary.at;
      ranges.push({ start: run.boundary.at, end: size, line: line + run.boundary.lines });
    }
    line += stretch.lines;
    state = run.state;
  }
  return ranges;
}

type State = 'field start' | 'unquoted' | 'quoted' | 'quote in quoted';
const STATES: readonly State[] = ['field start', 'unquoted', 'quoted', 'quote in quoted'];

interface AssumedRun {
  state: State;
  /** the first record boundary, and the line ends up to it */
  boundary?: { readonly at: number; readonly lines: number };
}

const LF = 10;

/** Where every line is a record. */
class LinesStretch implements AssumedRun {
  readonly state = 'field start';
  boundary?: { readonly at: number; readonly lines: number };
  lines = 0;

  constructor(private offset: number) {}

  read(bytes: Buffer): void {
    const end = this.boundary ? -1 : bytes.indexOf(LF);
    if (end >= 0) this.boundary = { at: this.offset + end + 1, lines: this.lines + 1 };
    this.lines += countLines(bytes, bytes.length);
    this.offset += bytes.length;
  }
}

class Stretch {
  readonly runs: Readonly<Record<State, AssumedRun>>;
  lines = 0;
  private offset: number;

  constructor(
    start: number,
    private readonly delimiter: number,
    private readonly quote: number,
  ) {
    this.offset = start;
    this.runs = Object.fromEntries(STATES.map((state) => [state, { state }])) as Record<State, AssumedRun>;
  }

  read(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // Assumptions soon come to the same state; from there on one reading serves all.
    const read = new Map<string, { state: State; boundary: number }>();
    for (const run of Object.values(this.runs)) {
      const known = `${run.state}${run.boundary === undefined}`;
      let result = read.get(known);
      if (!result) {
        result = this.follow(run.state, bytes, run.boundary === undefined);
        read.set(known, result);
      }
      run.state = result.state;
      if (run.boundary === undefined && result.boundary >= 0) {
        run.boundary = { at: this.offset + result.boundary, lines: this.lines + countLines(bytes, result.boundary) };
      }
    }
    this.lines += countLines(bytes, bytes.length);
    this.offset += bytes.length;
  }

  /** Jumps from quotation mark to quotation mark. `boundary`: index behind the first line end outside of them, or -1. */
  private follow(from: State, bytes: Buffer, wanted: boolean): { state: State; boundary: number } {
    const { delimiter, quote } = this;
    const length = bytes.length;
    let state = from;
    let boundary = -1;
    let at = 0;
    const step = (byte: number) => {
      if (byte === LF && wanted && boundary < 0) boundary = at + 1;
      at++;
      return byte === LF || byte === delimiter ? 'field start' : 'unquoted';
    };
    while (at < length) {
      if (state === 'quote in quoted') {
        if (bytes[at] === quote) {
          state = 'quoted';
          at++;
        } else state = step(bytes[at]!);
      } else if (state === 'quoted') {
        const close = bytes.indexOf(quote, at);
        if (close < 0) return { state, boundary };
        at = close + 1;
        state = 'quote in quoted';
      } else {
        if (state === 'field start' && bytes[at] === quote) {
          state = 'quoted';
          at++;
          continue;
        }
        const next = bytes.indexOf(quote, at);
        const end = next < 0 ? length : next;
        if (wanted && boundary < 0) {
          const lineEnd = bytes.indexOf(LF, at);
          if (lineEnd >= 0 && lineEnd < end) boundary = lineEnd + 1;
        }
        const before = end > at ? bytes[end - 1] : undefined;
        if (before !== undefined) state = before === LF || before === delimiter ? 'field start' : 'unquoted';
        at = end;
        // A quotation mark inside an unquoted field is a character like any other.
        if (at < length && state === 'unquoted') at++;
      }
    }
    return { state, boundary };
  }
}

function countLines(bytes: Buffer, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_STRETCHES }, worker));
  return results;
}

/**
 * A file of a shard's records, in their order, a line each. Where records begin is known for every so many, so that a reader finds its
 * place without reading what lies before, and memory does not grow with what is kept.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { readJournal } from '../../store';

/** As it lies on disk. */
export interface StoredRecord {
  /** counts the records of a shard, from 1 */
  readonly n: number;
  /** milliseconds since 1970 */
  readonly t: number;
  /** partition key */
  readonly k: string;
  /** base64 */
  readonly d: string;
}

interface Mark {
  readonly n: number;
  readonly t: number;
  readonly offset: number;
}

/** Records between two marks. */
const EVERY = 128;
const NEWLINE = 0x0a;

export class Segment {
  private readonly marks: Mark[] = [];
  /** the number that the next record gets */
  next: number;
  lastAt = 0;
  bytes = 0;

  constructor(
    readonly file: string,
    readonly first: number,
  ) {
    this.next = first;
  }

  /** Of a file that is there; a line that a crash left incomplete does not count: `bytes` ends before it. */
  static async read(file: string, first: number): Promise<Segment> {
    const segment = new Segment(file, first);
    let offset = 0;
    const { complete } = await readJournal<StoredRecord>(file, (record) => {
      segment.note(record, offset);
      offset += Buffer.byteLength(lineOf(record));
    });
    segment.bytes = complete;
    return segment;
  }

  /** Written at `offset`. */
  note({ n, t }: StoredRecord, offset: number): void {
    const last = this.marks.at(-1);
    if (last === undefined || n - last.n >= EVERY) this.marks.push({ n, t, offset });
    this.next = n + 1;
    this.lastAt = t;
  }

  /**
   * Records from number `from` on, as many as both limits allow, and one in any case.
   *
   * @param maxBytes of their data
   */
  async recordsFrom(from: number, max: number, maxBytes: number): Promise<StoredRecord[]> {
    const mark = this.marks.findLast(({ n }) => n <= from) ?? this.marks[0];
    if (mark === undefined) return [];
    const found: StoredRecord[] = [];
    let bytes = 0;
    const file = await open(this.file, 'r');
    try {
      for await (const line of linesOf(file, mark.offset, this.bytes)) {
        const record = JSON.parse(line) as StoredRecord;
        if (record.n < from) continue;
        bytes += Buffer.byteLength(record.d, 'base64') + Buffer.byteLength(record.k);
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(record);
        if (found.length >= max) break;
      }
    } finally {
      await file.close();
    }
    return found;
  }

  /** The number of the first record that has arrived at `time` or later; of the next one, if there is none. */
  async firstAt(time: number): Promise<number> {
    const mark = this.marks.findLast(({ t }) => t < time) ?? this.marks[0];
    if (mark === undefined) return this.next;
    const file = await open(this.file, 'r');
    try {
      for await (const line of linesOf(file, mark.offset, this.bytes)) {
        const { n, t } = JSON.parse(line) as StoredRecord;
        if (t >= time) return n;
      }
    } finally {
      await file.close();
    }
    return this.next;
  }
}

export const lineOf = ({ n, t, k, d }: StoredRecord): string => `${JSON.stringify({ n, t, k, d })}\n`;

const CHUNK = 256 * 1024;

async function* linesOf(file: FileHandle, from: number, to: number): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for (let at = from; at < to; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const bytes = chunk.subarray(0, bytesRead);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...rest, bytes.subarray(start, end)]).toString('utf8');
      rest = [];
      start = end + 1;
    }
    if (start < bytes.length) rest.push(bytes.subarray(start));
  }
}

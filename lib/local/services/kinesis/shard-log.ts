/**
 * The records of one shard: files of a limited size, the newest of which is appended to. What waits is written together, with one
 * fsync, and can be read once it is on disk. Old files go when all in them is older than the stream keeps it.
 */
import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { lineOf, Segment, type StoredRecord } from './segment';

export interface NewRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export interface ShardLog {
  /** the number that the next record gets; those before it can be read */
  readonly next: number;
  /** the number that a record gets that is appended now: what others have appended is on its way to the disk */
  readonly promised: number;
  /** milliseconds since 1970: arrival of the newest; 0 if there is none */
  readonly newestAt: number;
  /** Their numbers, once they are on disk: one after the other. */
  append(records: readonly NewRecord[]): Promise<readonly number[]>;
  /** From number `from` on, none that has arrived before `notBefore`. */
  read(from: number, options: ReadOptions): Promise<readonly StoredRecord[]>;
  /** The number of the first record that has arrived at `time` or later. */
  firstAt(time: number): Promise<number>;
  /** Resolves as soon as there is a record with this number, or `signal` is aborted. */
  whenThere(number: number, signal: AbortSignal): Promise<void>;
  /** Removes files in which all is older. */
  trim(before: number): Promise<void>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly max: number;
  readonly maxBytes: number;
  readonly notBefore: number;
}

interface Pending {
  readonly records: readonly NewRecord[];
  readonly resolve: (numbers: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

const sizeOf = (batch: readonly Pending[]): number => batch.reduce((sum, { records }) => sum + records.length, 0);

const SEGMENT_BYTES = 32 * 1024 * 1024;
const fileName = (first: number): string => `${String(first).padStart(16, '0')}.ndjson`;

/** @param now milliseconds since 1970: when a record arrives */
export async function openShardLog(
  folder: string,
  now: () => number,
  segmentBytes: number = SEGMENT_BYTES,
): Promise<ShardLog> {
  await mkdir(folder, { recursive: true });
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const segments = await Promise.all(files.map((name) => Segment.read(join(folder, name), Number.parseInt(name, 10))));
  if (segments.length === 0) segments.push(new Segment(join(folder, fileName(1)), 1));
  let current = segments.at(-1)!;
  let file = await openEnd(current);
  let pending: Pending[] = [];
  let writing: Promise<void> | undefined;
  /** records that were appended and are not on disk */
  let onItsWay = 0;
  const waiting = new Set<() => void>();

  const rotate = async () => {
    await file.close();
    current = new Segment(join(folder, fileName(current.next)), current.next);
    segments.push(current);
    file = await openEnd(current);
  };

  const write = async (batch: readonly Pending[]) => {
    if (current.bytes > segmentBytes) await rotate();
    let number = current.next;
    // Clocks may be put back; records stay in the order of their times.
    const at = Math.max(now(), current.lastAt);
    const stored = batch.map(({ records }) =>
      records.map(
        ({ partitionKey, data }): StoredRecord => ({
          n: number++,
          t: at,
          k: partitionKey,
          d: Buffer.from(data).toString('base64'),
        }),
      ),
    );
    const lines = stored.flat().map((record) => ({ record, line: Buffer.from(lineOf(record)) }));
    try {
      await file.appendFile(Buffer.concat(lines.map(({ line }) => line)));
      await file.datasync();
    } catch (error) {
      // A full disk leaves half a line, which later ones must not continue.
      await file.truncate(current.bytes);
      throw error;
    }
    for (const { record, line } of lines) {
      current.note(record, current.bytes);
      current.bytes += line.length;
    }
    onItsWay -= sizeOf(batch);
    for (const [index, { resolve }] of batch.entries()) resolve(stored[index]!.map(({ n }) => n));
    for (const wake of waiting) wake();
  };

  const drain = async () => {
    // What follows at once is written together.
    await new Promise((resolve) => setImmediate(resolve));
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      try {
        await write(batch);
      } catch (error) {
        onItsWay -= sizeOf(batch);
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  };

  const read = async (from: number, options: ReadOptions): Promise<readonly StoredRecord[]> => {
    const start = segments.findLastIndex(({ first }) => first <= from);
    for (const segment of segments.slice(Math.max(0, start))) {
      const found = await segment.recordsFrom(from, options.max, options.maxBytes);
      const kept = found.filter(({ t }) => t >= options.notBefore);
      if (kept.length > 0) return kept;
      // All that was found is too old: what follows may be younger.
      if (found.length > 0) return read(found.at(-1)!.n + 1, options);
    }
    return [];
  };

  return {
    get next() {
      return current.next;
    },
    get promised() {
      return current.next + onItsWay;
    },
    get newestAt() {
      return current.lastAt || (segments.at(-2)?.lastAt ?? 0);
    },
    append: (records) =>
      new Promise((resolve, reject) => {
        pending.push({ records, resolve, reject });
        onItsWay += records.length;
        writing ??= drain();
      }),
    read,
    async firstAt(time) {
      const segment = segments.find(({ lastAt }) => lastAt >= time);
      return segment === undefined ? current.next : segment.firstAt(time);
    },
    whenThere(number, signal) {
      return new Promise((resolve) => {
        const look = () => {
          if (current.next <= number && !signal.aborted) return;
          waiting.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        waiting.add(look);
        signal.addEventListener('abort', look);
        look();
      });
    },
    async trim(before) {
      while (segments.length > 1 && segments[0]!.lastAt < before) {
        const [old] = segments.splice(0, 1);
        await rm(old!.file, { force: true });
      }
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

/** Cuts off what a crash has left incomplete. */
async function openEnd({ file, bytes }: Segment): Promise<FileHandle> {
  const handle = await open(file, 'a');
  if ((await handle.stat()).size > bytes) await truncate(file, bytes);
  return handle;
}

/**
 * How the local cloud keeps its state on disk, so that a process killed at any moment loses nothing it has acknowledged:
 * JSON documents (written to a temporary file, then renamed), append-only journals (group commit: every append that waits
 * shares one fsync), and tables (a map in memory whose changes are journaled).
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces the file's content as a whole: a reader (or a crash) sees the old content or the new, never a mixture. */
export async function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await openInFolder(temporary, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.datasync();
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  await rename(temporary, file);
}

export const writeJson = (file: string, value: unknown, mode?: number): Promise<void> =>
  writeFileAtomic(file, `${JSON.stringify(value, undefined, 2)}\n`, mode);

/** `undefined` when the file does not exist. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export interface Journal<R> {
  /** Resolves when the record is on disk. Records are kept in the order of the calls. */
  append(record: R): Promise<void>;
  /** Starts the file anew with what `records` returns once earlier appends are on disk. */
  rewrite(records: () => Iterable<R>): Promise<void>;
  /** Waits for everything appended so far, then closes the file. */
  close(): Promise<void>;
}

export interface JournalOptions<R> {
  readonly onRecord: (record: R) => void;
  readonly mode?: number;
  /** False for records whose loss in a power cut does no harm (a killed process loses none either way). */
  readonly sync?: boolean;
  /** Most likely the file is not there yet: then there is nothing to read. */
  readonly isNew?: boolean;
}

/** What is written to the file in one go, and whom to tell of it. */
interface Batch {
  lines: string;
  /** The file starts anew with these; then there are no lines. */
  readonly snapshot?: () => Iterable<string>;
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function newBatch(snapshot?: () => Iterable<string>): Batch {
  let resolve = () => {};
  let reject: Batch['reject'] = () => {};
  const written = new Promise<void>((...settle) => {
    [resolve, reject] = settle;
  });
  return { lines: '', ...(snapshot && { snapshot }), written, resolve, reject };
}

/** Reads the records that are there, cuts off a line that a crash left incomplete, and opens the file for appending. */
export async function openJournal<R>(file: string, options: JournalOptions<R>): Promise<Journal<R>> {
  const { onRecord, mode = 0o644, sync = true, isNew = false } = options;
  const created = isNew ? await create(file, mode) : undefined;
  let handle = created ?? (await openExisting(file, onRecord, mode));
  let size = created ? 0 : (await handle.stat()).size;
  const queue: Batch[] = [];
  let writing: Promise<void> | undefined;
  let closed = false;

  const rewriteFile = async (lines: Iterable<string>) => {
    let content = '';
    for (const line of lines) content += line;
    await handle.close();
    try {
      await writeFileAtomic(file, content, mode);
    } finally {
      handle = await open(file, 'a', mode);
      size = (await handle.stat()).size;
    }
  };

  const writeBatch = async ({ snapshot, lines }: Batch) => {
    if (snapshot) return rewriteFile(snapshot());
    const bytes = Buffer.from(lines);
    try {
      await handle.appendFile(bytes);
      if (sync) await handle.datasync();
      size += bytes.length;
    } catch (error) {
      // A full disk leaves half a line, which later appends must not continue.
      await handle.truncate(size);
      throw error;
    }
  };

  const drain = async () => {
    // What follows at once, without waiting for anything, is written together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      try {
        await writeBatch(batch);
        batch.resolve();
      } catch (error) {
        batch.reject(error);
      }
    }
    writing = undefined;
  };

  const enqueue = (batch: Batch): Batch => {
    queue.push(batch);
    writing ??= drain();
    return batch;
  };

  return {
    append(record) {
      if (closed) return Promise.reject(new Error(`${file} is closed`));
      const line = `${JSON.stringify(record)}\n`;
      // Appends up to the next rewrite share one write, one fsync and one promise.
      let batch = queue.at(-1);
      if (!batch || batch.snapshot) batch = enqueue(newBatch());
      batch.lines += line;
      return batch.written;
    },
    rewrite(records) {
      if (closed) return Promise.reject(new Error(`${file} is closed`));
      return enqueue(newBatch(() => map(records(), (record) => `${JSON.stringify(record)}\n`))).written;
    },
    async close() {
      if (closed) return;
      closed = true;
      await writing;
      await handle.close();
    },
  };
}

/** The folder is made where it is not there, which is seldom. */
async function openInFolder(file: string, flags: string, mode: number): Promise<FileHandle> {
  try {
    return await open(file, flags, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(file), { recursive: true });
    return open(file, flags, mode);
  }
}

/** Undefined when it is there already. */
async function create(file: string, mode: number): Promise<FileHandle | undefined> {
  try {
    return await openInFolder(file, 'ax', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

async function openExisting<R>(file: string, onRecord: (record: R) => void, mode: number): Promise<FileHandle> {
  const { complete, size } = await readJournal(file, onRecord);
  if (complete < size) await truncate(file, complete);
  return openInFolder(file, 'a', mode);
}

/** A map whose entries survive a restart. Changes are visible at once; the promise resolves when they are on disk. */
export interface Table<T> {
  readonly size: number;
  get(key: string): T | undefined;
  has(key: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[string, T]>;
  /** The value must not be changed afterwards: set a new one. */
  set(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** Records of deleted and replaced entries are dropped once they outnumber the living ones by this much. */
const COMPACTION_SLACK_RECORDS = 5_000;

interface TableRecord<T> {
  readonly k: string;
  readonly v?: T;
}

export async function openTable<T>(file: string, options: { mode?: number; sync?: boolean } = {}): Promise<Table<T>> {
  const entries = new Map<string, T>();
  let records = 0;
  const apply = ({ k, v }: TableRecord<T>) => {
    if (v === undefined) entries.delete(k);
    else entries.set(k, v);
    records++;
  };
  const journal = await openJournal<TableRecord<T>>(file, { ...options, onRecord: apply });

  const compact = () => {
    records = entries.size;
    return journal.rewrite(() => map(entries, ([k, v]) => ({ k, v })));
  };
  if (records > entries.size) await compact();

  const change = async (record: TableRecord<T>) => {
    apply(record);
    const written = journal.append(record);
    // The copy holds this record as well, so its failure matters only if the append has failed, too.
    if (records > 2 * entries.size + COMPACTION_SLACK_RECORDS) compact().catch(() => undefined);
    await written;
  };

  return {
    get size() {
      return entries.size;
    },
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    keys: () => entries.keys(),
    values: () => entries.values(),
    entries: () => entries.entries(),
    set: (k, v) => change({ k, v }),
    delete: async (k) => {
      if (entries.has(k)) await change({ k });
    },
    close: () => journal.close(),
  };
}

const NEWLINE = 0x0a;

/** Reads a journal that may be written to meanwhile: an incomplete last line is left out. */
export async function readJournal<R>(
  file: string,
  onRecord: (record: R) => void,
): Promise<{ readonly complete: number; readonly size: number }> {
  let rest: Buffer[] = [];
  let complete = 0;
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
        rest = [];
        onRecord(parseLine<R>(line, file, complete));
        start = end + 1;
        complete = size + start;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
      size += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return { complete, size };
}

/** Whether a journal has a first record that is complete. */
export async function hasRecord(file: string): Promise<boolean> {
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      if (chunk.includes(NEWLINE)) return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}

function parseLine<R>(line: string, file: string, offset: number): R {
  try {
    return JSON.parse(line) as R;
  } catch (cause) {
    throw new Error(
      `${file} is damaged at byte ${offset}: ${line.slice(0, 80)}. Remove that line, or the file, to go on.`,
      {
        cause,
      },
    );
  }
}

function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Generator<B> {
  for (const item of items) yield change(item);
}

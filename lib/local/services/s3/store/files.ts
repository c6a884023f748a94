/**
 * The bytes of all objects: files with random names, so that no key can ever reach outside the folder. A file is written and synced
 * before anything refers to it, never changed afterwards, and removed with the last reference.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { disposable, memoryOf } from '../../../disposable';
import type { Segment } from '../types';

/** Large enough that 1 GB costs about a thousand reads. */
const READ_BYTES = 1024 * 1024;

export class Files {
  readonly #references = new Map<string, number>();

  private constructor(
    private readonly folder: string,
    private readonly folderHandle: FileHandle | undefined,
  ) {}

  static async open(folder: string): Promise<Files> {
    await mkdir(folder, { recursive: true });
    // Windows neither opens nor syncs folders.
    return new Files(folder, process.platform === 'win32' ? undefined : await open(folder, 'r'));
  }

  async close(): Promise<void> {
    await this.folderHandle?.close();
  }

  async create(): Promise<{ file: string; handle: FileHandle }> {
    const file = randomBytes(16).toString('hex');
    return { file, handle: await open(join(this.folder, file), 'wx') };
  }

  /** Makes the names of new files durable. */
  async sync(): Promise<void> {
    await this.folderHandle?.sync();
  }

  retain(segments: readonly Segment[]): void {
    for (const { file } of segments) this.#references.set(file, (this.#references.get(file) ?? 0) + 1);
  }

  /** Returns the files that nothing refers to any more; they stay until `remove`. */
  release(segments: readonly Segment[]): string[] {
    const free: string[] = [];
    for (const { file } of segments) {
      const references = (this.#references.get(file) ?? 1) - 1;
      if (references > 0) this.#references.set(file, references);
      else {
        this.#references.delete(file);
        free.push(file);
      }
    }
    return free;
  }

  async remove(files: readonly string[]): Promise<void> {
    for (const file of files) {
      if (!this.#references.has(file)) await rm(join(this.folder, file), { force: true });
    }
  }

  /** Removes what an interrupted upload left behind. */
  async removeOrphans(): Promise<void> {
    await this.remove(await readdir(this.folder));
  }

  /** `length` bytes from `start`. The files stay until the stream is closed, whatever happens to the object meanwhile. */
  read(segments: readonly Segment[], start: number, length: number): Readable {
    const slices = sliceSegments(segments, start, length);
    this.retain(slices);
    // Two chunks ahead, as objects: a stream of bytes would copy them together whenever it has both.
    const stream = Readable.from(readSegments(this.folder, slices), { objectMode: true, highWaterMark: 2 });
    stream.once('close', () => {
      this.remove(this.release(slices)).catch(() => {
        // The next start removes it as an orphan.
      });
    });
    return disposable(stream);
  }
}

export function sliceSegments(segments: readonly Segment[], start: number, length: number): Segment[] {
  const slices: Segment[] = [];
  let position = 0;
  for (const segment of segments) {
    const from = Math.max(start, position);
    const to = Math.min(start + length, position + segment.length);
    if (from < to) slices.push({ file: segment.file, offset: segment.offset + from - position, length: to - from });
    position += segment.length;
  }
  return slices;
}

async function* readSegments(folder: string, segments: readonly Segment[]): AsyncGenerator<Buffer> {
  for (const { file, offset, length } of segments) {
    const handle = await open(join(folder, file), 'r');
    try {
      for (let position = 0; position < length; ) {
        const size = Math.min(READ_BYTES, length - position);
        const { bytesRead, buffer } = await handle.read(memoryOf(size), 0, size, offset + position);
        if (bytesRead === 0) throw new Error(`The data file ${file} is shorter than its object`);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
}

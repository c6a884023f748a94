/** The bytes of a partition: ranges of the object in parallel, decompressed if it is gzip, with the first of them looked at. */
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { createGunzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { FileSlice } from '../../lib/tasks/common';
import { byteOrderMarkLength, HEAD_BYTES, isGzip, refuseOtherThanText, unreadable } from '../shared/inspect-head';
import { readBytes, readRanges } from '../shared/objects';

/**
 * The memory of what is received and sent is given back by hand (`releaseSoon`), so V8 need not collect the garbage of a small heap each time that
 * some megabytes have come again: that was a tenth of the processor time.
 */
setFlagsFromString('--heap-growing-percent=400');

export interface OpenFile {
  /** the first bytes of the whole file, uncompressed, without byte-order mark */
  readonly head: Buffer;
  /** bytes of the byte-order mark */
  readonly skipped: number;
  /** the partition's bytes, uncompressed, from the start of the file or of the range; each valid until the next */
  readonly chunks: AsyncGenerator<Buffer>;
  /** bytes of the object that have not come yet */
  remaining(): number;
}

const SMALL_BYTES = 2 * 1024 * 1024;
/** A request takes far longer than a small file's rows. */
const READ_AHEAD = 4;

/** One after the other; small ones are fetched while those before them are read. */
export async function* openFiles(
  s3: S3Client,
  slices: readonly FileSlice[],
): AsyncGenerator<{ readonly slice: FileSlice; readonly file: OpenFile }> {
  const bodies: (Promise<Buffer> | undefined)[] = [];
  for (const [index, slice] of slices.entries()) {
    while (slices.length > 1 && bodies.length < Math.min(index + READ_AHEAD, slices.length)) {
      const { object, range } = slices[bodies.length]!;
      const body = range || object.size > SMALL_BYTES ? undefined : fetchWhole(s3, object);
      // Awaited when its turn comes, if it comes.
      body?.catch(() => {});
      bodies.push(body);
    }
    const { object } = slice;
    const file = await openFile(s3, slice, `s3://${object.bucket}/${object.key}`, bodies[index]);
    bodies[index] = undefined;
    try {
      yield { slice, file };
    } finally {
      await file.chunks.return(undefined);
    }
  }
}

async function fetchWhole(s3: S3Client, object: FileSlice['object']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readRanges(s3, object, 0, object.size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `file` names it in messages, `body` is all of it where that was fetched before. @throws {UnreadableFile} */
async function openFile(
  s3: S3Client,
  { object, format, range }: FileSlice,
  file: string,
  body?: Promise<Buffer>,
): Promise<OpenFile> {
  const start = range?.start ?? 0;
  const end = range?.end ?? object.size;
  let received = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body ? [await body] : readRanges(s3, object, start, end, { reuse: true })) {
      received += chunk.length;
      yield chunk;
    }
  };
  const remaining = () => end - start - received;
  // Its directory stands at its end: it is read as a table, not as text.
  if (format.kind === 'parquet') return { head: Buffer.alloc(0), skipped: 0, chunks: counted(), remaining };
  if (start > 0) {
    const head = await readBytes(s3, object, 0, Math.min(HEAD_BYTES, object.size));
    refuseOtherThanText(head, file);
    const skipped = byteOrderMarkLength(head);
    return { head: head.subarray(skipped), skipped, chunks: counted(), remaining };
  }
  const raw = new Peekable(counted());
  const first = await raw.peek(2);
  const zipped = isGzip(first);
  const text = zipped ? new Peekable(gunzip(raw.rest(), file)) : raw;
  const head = await text.peek(HEAD_BYTES);
  refuseOtherThanText(head, file);
  const skipped = byteOrderMarkLength(head);
  return { head: head.subarray(skipped), skipped, chunks: text.rest(), remaining };
}

/** Reads ahead and gives back what was read. */
class Peekable {
  private readonly ahead: Buffer[] = [];

  constructor(private readonly chunks: AsyncGenerator<Buffer>) {}

  /** At least `bytes` bytes, or all there are. */
  async peek(bytes: number): Promise<Buffer> {
    let length = this.ahead.reduce((sum, chunk) => sum + chunk.length, 0);
    while (length < bytes) {
      const { value, done } = await this.chunks.next();
      if (done) break;
      // A copy: the range's memory is used again once the next chunk is asked for.
      this.ahead.push(Buffer.from(value));
      length += value.length;
    }
    return Buffer.concat(this.ahead);
  }

  async *rest(): AsyncGenerator<Buffer> {
    try {
      while (this.ahead.length > 0) yield this.ahead.shift()!;
      yield* this.chunks;
    } finally {
      // Leaving early ends the requests under way.
      await this.chunks.return(undefined);
    }
  }
}

/** A stream reads ahead, while a chunk is valid only until the next is asked for. */
async function* copies(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* gunzip(chunks: AsyncGenerator<Buffer>, file: string): AsyncGenerator<Buffer> {
  const source = Readable.from(copies(chunks), { objectMode: false });
  const unzipped = createGunzip({ chunkSize: 256 * 1024 });
  let sourceFailure: unknown;
  source.on('error', (error) => {
    sourceFailure = error;
    unzipped.destroy(error);
  });
  try {
    for await (const chunk of source.pipe(unzipped)) yield chunk as Buffer;
  } catch (error) {
    if (sourceFailure) throw sourceFailure;
    const truncated = (error as { code?: string }).code === 'Z_BUF_ERROR';
    const what = truncated ? 'the gzip file ends too early, as after a broken upload' : 'the gzip file is damaged';
    throw unreadable(file, what, 'Compress it again', error);
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

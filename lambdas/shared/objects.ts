/**
 * S3 reads and writes of the tasks. Every read pins the version and the ETag, so that a file that is overwritten half way is
 * an error and never a mixture. Every write is `If-None-Match: *`: what a manifest names is never replaced.
 */
import { open, readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { goneError } from './gone';
import { releaseSoon } from './release';

const MIB = 1024 * 1024;
/** Parallel GETs of this size reach a Lambda's network limit (S3's own guidance: 8 to 16 MB). */
export const RANGE_BYTES = 8 * MIB;
const PARALLEL_RANGES = 2;
/** Larger files go up as multipart, in pieces of this size: at most two are in memory. */
const PIECE_BYTES = 8 * MIB;
const SINGLE_PUT_BYTES = 16 * MIB;

export interface PinnedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** with or without its quotation marks */
  readonly etag?: string | undefined;
}

/** What S3 stored. `etag` has no quotation marks. */
export interface Written {
  readonly key: string;
  readonly etag: string;
  /** bytes */
  readonly length: number;
}

/** The bytes [start, end) of an object. */
export async function readBytes(s3: S3Client, object: PinnedObject, start: number, end: number): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  for await (const piece of await openRange(s3, object, start, end)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

export async function readWhole(s3: S3Client, object: PinnedObject): Promise<Buffer> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(pinned(object)));
    return Buffer.from(await Body!.transformToByteArray());
  } catch (error) {
    throw goneError(error, object) ?? error;
  }
}

/**
 * The bytes [start, end) in order, as they come: a few ranges are under way at a time, and bytes of the first are passed on
 * while it arrives. At most `PARALLEL_RANGES * RANGE_BYTES` wait in memory. `reuse`: a chunk is valid only until the next is
 * asked for, and then its memory serves again.
 */
export async function* readRanges(
  s3: S3Client,
  object: PinnedObject,
  start: number,
  end: number,
  { reuse = false }: { readonly reuse?: boolean } = {},
): AsyncGenerator<Buffer> {
  const queue: RangeInFlight[] = [];
  const free: Buffer[] = [];
  let next = start;
  const fill = () => {
    while (queue.length < PARALLEL_RANGES && next < end) {
      const rangeEnd = Math.min(next + RANGE_BYTES, end);
      const memory = free.pop() ?? Buffer.allocUnsafeSlow(Math.min(RANGE_BYTES, end - start));
      queue.push(new RangeInFlight(s3, object, next, rangeEnd, memory));
      next = rangeEnd;
    }
  };
  try {
    for (fill(); queue.length > 0; fill()) {
      yield* queue[0]!.chunks();
      const { memory } = queue.shift()!;
      if (reuse) free.push(memory);
    }
  } finally {
    for (const range of queue) range.cancel();
  }
}

/** A range that is read into memory from the start on, whether or not anybody waits for it yet. */
class RangeInFlight {
  private body: Readable | undefined;
  private received = 0;
  private ended = false;
  private cancelled = false;
  private failure: unknown;
  private wake: () => void = () => {};

  constructor(
    s3: S3Client,
    object: PinnedObject,
    start: number,
    end: number,
    readonly memory: Buffer,
  ) {
    this.receive(s3, object, start, end).catch((error) => {
      this.failure = error;
      this.ended = true;
      this.wake();
    });
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (let passed = 0; ; ) {
      if (passed < this.received) {
        const chunk = this.memory.subarray(passed, this.received);
        passed = this.received;
        yield chunk;
        continue;
      }
      if (this.failure) throw this.failure;
      if (this.ended) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  cancel(): void {
    this.cancelled = true;
    this.body?.destroy();
  }

  private async receive(s3: S3Client, object: PinnedObject, start: number, end: number): Promise<void> {
    const expected = end - start;
    // A connection that breaks in the middle of a body is not retried by the SDK: the rest is asked for again.
    for (let attempt = 1; this.received < expected && !this.cancelled; attempt++) {
      try {
        await this.receiveBody(await openRange(s3, object, start + this.received, end), expected);
        if (this.received < expected)
          throw new Error(`S3 sent ${this.received} of ${expected} bytes of ${object.key}.`);
      } catch (error) {
        if (attempt >= 4 || (error as { $metadata?: unknown }).$metadata) throw error;
      }
    }
    this.ended = true;
    this.wake();
  }

  private async receiveBody(body: Readable, expected: number): Promise<void> {
    this.body = body;
    await new Promise<void>((resolve, reject) => {
      // Plain 'data' events: an async iterator over the body costs a third more of the main thread at 1 GB.
      body.on('data', (chunk: Buffer) => {
        if (this.cancelled) return;
        if (this.received + chunk.length > expected) {
          body.destroy(new Error('S3 sent more bytes than were asked for.'));
          return;
        }
        this.memory.set(chunk, this.received);
        this.received += chunk.length;
        releaseSoon(chunk);
        this.wake();
      });
      body.once('end', resolve);
      body.once('error', reject);
      body.once('close', resolve);
    });
  }
}

async function openRange(s3: S3Client, object: PinnedObject, start: number, end: number): Promise<Readable> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ ...pinned(object), Range: `bytes=${start}-${end - 1}` }));
    return Body as Readable;
  } catch (error) {
    throw goneError(error, object) ?? error;
  }
}

function pinned(object: PinnedObject) {
  return {
    Bucket: object.bucket,
    Key: object.key,
    ...(object.versionId ? { VersionId: object.versionId } : {}),
    ...(object.etag ? { IfMatch: quoted(object.etag) } : {}),
  };
}

export async function putBytes(
  s3: S3Client,
  bucket: string,
  key: string,
  body: string | Uint8Array,
  contentType?: string,
): Promise<Written> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const { ETag } = await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: bytes,
      IfNoneMatch: '*',
      ...(contentType ? { ContentType: contentType } : {}),
    }),
  );
  return { key, etag: unquoted(ETag), length: bytes.length };
}

export interface PutOptions {
  /** e.g. `gzip`: Aurora's import decompresses by this header */
  readonly contentEncoding?: string;
  /** as in a query: `name=value` */
  readonly tags?: string;
}

export async function putFile(
  s3: S3Client,
  bucket: string,
  key: string,
  path: string,
  options: PutOptions = {},
): Promise<Written> {
  const { size } = await stat(path);
  if (size <= SINGLE_PUT_BYTES) {
    const body = await readFile(path);
    const { ETag } = await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        IfNoneMatch: '*',
        ContentEncoding: options.contentEncoding,
        Tagging: options.tags,
      }),
    );
    releaseSoon(body);
    return { key, etag: unquoted(ETag), length: size };
  }
  const upload = new ObjectWriter(s3, bucket, key, options);
  const file = await open(path);
  try {
    for (let offset = 0; offset < size; offset += PIECE_BYTES) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - offset));
      await file.read(piece, 0, piece.length, offset);
      await upload.write(piece);
    }
    return await upload.end();
  } catch (error) {
    await upload.abort();
    throw error;
  } finally {
    await file.close();
  }
}

/** Writes an object of unknown length in bounded memory: one PUT if it stays small, else multipart. */
export class ObjectWriter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private bytes = 0;
  private uploadId: string | undefined;
  private readonly parts: CompletedPart[] = [];
  private uploading: Promise<void> = Promise.resolve();

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly key: string,
    private readonly options: PutOptions = {},
  ) {}

  /** Resolves once there is room for more. */
  async write(chunk: Buffer): Promise<void> {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
    this.bytes += chunk.length;
    if (this.pendingBytes >= PIECE_BYTES) await this.flush();
  }

  async end(): Promise<Written> {
    if (!this.uploadId) {
      const { key } = this;
      const { ETag } = await this.s3.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: Buffer.concat(this.pending),
          IfNoneMatch: '*',
          ContentEncoding: this.options.contentEncoding,
          Tagging: this.options.tags,
        }),
      );
      return { key, etag: unquoted(ETag), length: this.bytes };
    }
    if (this.pendingBytes > 0) await this.flush();
    await this.uploading;
    const { ETag } = await this.s3.send(
      new CompleteMultipartUploadCommand({
        Bucket: this.bucket,
        Key: this.key,
        UploadId: this.uploadId,
        IfNoneMatch: '*',
        MultipartUpload: { Parts: this.parts },
      }),
    );
    return { key: this.key, etag: unquoted(ETag), length: this.bytes };
  }

  /** Leaves nothing behind. The bucket's lifecycle rule is the backstop for a killed process. */
  async abort(): Promise<void> {
    await this.uploading.catch(() => {});
    if (!this.uploadId) return;
    await this.s3
      .send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: this.key, UploadId: this.uploadId }))
      .catch(() => {});
  }

  private async flush(): Promise<void> {
    const body = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    // One piece under way while the next fills: memory stays at two pieces.
    await this.uploading;
    this.uploadId ??= await this.create();
    const partNumber = this.parts.length + 1;
    const part: CompletedPart = { PartNumber: partNumber };
    this.parts.push(part);
    this.uploading = this.s3
      .send(
        new UploadPartCommand({
          Bucket: this.bucket,
          Key: this.key,
          UploadId: this.uploadId,
          PartNumber: partNumber,
          Body: body,
        }),
      )
      .then((response) => {
        Object.assign(
          part,
          { ETag: response.ETag },
          response.ChecksumCRC32 && { ChecksumCRC32: response.ChecksumCRC32 },
        );
      });
    this.uploading.catch(() => {});
  }

  private async create(): Promise<string> {
    const { UploadId } = await this.s3.send(
      new CreateMultipartUploadCommand({
        Bucket: this.bucket,
        Key: this.key,
        ContentEncoding: this.options.contentEncoding,
        Tagging: this.options.tags,
      }),
    );
    return UploadId!;
  }
}

export const unquoted = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '');
const quoted = (etag: string): string => `"${unquoted(etag)}"`;

/** From the body of a request to a synced file: hashed while it is written, in bounded memory, and gone again if anything is wrong. */

import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { announcedTrailers, trailersOf } from '../../wire/chunked';
import { hasher, isChecksumAlgorithm, trailedChecksums, verifyChecksums } from './checksums';
import { badDigest, entityTooLarge, S3Error } from './errors';
import type { Files } from './store/files';
import type { ChecksumAlgorithm, Checksums, Content, Segment } from './types';

/** S3's limit for one PutObject or UploadPart. */
const LIMIT_BYTES = 5 * 1024 ** 3;
/** Socket chunks of 64 KB and less are gathered to writes of this size. */
const WRITE_BYTES = 1024 * 1024;

export interface Expectation {
  /** what to compute, besides MD5 and what the trailers announce */
  readonly algorithms?: readonly (ChecksumAlgorithm | undefined)[];
  /** must match */
  readonly checksums?: Checksums;
  /** base64 */
  readonly md5?: string;
}

type Body = Readable | Uint8Array | string | undefined;

export async function receive(files: Files, body: Body, expected: Expectation = {}): Promise<Content> {
  const md5 = expected.md5 === undefined ? undefined : decodeMd5(expected.md5);
  const algorithms = new Set<ChecksumAlgorithm>(Object.keys(expected.checksums ?? {}) as ChecksumAlgorithm[]);
  for (const algorithm of expected.algorithms ?? []) if (algorithm) algorithms.add(algorithm);
  for (const name of announcedTrailers(body)) {
    const algorithm = name.replace(/^x-amz-checksum-/, '').toUpperCase();
    if (isChecksumAlgorithm(algorithm)) algorithms.add(algorithm);
  }
  const hashers = new Map([...algorithms].map((algorithm) => [algorithm, hasher(algorithm)]));
  const md5Hasher = hasher('MD5');

  const { file, handle } = await files.create();
  let size: number;
  const checksums: Checksums = {};
  let digest: Buffer;
  try {
    size = await write(handle, body, [md5Hasher, ...hashers.values()]);
    digest = Buffer.from(await md5Hasher.digest());
    for (const [algorithm, hash] of hashers) checksums[algorithm] = Buffer.from(await hash.digest()).toString('base64');
    if (md5 && !md5.equals(digest)) throw badDigest('Content-MD5', md5.toString('base64'), digest.toString('base64'));
    verifyChecksums({ ...expected.checksums, ...trailedChecksums(trailersOf(body)) }, checksums);
    if (size > 0) await handle.datasync();
  } catch (error) {
    await handle.close();
    await files.remove([file]);
    throw error;
  }
  await handle.close();
  if (size === 0) await files.remove([file]);
  else await files.sync();
  const segments: Segment[] = size === 0 ? [] : [{ file, offset: 0, length: size }];
  return { segments, size, etag: digest.toString('hex'), checksums };
}

/** MD5 and checksums of bytes that are on disk already, e.g. of a copied range. */
export async function digestOf(
  files: Files,
  segments: readonly Segment[],
  range: { start: number; length: number },
  algorithm: ChecksumAlgorithm | undefined,
): Promise<{ etag: string; checksums: Checksums }> {
  const md5 = hasher('MD5');
  const hash = algorithm && hasher(algorithm);
  for await (const chunk of files.read(segments, range.start, range.length)) {
    md5.update(chunk as Buffer);
    hash?.update(chunk as Buffer);
  }
  return {
    etag: Buffer.from(await md5.digest()).toString('hex'),
    checksums: algorithm && hash ? { [algorithm]: Buffer.from(await hash.digest()).toString('base64') } : {},
  };
}

async function write(
  handle: FileHandle,
  body: Body,
  hashers: readonly { update(bytes: Uint8Array): void }[],
): Promise<number> {
  let size = 0;
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  // The next batch is hashed while this one is written.
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    await writing;
    if (batch.length === 0) return;
    writing = writeAll(handle, batch);
    // Awaited by the next flush; until then a failure must not count as unhandled.
    writing.catch(() => {});
    batch = [];
    batchBytes = 0;
  };
  try {
    for await (const chunk of chunksOf(body)) {
      size += chunk.byteLength;
      if (size > LIMIT_BYTES) throw entityTooLarge(LIMIT_BYTES);
      for (const hash of hashers) hash.update(chunk);
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      if (batchBytes >= WRITE_BYTES) await flush();
    }
    await flush();
  } finally {
    await writing.catch(() => {});
  }
  await writing;
  return size;
}

async function writeAll(handle: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  const expected = batch.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } = await handle.writev(batch as NodeJS.ArrayBufferView[]);
  // A short write is rare (a signal, a nearly full disk): write what is missing, which then succeeds or says why not.
  if (bytesWritten < expected) await handle.appendFile(Buffer.concat(batch).subarray(bytesWritten));
}

function chunksOf(body: Body): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body === undefined) return [];
  if (typeof body === 'string') return [Buffer.from(body, 'utf8')];
  if (body instanceof Uint8Array) return [body];
  return body;
}

function decodeMd5(base64: string): Buffer {
  const md5 = Buffer.from(base64, 'base64');
  if (md5.length !== 16) throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400);
  return md5;
}

import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ChunkedDecoder } from './chunked';
import { BodyTooLargeError, SerializationError } from './errors';
import type { RequestBody } from './message';

/** Above the largest body that AWS takes outside S3 (a zipped function, 50 MB). */
const LIMIT_BYTES = 64 * 1024 * 1024;
const gunzipAsync = promisify(gunzip);

export interface BodyOptions {
  /** Clients compress large PutMetricData bodies; S3 keeps what it is sent. */
  readonly gunzip: boolean;
}

export function requestBody(request: IncomingMessage, options: BodyOptions): RequestBody {
  let whole: Promise<Buffer> | undefined;
  const { headers } = request;
  const stream = (): Readable => {
    if (!isChunked(headers)) return request;
    const decodedLength = headers['x-amz-decoded-content-length'];
    const trailers = headers['x-amz-trailer'];
    const decoder = new ChunkedDecoder(
      typeof decodedLength === 'string' ? Number(decodedLength) : undefined,
      typeof trailers === 'string' ? trailers.split(',').map((name) => name.trim().toLowerCase()) : [],
    );
    // An error reaches whoever reads the decoder.
    pipeline(request, decoder, () => {});
    return decoder;
  };
  const collect = async (): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let size = 0;
    // An iterator of the stream takes longer than all of a small body.
    await new Promise<void>((resolve, reject) => {
      const body = stream();
      body.on('data', (chunk: Buffer) => {
        size += chunk.length;
        // What is too much is read on and dropped: a client that is cut off in the middle of its body never sees the answer.
        if (size > LIMIT_BYTES) chunks.length = 0;
        else chunks.push(chunk);
      });
      body.on('end', resolve);
      body.on('error', reject);
      body.on('close', () => {
        if (!body.readableEnded) reject(new SerializationError('The request has ended before its body.'));
      });
    });
    if (size > LIMIT_BYTES) throw new BodyTooLargeError(LIMIT_BYTES);
    const bytes = Buffer.concat(chunks, size);
    if (!options.gunzip || !/\bgzip\b/i.test(headers['content-encoding'] ?? '')) return bytes;
    return unzip(bytes);
  };
  return {
    stream,
    bytes: () => {
      whole ??= collect();
      return whole;
    },
  };
}

async function unzip(bytes: Buffer): Promise<Buffer> {
  try {
    return await gunzipAsync(bytes, { maxOutputLength: LIMIT_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLargeError(LIMIT_BYTES);
    throw new SerializationError(
      `The request says Content-Encoding: gzip, but its body is not gzip: ${(cause as Error).message}`,
    );
  }
}

function isChunked(headers: IncomingMessage['headers']): boolean {
  const sha256 = headers['x-amz-content-sha256'];
  return (
    (typeof sha256 === 'string' && sha256.startsWith('STREAMING-')) ||
    /\baws-chunked\b/i.test(headers['content-encoding'] ?? '')
  );
}

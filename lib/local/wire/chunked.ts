/**
 * `aws-chunked` bodies: `<hex size>[;chunk-signature=…]\r\n<data>\r\n` … `0\r\n<trailer>: <value>\r\n…\r\n`.
 * Passes slices of the incoming buffers on, so a 5 GB upload costs no copies.
 */
import { Transform, type TransformCallback } from 'node:stream';
import { AwsError } from '../service';

const MAX_LINE_BYTES = 16 * 1024;
const MAX_TRAILER_LINES = 64;

export class ChunkedDecoder extends Transform {
  /** lower-case names; complete once the stream has ended */
  readonly trailers: Record<string, string> = {};
  #state: 'size' | 'data' | 'data-end' | 'trailers' | 'done' = 'size';
  #remaining = 0;
  #line = '';
  #trailerLines = 0;
  #decodedBytes = 0;

  constructor(
    private readonly expectedBytes?: number,
    readonly announced: readonly string[] = [],
  ) {
    super({ readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 1024 * 1024 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      this.#decode(chunk);
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  override _flush(callback: TransformCallback): void {
    // Some clients leave out the blank line that ends the trailers.
    if (this.#state === 'trailers' && this.#line !== '') this.#endLine();
    const isEnded = this.#state === 'done' || this.#state === 'trailers';
    const isWhole = this.expectedBytes === undefined || this.expectedBytes === this.#decodedBytes;
    callback(isEnded && isWhole ? null : incomplete());
  }

  #decode(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'done') throw malformed('there is data after the last chunk');
      if (this.#state === 'data') {
        const end = Math.min(chunk.length, at + this.#remaining);
        this.push(chunk.subarray(at, end));
        this.#remaining -= end - at;
        this.#decodedBytes += end - at;
        at = end;
        if (this.#remaining === 0) this.#state = 'data-end';
        continue;
      }
      const newline = chunk.indexOf(0x0a, at);
      this.#line += chunk.toString('latin1', at, newline < 0 ? chunk.length : newline);
      if (this.#line.length > MAX_LINE_BYTES) throw malformed('a line between chunks is too long');
      if (newline < 0) return;
      at = newline + 1;
      this.#endLine();
    }
  }

  #endLine(): void {
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    switch (this.#state) {
      case 'size': {
        const match = /^([0-9a-f]{1,13})(?:;.*)?$/i.exec(line);
        if (!match) throw malformed('a chunk does not begin with its size');
        this.#remaining = Number.parseInt(match[1] as string, 16);
        this.#state = this.#remaining === 0 ? 'trailers' : 'data';
        return;
      }
      case 'data-end':
        if (line !== '') throw malformed('a chunk is longer than its size says');
        this.#state = 'size';
        return;
      case 'trailers': {
        if (line === '') {
          this.#state = 'done';
          return;
        }
        const colon = line.indexOf(':');
        if (colon < 1 || ++this.#trailerLines > MAX_TRAILER_LINES) throw malformed('a trailer is not "name: value"');
        const name = line.slice(0, colon).trim().toLowerCase();
        if (name !== '__proto__') this.trailers[name] = line.slice(colon + 1).trim();
        return;
      }
    }
  }
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly', 400);
}

function malformed(why: string): AwsError {
  return new AwsError('InvalidRequest', `The aws-chunked body is malformed: ${why}.`, 400);
}

/** What followed the body, once it has been read to its end; the checksum of an SDK's streamed upload is here. */
export function trailersOf(body: unknown): Readonly<Record<string, string>> {
  return body instanceof ChunkedDecoder ? body.trailers : {};
}

/** The trailers that the headers promise, known before the body is read. */
export function announcedTrailers(body: unknown): readonly string[] {
  return body instanceof ChunkedDecoder ? body.announced : [];
}

import type { Readable } from 'node:stream';

/** A request as the protocols see it: nothing decoded yet but the header names, which are lower case. */
export interface WireRequest {
  readonly method: string;
  /** percent-encoded, without the query; for S3 what follows the bucket */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** the bucket of an S3 request, from the path or the host */
  readonly bucket?: string;
  readonly body: RequestBody;
}

/** A body is read whole or streamed, once, by the one who needs it. */
export interface RequestBody {
  /** Rejects with BodyTooLargeError. */
  bytes(): Promise<Buffer>;
  stream(): Readable;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | string | Readable;
}

/**
 * How a record looks on a stream: a JSON object, plain or behind the header that AWS's serializers put before it. That has 18 bytes:
 * 3, the header's version; 0 or 5, not compressed or by zlib; and the 16 bytes of the UUID of the schema's version.
 * https://docs.aws.amazon.com/glue/latest/dg/schema-registry-works.html
 */
import { isUtf8 } from 'node:buffer';
import { deflateSync, inflateSync } from 'node:zlib';
import { parseJson } from '../rows/parse-json';
import type { Row } from '../rows/paths';
import type { LookUpVersion } from './schema-versions';

const HEADER_VERSION = 3;
const PLAIN = 0;
const ZLIB = 5;
const HEADER_BYTES = 18;
/** What the Kinesis Producer Library puts before several records in one. */
const AGGREGATED = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
/** A record has 10 MiB at most; what inflates to more than this is not meant to be read. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface GoodRecord {
  /** numbers that a double would change are kept as they are written */
  readonly record: Row;
  /** the object as it came, on one line: from its `{` to its `}` */
  readonly text: string;
  /** of its schema; absent: it came without a header */
  readonly versionId?: string;
}

export interface BadRecord {
  readonly reason: string;
  /** as of a good one, where it is an object */
  readonly text?: string;
  /** of what is no object: its text, or base64 where it is not UTF-8 */
  readonly data?: string;
}

export type DecodedRecord = GoodRecord | BadRecord;

export const isBadRecord = (decoded: DecodedRecord): decoded is BadRecord => 'reason' in decoded;

/**
 * Reads a batch of records, each for itself: a bad one is no reason to fail.
 *
 * @throws what the registry answers when it is busy or down: the batch may be good, and is to be read again
 * @example const decoded = await decode(records.map(({ data }) => data), schemaVersions(glue(), stream.schema));
 */
export async function decode(batch: readonly Uint8Array[], lookUp: LookUpVersion): Promise<DecodedRecord[]> {
  const opened = batch.map(open);
  const ids = [...new Set(opened.flatMap((one) => ('versionId' in one && one.versionId ? [one.versionId] : [])))];
  const refused = new Map(await Promise.all(ids.map(async (id) => [id, await lookUp(id)] as const)));
  return opened.map((one) => {
    if ('reason' in one) return one;
    const why = one.versionId === undefined ? undefined : refused.get(one.versionId);
    const read = readObject(one.payload);
    if ('reason' in read) return read;
    if (why !== undefined) return { reason: `the record ${why}`, text: read.text };
    return one.versionId === undefined ? read : { ...read, versionId: one.versionId };
  });
}

/** `json`: of an object. `compress` pays for records of some hundred bytes and more. */
export function encode(
  json: string | Uint8Array,
  { versionId, compress = false }: { readonly versionId?: string | undefined; readonly compress?: boolean } = {},
): Buffer {
  const payload = Buffer.from(json as Uint8Array);
  if (versionId === undefined) return payload;
  const id = Buffer.from(versionId.replaceAll('-', ''), 'hex');
  if (id.length !== HEADER_BYTES - 2) throw new Error(`The id of a schema's version is a UUID, not '${versionId}'.`);
  const header = Buffer.from([HEADER_VERSION, compress ? ZLIB : PLAIN]);
  return Buffer.concat([header, id, compress ? deflateSync(payload) : payload]);
}

type Opened = BadRecord | { readonly payload: Buffer; readonly versionId?: string };

function open(data: Uint8Array): Opened {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes[0] !== HEADER_VERSION) {
    if (!bytes.subarray(0, AGGREGATED.length).equals(AGGREGATED)) return { payload: bytes };
    return bad(
      'the record holds several, put together by the Kinesis Producer Library: set AggregationEnabled to false there',
      bytes,
    );
  }
  if (bytes.length < HEADER_BYTES)
    return bad(`the record ends within the header of its schema's version (${bytes.length} bytes of 18)`, bytes);
  const versionId = bytes
    .toString('hex', 2, HEADER_BYTES)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const payload = bytes.subarray(HEADER_BYTES);
  if (bytes[1] === PLAIN) return { payload, versionId };
  if (bytes[1] !== ZLIB)
    return bad(`the record's header names compression ${bytes[1]}; 0 and 5 (zlib) are known`, bytes);
  try {
    return { payload: inflateSync(payload, { maxOutputLength: MOST_BYTES }), versionId };
  } catch (error) {
    const isLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    const why = isLarge ? `inflates to more than ${MOST_BYTES / 1024 / 1024} MiB` : 'cannot be inflated by zlib';
    return bad(`the record ${why}`, bytes);
  }
}

function readObject(payload: Buffer): GoodRecord | BadRecord {
  if (payload.length === 0) return bad('the record is empty', payload);
  if (!isUtf8(payload)) return bad('the record is not valid UTF-8', payload);
  const text = onOneLine(payload.toString());
  try {
    const record = parseJson(payload) as Row;
    if (text.startsWith('{')) return { record, text };
  } catch {
    return bad('the record is not JSON', payload);
  }
  return bad(`the record is JSON, but ${text.startsWith('[') ? 'an array' : 'not an object'}`, payload);
}

/** In JSON a line ends between its tokens only. */
const onOneLine = (json: string): string => json.trim().replace(/[\r\n]+/g, ' ');

function bad(reason: string, bytes: Buffer): BadRecord {
  return { reason, data: isUtf8(bytes) ? bytes.toString() : bytes.toString('base64') };
}

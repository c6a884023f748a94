import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../../service';
import type { CopyStatement } from '../copy-statement';
import { RedshiftError } from '../errors';

/** S3 as the role of the COPY. */
export type S3 = <T>(operation: string, input: Readonly<Record<string, unknown>>) => Promise<T>;

export interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  /** what a manifest says of the length; COPY of Parquet relies on it */
  readonly length?: number;
  /** a missing object that is not mandatory is passed over, as in Redshift */
  readonly mandatory: boolean;
}

interface Listing {
  readonly Contents?: readonly { readonly Key: string; readonly Size?: number }[];
  readonly NextContinuationToken?: string;
}

/** The objects that a COPY names, by prefix or by manifest. */
export async function sourceObjects(copy: CopyStatement, s3: S3): Promise<SourceObject[]> {
  return copy.manifest ? fromManifest(copy, s3) : fromPrefix(copy, s3);
}

async function fromPrefix({ bucket, key }: CopyStatement, s3: S3): Promise<SourceObject[]> {
  const objects: SourceObject[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await reading(() =>
      s3<Listing>('ListObjectsV2', {
        Bucket: bucket,
        Prefix: key,
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    // Empty "folder" objects are not files.
    for (const { Key, Size } of page.Contents ?? []) {
      if (!(Key.endsWith('/') && Size === 0)) objects.push({ bucket, key: Key, mandatory: true });
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  if (objects.length === 0) throw new RedshiftError(`The specified S3 prefix '${key}' does not exist`);
  return objects;
}

async function fromManifest(copy: CopyStatement, s3: S3): Promise<SourceObject[]> {
  const where = `s3://${copy.bucket}/${copy.key}`;
  const entries = parseManifest(await objectText(copy.bucket, copy.key, s3), where);
  return entries.map(({ url, mandatory = false, meta }) => {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(url ?? '') ?? [];
    if (bucket === undefined || key === undefined)
      throw new RedshiftError(`Manifest file ${where} has an entry without a valid url: ${JSON.stringify(url)}`);
    const length = meta?.content_length;
    if (copy.format === 'PARQUET' && !Number.isInteger(length)) {
      throw new RedshiftError(
        `COPY with MANIFEST parameter requires content_length in meta of each entry for PARQUET files. File: ${url}, manifest: ${where}`,
      );
    }
    return { bucket, key, mandatory, ...(length === undefined ? {} : { length }) };
  });
}

interface ManifestEntry {
  readonly url?: string;
  readonly mandatory?: boolean;
  readonly meta?: { readonly content_length?: number };
}

function parseManifest(json: string, where: string): readonly ManifestEntry[] {
  try {
    const { entries } = JSON.parse(json) as { entries?: readonly ManifestEntry[] };
    if (Array.isArray(entries) && entries.length > 0) return entries;
  } catch {
    // said below
  }
  throw new RedshiftError(
    `Manifest file ${where} is not valid: it must be JSON with a list "entries" that is not empty`,
  );
}

/** Saves an object to a file. False: it is missing, and need not be there. */
export async function download(object: SourceObject, s3: S3, file: string): Promise<boolean> {
  const { bucket, key, mandatory } = object;
  try {
    const { Body } = await s3<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>('GetObject', {
      Bucket: bucket,
      Key: key,
    });
    await pipeline(Body instanceof Uint8Array ? Readable.from([Body]) : Readable.from(Body), createWriteStream(file));
    return true;
  } catch (error) {
    if (!mandatory && error instanceof AwsError && error.code === 'NoSuchKey') return false;
    throw explain(error);
  }
}

export async function objectText(bucket: string, key: string, s3: S3): Promise<string> {
  const { Body } = await reading(() =>
    s3<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>('GetObject', { Bucket: bucket, Key: key }),
  );
  return text(Body);
}

async function text(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A call to S3, whose error is told in Redshift's words. */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw explain(error);
  }
}

/** Redshift's words for what S3 answers. */
function explain(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error;
  const code = error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code;
  return new RedshiftError(
    `S3ServiceException:${error.message},Status ${error.status},Error ${code},Rid local,ExtRid local,CanRetry 1`,
  );
}

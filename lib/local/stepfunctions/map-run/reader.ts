/** Where the items of a Distributed Map come from: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
import { type DatasetConfig, type DatasetItem, parseDataset, readerFailed } from './dataset';

export interface ReaderConfig extends DatasetConfig {
  readonly MaxItems?: number;
  readonly Transformation?: 'NONE' | 'LOAD_AND_FLATTEN';
  readonly ManifestType?: 'ATHENA_DATA' | 'S3_INVENTORY';
}

/** An item, and where it is from, as `Map.Item.Source` says it: in small letters, whatever the documentation shows. */
export interface ReadItem extends DatasetItem {
  readonly Source: string;
}

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;
type Source = Readonly<Record<string, unknown>>;

/** Reads all items; `source` is the reader's evaluated Arguments or Parameters. */
export async function readItems(
  resource: string,
  source: Source,
  config: ReaderConfig,
  call: Call,
): Promise<ReadItem[]> {
  const limit = config.MaxItems || Number.POSITIVE_INFINITY;
  if (resource.endsWith(':listObjectsV2')) {
    const objects = await listObjects(source, limit, config.Transformation === 'LOAD_AND_FLATTEN', call);
    if (config.Transformation !== 'LOAD_AND_FLATTEN') {
      return objects.map((Value) => ({ Value, Source: `s3://${source.Bucket}` }));
    }
    return readAll(
      objects.map(({ Key }) => ({ Bucket: source.Bucket, Key })),
      config,
      limit,
      call,
    );
  }
  if (config.ManifestType === 'ATHENA_DATA') {
    return readAll(athenaFiles(await getObject(source, call)), config, limit, call);
  }
  if (config.ManifestType === 'S3_INVENTORY' || config.InputType === 'MANIFEST') {
    const { files, header } = inventoryFiles(await getObject(source, call));
    const rows: DatasetConfig = { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: header };
    return readAll(files, rows, limit, call);
  }
  if (config.InputType === 'PARQUET' && source.VersionId !== undefined) {
    throw readerFailed('S3 Version ID selection is not currently supported for PARQUET files');
  }
  return readAll([source], config, limit, call);
}

interface ListedObject {
  readonly Etag: unknown;
  readonly Key: unknown;
  readonly LastModified: unknown;
  readonly Size: unknown;
  readonly StorageClass: unknown;
}

async function listObjects(source: Source, limit: number, isLoaded: boolean, call: Call): Promise<ListedObject[]> {
  const items: ListedObject[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = (await call('s3', 'ListObjectsV2', {
      ...source,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    })) as { Contents?: readonly Source[]; NextContinuationToken?: string };
    for (const { Key, Size, ETag, LastModified, StorageClass } of page.Contents ?? []) {
      // A folder's marker holds nothing that could be loaded.
      if (isLoaded && (Size === 0 || String(Key).endsWith('/'))) continue;
      const modified = LastModified instanceof Date ? LastModified.getTime() / 1000 : LastModified;
      items.push({ Etag: ETag, Key, LastModified: modified, Size, StorageClass: StorageClass ?? 'STANDARD' });
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined && (isLoaded || items.length < limit));
  return isLoaded ? items : items.slice(0, limit);
}

/** The items of some objects, one after the other. */
async function readAll(
  objects: readonly Source[],
  config: DatasetConfig,
  limit: number,
  call: Call,
): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  for (const object of objects) {
    if (items.length >= limit) break;
    const found = await parseDataset(await getObject(object, call), config, limit - items.length);
    const Source = `s3://${object.Bucket}/${object.Key}`;
    for (const item of found) items.push({ ...item, Source });
  }
  return items;
}

async function getObject(source: Source, call: Call): Promise<Buffer> {
  const { Body } = (await call('s3', 'GetObject', source)) as { Body: AsyncIterable<Uint8Array> };
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What UNLOAD of Athena writes: a URI a line. */
function athenaFiles(manifest: Buffer): Source[] {
  const uris = manifest
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim().replace(/^"(.*)"$/, '$1'))
    .filter((line) => line !== '');
  return uris.map((uri) => {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/i.exec(uri) ?? [];
    if (Bucket === undefined) throw readerFailed(`The manifest names '${uri}', which is no URI of an object in S3.`);
    return { Bucket, Key };
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html */
function inventoryFiles(manifest: Buffer): { readonly files: readonly Source[]; readonly header: readonly string[] } {
  const { destinationBucket, fileFormat, fileSchema, files } = parseManifest(manifest);
  if (fileFormat !== 'CSV')
    throw readerFailed(`An inventory in the format ${fileFormat} is not supported: only CSV is.`);
  const Bucket = String(destinationBucket).replace(/^arn:[^:]*:s3:::/, '');
  return {
    files: (files ?? []).map(({ key }) => ({ Bucket, Key: key })),
    header: String(fileSchema).split(/\s*,\s*/),
  };
}

interface Manifest {
  readonly destinationBucket?: unknown;
  readonly fileFormat?: unknown;
  readonly fileSchema?: unknown;
  readonly files?: readonly { readonly key: string }[];
}

function parseManifest(manifest: Buffer): Manifest {
  try {
    return JSON.parse(manifest.toString('utf8')) as Manifest;
  } catch (error) {
    throw readerFailed(`The manifest is not valid JSON: ${(error as Error).message}`);
  }
}

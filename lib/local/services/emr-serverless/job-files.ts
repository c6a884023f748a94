/**
 * S3 as a job sees it: a tree of folders and files, each read and write an operation of S3 as the job's role. What Spark writes below
 * `_temporary` lies on this disk until it is renamed to its place: then it is put, whole. So a job that dies leaves no half of a file.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError, type CloudContext, type Principal } from '../../service';

export interface Entry {
  /** empty for the one that was asked for */
  readonly name: string;
  readonly isFolder: boolean;
  readonly length: number;
  /** ms since 1970 */
  readonly modified: number;
}

export interface JobFiles {
  status(path: string): Promise<Entry | undefined>;
  list(path: string): Promise<Entry[] | undefined>;
  /** @throws AwsError `NoSuchKey` */
  read(path: string, offset: number, length?: number): Promise<Readable>;
  /** Whether it was written: not where there is one, and it is to stay. */
  write(path: string, body: Readable, overwrite: boolean): Promise<boolean>;
  makeFolder(path: string): void;
  rename(from: string, to: string): Promise<boolean>;
  remove(path: string): Promise<boolean>;
}

interface Pending {
  readonly file: string;
  readonly length: number;
  readonly modified: number;
}

const isTemporary = (path: string): boolean => /\/(_temporary|\.spark-staging[^/]*)(\/|$)/.test(path);

/** Paths are `/bucket/key`; `folder` holds what is not put yet. */
export function openJobFiles(cloud: CloudContext, principal: Principal, folder: string): JobFiles {
  const pending = new Map<string, Pending>();
  const folders = new Set<string>();
  let count = 0;

  const s3 = <T>(operation: string, input: object) => cloud.call(principal, 's3', operation, input) as Promise<T>;
  const below = (path: string) => [...pending.keys()].filter((one) => one.startsWith(`${path}/`));
  const put = async (path: string, { file, length }: Pending) => {
    await s3('PutObject', { ...placeOf(path), Body: createReadStream(file), ContentLength: length });
    await rm(file, { force: true });
  };
  const page = async (path: string, options: object): Promise<Listing> => {
    const { Bucket, Key } = placeOf(path);
    return s3<Listing>('ListObjectsV2', { Bucket, Prefix: Key === '' ? '' : `${Key}/`, ...options });
  };

  const files: JobFiles = {
    async status(path) {
      const own = pending.get(path);
      if (own) return { name: '', isFolder: false, length: own.length, modified: own.modified };
      if (placeOf(path).Key === '' || folders.has(path) || below(path).length > 0) return FOLDER;
      // On S3 nothing of it can be there: these paths are never put.
      if (isTemporary(path)) return undefined;
      try {
        const head = await s3<{ ContentLength?: number; LastModified?: Date }>('HeadObject', placeOf(path));
        return { name: '', isFolder: false, length: head.ContentLength ?? 0, modified: +(head.LastModified ?? 0) };
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
      const { Contents = [] } = await page(path, { MaxKeys: 1 });
      return Contents.length > 0 ? FOLDER : undefined;
    },

    async list(path) {
      const found = new Map<string, Entry>();
      const own = isTemporary(path) ? undefined : await files.status(path);
      if (own && !own.isFolder) return [own];
      for (const one of [...folders, ...pending.keys()]) {
        if (!one.startsWith(`${path}/`)) continue;
        const [name = '', ...rest] = one.slice(path.length + 1).split('/');
        const file = rest.length === 0 ? pending.get(one) : undefined;
        found.set(name, file ? { name, isFolder: false, ...file } : { ...FOLDER, name });
      }
      if (!isTemporary(path)) {
        const { Key } = placeOf(path);
        const skip = Key === '' ? 0 : Key.length + 1;
        let ContinuationToken: string | undefined;
        do {
          const answer = await page(path, { Delimiter: '/', ContinuationToken });
          for (const { Prefix = '' } of answer.CommonPrefixes ?? []) {
            const name = Prefix.slice(skip, -1);
            found.set(name, { ...FOLDER, name });
          }
          for (const { Key: key = '', Size = 0, LastModified } of answer.Contents ?? []) {
            const name = key.slice(skip);
            if (name !== '') found.set(name, { name, isFolder: false, length: Size, modified: +(LastModified ?? 0) });
          }
          ContinuationToken = answer.NextContinuationToken;
        } while (ContinuationToken !== undefined);
      }
      if (found.size === 0 && !own && !folders.has(path)) return undefined;
      return [...found.values()];
    },

    async read(path, offset, length) {
      const own = pending.get(path);
      const end = length === undefined ? undefined : offset + length - 1;
      if (own) return createReadStream(own.file, { start: offset, ...(end === undefined ? {} : { end }) });
      const { Body } = await s3<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>('GetObject', {
        ...placeOf(path),
        ...(offset === 0 && end === undefined ? {} : { Range: `bytes=${offset}-${end ?? ''}` }),
      });
      return Body instanceof Uint8Array ? Readable.from([Body]) : Readable.from(Body);
    },

    async write(path, body, overwrite) {
      if (!overwrite && (await files.status(path)) !== undefined) {
        body.resume();
        return false;
      }
      const file = join(folder, String(count++));
      await mkdir(dirname(file), { recursive: true });
      let length = 0;
      const counted = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          length += chunk.length;
          yield chunk;
        }
      };
      await pipeline(body, counted, createWriteStream(file));
      const written: Pending = { file, length, modified: cloud.clock.now() };
      if (isTemporary(path)) pending.set(path, written);
      else await put(path, written);
      return true;
    },

    makeFolder(path) {
      folders.add(path);
    },

    async rename(from, to) {
      const target = await files.status(to);
      const goal = target?.isFolder ? `${to}/${from.slice(from.lastIndexOf('/') + 1)}` : to;
      if (target && !target.isFolder) return false;
      const moved = pending.has(from) ? [from] : below(from);
      if (moved.length === 0 && !folders.has(from)) return renameObjects(from, goal);
      for (const one of moved) {
        const place = goal + one.slice(from.length);
        const file = pending.get(one)!;
        pending.delete(one);
        if (isTemporary(place)) pending.set(place, file);
        else await put(place, file);
      }
      for (const one of [...folders].filter((name) => name === from || name.startsWith(`${from}/`))) {
        folders.delete(one);
        if (isTemporary(goal)) folders.add(goal + one.slice(from.length));
      }
      return true;
    },

    async remove(path) {
      const own = [...(pending.has(path) ? [path] : []), ...below(path)];
      for (const one of own) {
        await rm(pending.get(one)!.file, { force: true });
        pending.delete(one);
      }
      let wasThere = own.length > 0;
      for (const one of [...folders]) {
        if (one !== path && !one.startsWith(`${path}/`)) continue;
        folders.delete(one);
        wasThere = true;
      }
      if (isTemporary(path)) return wasThere;
      const keys = await keysUnder(path);
      const { Bucket } = placeOf(path);
      for (const Key of keys) await s3('DeleteObject', { Bucket, Key });
      return wasThere || keys.length > 0;
    },
  };

  /** Spark itself renames only what it has written just now; S3 has no renames, so it is copied as EMR's file system does. */
  async function renameObjects(from: string, to: string): Promise<boolean> {
    const { Bucket, Key } = placeOf(from);
    const keys = await keysUnder(from);
    for (const key of keys) {
      const CopySource = `${Bucket}/${encodeURIComponent(key)}`;
      await s3('CopyObject', { Bucket: placeOf(to).Bucket, Key: placeOf(to).Key + key.slice(Key.length), CopySource });
      await s3('DeleteObject', { Bucket, Key: key });
    }
    return keys.length > 0;
  }

  async function keysUnder(path: string): Promise<string[]> {
    const status = await files.status(path);
    if (status === undefined) return [];
    if (!status.isFolder) return [placeOf(path).Key];
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const answer = await page(path, { ContinuationToken });
      keys.push(...(answer.Contents ?? []).map(({ Key = '' }) => Key));
      ContinuationToken = answer.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
  }

  return files;
}

const FOLDER: Entry = { name: '', isFolder: true, length: 0, modified: 0 };

interface Listing {
  readonly Contents?: readonly { readonly Key?: string; readonly Size?: number; readonly LastModified?: Date }[];
  readonly CommonPrefixes?: readonly { readonly Prefix?: string }[];
  readonly NextContinuationToken?: string;
}

function placeOf(path: string): { Bucket: string; Key: string } {
  const [, Bucket = '', ...key] = path.split('/');
  return { Bucket, Key: key.join('/') };
}

export const isMissing = (error: unknown): boolean =>
  error instanceof AwsError && ['NoSuchKey', 'NotFound', 'NoSuchBucket'].includes(error.code);

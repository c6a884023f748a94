/** Pages of a listing: pure, over the sorted keys of a bucket. */
import type { Bucket } from './store/bucket';
import { compareKeys } from './store/keys';
import type { ObjectVersion } from './types';

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** only what comes after this key, or after all that begin with this common prefix */
  readonly after?: string;
}

export interface ObjectPage {
  readonly contents: readonly ObjectVersion[];
  readonly commonPrefixes: readonly string[];
  /** where the next page goes on; undefined on the last one */
  readonly next?: string;
}

export function listObjects(bucket: Bucket, query: ListQuery): ObjectPage {
  const contents: ObjectVersion[] = [];
  const commonPrefixes: string[] = [];
  let last: string | undefined;
  for (const entry of entries(bucket, query)) {
    if (entry.commonPrefix === undefined && bucket.latest(entry.key)?.deleteMarker) continue;
    if (entry.commonPrefix !== undefined && !hasObject(bucket, entry.commonPrefix)) continue;
    if (contents.length + commonPrefixes.length >= query.maxKeys) {
      return { contents, commonPrefixes, ...(last !== undefined && { next: last }) };
    }
    if (entry.commonPrefix === undefined) contents.push(bucket.latest(entry.key) as ObjectVersion);
    else commonPrefixes.push(entry.commonPrefix);
    last = entry.commonPrefix ?? entry.key;
  }
  return { contents, commonPrefixes };
}

export interface VersionPage {
  readonly versions: readonly { readonly version: ObjectVersion; readonly isLatest: boolean }[];
  readonly commonPrefixes: readonly string[];
  readonly next?: { readonly key: string; readonly versionId?: string };
}

/** `afterVersion` is a version of the key `after`; without it the page begins with the next key. */
export function listVersions(bucket: Bucket, query: ListQuery & { readonly afterVersion?: string }): VersionPage {
  const versions: { version: ObjectVersion; isLatest: boolean }[] = [];
  const commonPrefixes: string[] = [];
  let last: VersionPage['next'];
  const isFull = () => versions.length + commonPrefixes.length >= query.maxKeys;
  const pushVersions = (all: readonly ObjectVersion[], from: number): boolean => {
    for (let index = from; index < all.length; index++) {
      if (isFull()) return false;
      const version = all[index] as ObjectVersion;
      versions.push({ version, isLatest: index === 0 });
      last = { key: version.key, versionId: version.versionId };
    }
    return true;
  };
  const page = (hasMore: boolean): VersionPage => ({
    versions,
    commonPrefixes,
    ...(hasMore && last && { next: last }),
  });

  if (query.after !== undefined && query.afterVersion !== undefined) {
    const all = bucket.versions(query.after);
    const index = all.findIndex((version) => version.versionId === query.afterVersion);
    if (index >= 0 && !pushVersions(all, index + 1)) return page(true);
  }
  for (const entry of entries(bucket, query)) {
    if (entry.commonPrefix === undefined) {
      if (!pushVersions(bucket.versions(entry.key), 0)) return page(true);
    } else {
      if (isFull()) return page(true);
      commonPrefixes.push(entry.commonPrefix);
      last = { key: entry.commonPrefix };
    }
  }
  return page(false);
}

interface Entry {
  readonly key: string;
  readonly commonPrefix?: string;
}

/** Keys and common prefixes in order; a common prefix costs one binary search, however many keys it hides. */
function* entries(bucket: Bucket, { prefix, delimiter, after }: ListQuery): Generator<Entry> {
  const { keys } = bucket;
  let index = keys.atOrAfter(prefix);
  if (after !== undefined && compareKeys(after, prefix) >= 0) {
    const isCommonPrefix = delimiter !== '' && after.length > prefix.length && after.endsWith(delimiter);
    index = isCommonPrefix ? keys.beyond(after) : keys.after(after);
  }
  for (;;) {
    const key = keys.at(index);
    if (key === undefined || !key.startsWith(prefix)) return;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end < 0) {
      yield { key };
      index++;
    } else {
      const commonPrefix = key.slice(0, end + delimiter.length);
      yield { key, commonPrefix };
      index = keys.beyond(commonPrefix);
    }
  }
}

function hasObject(bucket: Bucket, prefix: string): boolean {
  for (let index = bucket.keys.atOrAfter(prefix); ; index++) {
    const key = bucket.keys.at(index);
    if (key === undefined || !key.startsWith(prefix)) return false;
    if (!bucket.latest(key)?.deleteMarker) return true;
  }
}

/** For `EncodingType: url` and in notifications: as forms do it, with slashes left. */
export const encodeKey = (key: string) =>
  encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

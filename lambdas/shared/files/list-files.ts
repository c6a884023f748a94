/** The newest versions of the objects whose keys match a glob: no more of the bucket is listed than the glob makes necessary. */
import { ListObjectVersionsCommand, type ListObjectVersionsOutput, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../../lib/tasks/common';
import { mapLimited } from '../manifest';
import { unquoted } from '../objects';
import { matcher } from './matches';

const PARALLEL_LISTINGS = 8;

/** Objects that match any of the globs, in the order of keys. */
export async function listFiles(
  s3: S3Client,
  bucket: string,
  globs: readonly string[],
  /** for tests */
  pageSize?: number,
): Promise<ObjectVersion[]> {
  const found = await mapLimited(globs.flatMap(expandBraces), PARALLEL_LISTINGS, (glob) =>
    prefixesOf(glob, (prefix) => listFolders(s3, bucket, prefix)),
  );
  const prefixes = withoutCovered(found.flat());
  const matchers = globs.map(matcher);
  const objects = await mapLimited(prefixes, PARALLEL_LISTINGS, async (prefix) => {
    const matching: ObjectVersion[] = [];
    for await (const page of pages(s3, { Bucket: bucket, Prefix: prefix, MaxKeys: pageSize })) {
      for (const { Key, VersionId, ETag, Size, LastModified, IsLatest } of page.Versions ?? []) {
        if (!IsLatest || !matchers.some((matches) => matches(Key!))) continue;
        matching.push({
          bucket,
          key: Key!,
          ...(VersionId === undefined ? {} : { versionId: VersionId }),
          etag: unquoted(ETag),
          size: Size ?? 0,
          lastModified: (LastModified ?? new Date(0)).toISOString(),
        });
      }
    }
    return matching;
  });
  return objects.flat();
}

async function listFolders(s3: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const folders: string[] = [];
  for await (const page of pages(s3, { Bucket: bucket, Prefix: prefix, Delimiter: '/' })) {
    folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
  }
  return folders;
}

/** Listing versions costs what listing objects does, and saves a request for each object to learn its version. */
async function* pages(
  s3: S3Client,
  request: { Bucket: string; Prefix: string; Delimiter?: string; MaxKeys?: number | undefined },
): AsyncGenerator<ListObjectVersionsOutput> {
  let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ ...request, ...marker }));
    yield page;
    if (!page.IsTruncated) return;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

/** What the matcher reads as more than itself. */
const SPECIAL = /[*?[\]{}()!+@\\|"]/;
/** A folder's name with a pattern that stays within it. */
const WILD_NAME = /^(?:[^[\]{}()!+@\\|"/]|\[[^\]/]*\])*$/;

const literalStart = (text: string): string => {
  const first = text.search(SPECIAL);
  return first < 0 ? text : text.slice(0, first);
};

/**
 * Prefixes under which everything that matches lies. A wildcard in a folder's name is resolved by listing the folders, where
 * something behind it narrows the keys: `clicks/*\/2026/01/05/*.gz` must not list every day of every folder.
 */
export async function prefixesOf(
  glob: string,
  foldersUnder: (prefix: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const walk = async (prefix: string, names: readonly string[]): Promise<string[]> => {
    const [name = '', ...rest] = names;
    const start = literalStart(name);
    if (rest.length > 0 && start === name) return walk(`${prefix}${name}/`, rest);
    const isWild = WILD_NAME.test(name) && !name.includes('**');
    if (rest.length === 0 || !isWild || !rest.some((one) => literalStart(one) !== '')) return [prefix + start];
    const matches = matcher(name);
    const folders = await foldersUnder(prefix + start);
    const below = folders.filter((folder) => matches(folder.slice(prefix.length, -1)));
    return (await mapLimited(below, PARALLEL_LISTINGS, (folder) => walk(folder, rest))).flat();
  };
  return walk('', glob.split('/'));
}

/** No object is listed twice. */
function withoutCovered(prefixes: readonly string[]): string[] {
  const sorted = [...new Set(prefixes)].sort();
  const kept: string[] = [];
  for (const prefix of sorted) if (!kept.some((other) => prefix.startsWith(other))) kept.push(prefix);
  return kept;
}

const MOST_ALTERNATIVES = 64;

/**
 * @example expandBraces('{eu,us}/2026/*.csv') // ['eu/2026/*.csv', 'us/2026/*.csv']
 */
export function expandBraces(glob: string): string[] {
  const found = /(?<!\\)\{([^{}\\]*,[^{}\\]*)\}/.exec(glob);
  if (!found) return [glob];
  const [braces, inner] = found;
  const expanded = inner!.split(',').flatMap((one) => {
    return expandBraces(glob.slice(0, found.index) + one + glob.slice(found.index + braces.length));
  });
  return expanded.length > MOST_ALTERNATIVES ? [glob] : expanded;
}

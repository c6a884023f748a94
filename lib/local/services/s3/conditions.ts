import { noSuchKey, notImplementedHeader, notModified, preconditionFailed } from './errors';
import type { ObjectVersion } from './types';

export interface ReadConditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: Date;
  readonly ifUnmodifiedSince?: Date;
}

/** RFC 9110's order: the ETag conditions decide where both kinds are given. */
export function checkReadConditions(conditions: ReadConditions, version: ObjectVersion): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const changed = Math.floor(version.lastModified / 1000);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) throw preconditionFailed('If-Match');
  } else if (ifUnmodifiedSince && changed > Math.floor(ifUnmodifiedSince.getTime() / 1000)) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const validators = { etag: `"${version.etag}"`, 'last-modified': new Date(version.lastModified).toUTCString() };
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, version.etag)) throw notModified(validators);
  } else if (ifModifiedSince && changed <= Math.floor(ifModifiedSince.getTime() / 1000)) {
    throw notModified(validators);
  }
}

/** The same for a copy's source, where a failure is always PreconditionFailed. */
export function checkCopyConditions(conditions: ReadConditions, version: ObjectVersion): void {
  try {
    checkReadConditions(conditions, version);
  } catch (error) {
    if ((error as { code?: string }).code === 'NotModified')
      throw preconditionFailed('x-amz-copy-source-if-none-match');
    throw error;
  }
}

/** Of a conditional write. To be asked in the same turn as the commit, so that of many writers one wins. */
export function checkWriteConditions(
  conditions: { readonly ifMatch?: string; readonly ifNoneMatch?: string },
  key: string,
  latest: ObjectVersion | undefined,
): void {
  const current = latest?.deleteMarker ? undefined : latest;
  if (conditions.ifNoneMatch !== undefined) {
    if (conditions.ifNoneMatch.trim() !== '*') throw notImplementedHeader('If-None-Match');
    if (current) throw preconditionFailed('If-None-Match');
  }
  if (conditions.ifMatch !== undefined) {
    if (!current) throw noSuchKey(key);
    if (!matches(conditions.ifMatch, current.etag)) throw preconditionFailed('If-Match');
  }
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => {
    const text = candidate.trim();
    return text === '*' || text.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

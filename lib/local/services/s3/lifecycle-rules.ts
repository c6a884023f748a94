/** What a bucket's lifecycle rules say about an object: pure. */
import type { BucketLifecycleConfiguration, LifecycleRule } from '@aws-sdk/client-s3';
import { S3Error } from './errors';
import type { BucketConfig, ObjectVersion, Upload } from './types';

export const DAY_MS = 86_400_000;
const MAX_RULES = 1_000;

/** As they come back from the journal: dates are texts. */
type Rule = LifecycleRule;

export const rulesOf = ({ settings }: BucketConfig): readonly Rule[] =>
  (((settings?.lifecycle ?? {}) as unknown as BucketLifecycleConfiguration).Rules ?? []).filter(
    ({ Status }) => Status === 'Enabled',
  );

/** S3 rounds up: to the midnight (UTC) that follows the given number of days. */
export const dueAfter = (startMs: number, days: number): number =>
  (Math.floor((startMs + days * DAY_MS) / DAY_MS) + 1) * DAY_MS;

interface Subject {
  readonly key: string;
  readonly size?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export function isSubject({ Prefix, Filter }: Rule, { key, size = 0, tags = {} }: Subject): boolean {
  const all = { ...Filter, ...Filter?.And };
  const wanted = [...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])];
  return (
    key.startsWith(all.Prefix ?? Prefix ?? '') &&
    wanted.every(({ Key = '', Value }) => tags[Key] === Value) &&
    (all.ObjectSizeGreaterThan === undefined || size > all.ObjectSizeGreaterThan) &&
    (all.ObjectSizeLessThan === undefined || size < all.ObjectSizeLessThan)
  );
}

/** When the current version expires, and by which rule: the earliest. */
export function expiryOf(
  config: BucketConfig,
  version: ObjectVersion,
): { readonly at: number; readonly rule: string } | undefined {
  if (version.deleteMarker) return undefined;
  let found: { at: number; rule: string } | undefined;
  for (const rule of rulesOf(config)) {
    const { Days, Date: date } = rule.Expiration ?? {};
    if (!isSubject(rule, version)) continue;
    const at =
      Days === undefined
        ? date === undefined
          ? undefined
          : new Date(date).getTime()
        : dueAfter(version.lastModified, Days);
    if (at !== undefined && (found === undefined || at < found.at)) found = { at, rule: rule.ID ?? '' };
  }
  return found;
}

/** `x-amz-expiration` */
export function expirationHeader(config: BucketConfig, version: ObjectVersion): { Expiration?: string } {
  if (config.settings?.lifecycle === undefined) return {};
  const expiry = expiryOf(config, version);
  return expiry
    ? { Expiration: `expiry-date="${new Date(expiry.at).toUTCString()}", rule-id="${encodeURIComponent(expiry.rule)}"` }
    : {};
}

/** `versions` of one key, newest first: those that are to go for good. A version is noncurrent since the next one came. */
export function expiredNoncurrent(
  config: BucketConfig,
  versions: readonly ObjectVersion[],
  now: number,
): readonly ObjectVersion[] {
  return versions.slice(1).filter((version, index) =>
    rulesOf(config).some((rule) => {
      const { NoncurrentDays, NewerNoncurrentVersions = 0 } = rule.NoncurrentVersionExpiration ?? {};
      if (NoncurrentDays === undefined || !isSubject(rule, version) || index < NewerNoncurrentVersions) return false;
      return dueAfter((versions[index] as ObjectVersion).lastModified, NoncurrentDays) <= now;
    }),
  );
}

/** A delete marker that hides nothing any more. */
export const isExpiredMarker = (config: BucketConfig, versions: readonly ObjectVersion[]): boolean =>
  versions.length === 1 &&
  versions[0]?.deleteMarker === true &&
  rulesOf(config).some(
    (rule) =>
      isSubject(rule, versions[0] as ObjectVersion) &&
      // A rule that expires objects does away with their markers, too.
      (rule.Expiration?.ExpiredObjectDeleteMarker === true || rule.Expiration?.Days !== undefined),
  );

export const isAbandoned = (config: BucketConfig, upload: Upload, now: number): boolean =>
  rulesOf(config).some((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    return days !== undefined && isSubject(rule, { key: upload.key }) && dueAfter(upload.initiatedAt, days) <= now;
  });

export function assertValidLifecycle(value: object): void {
  const { Rules } = value as BucketLifecycleConfiguration;
  const malformed = new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    400,
  );
  if (!Rules || Rules.length === 0 || Rules.length > MAX_RULES) throw malformed;
  const ids = Rules.flatMap(({ ID }) => (ID ? [ID] : []));
  if (new Set(ids).size < ids.length)
    throw new S3Error('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule', 400);
  for (const rule of Rules) {
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformed;
    if (rule.Filter === undefined && rule.Prefix === undefined) throw malformed;
    const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload, Transitions } = rule;
    const actions = [
      Expiration,
      NoncurrentVersionExpiration,
      AbortIncompleteMultipartUpload,
      Transitions,
      rule.NoncurrentVersionTransitions,
    ];
    if (actions.every((action) => action === undefined))
      throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule', 400);
    const days = [
      Expiration?.Days,
      NoncurrentVersionExpiration?.NoncurrentDays,
      AbortIncompleteMultipartUpload?.DaysAfterInitiation,
    ];
    if (days.some((number) => number !== undefined && !(Number.isInteger(number) && number > 0)))
      throw new S3Error('InvalidArgument', "'Days' for Expiration action must be a positive integer", 400);
    if (Expiration?.Date && new Date(Expiration.Date).getTime() % DAY_MS !== 0)
      throw new S3Error('InvalidArgument', "'Date' must be at midnight GMT", 400);
  }
}

/** EventBridge's matchers are coarser than globs: they let through at least what a glob matches; Admit matches exactly. */
import { literalEnds } from '../pipeline/globs';
import type { KeyMatcher } from './types';

/** EventBridge refuses a rule of too many wildcards ("too complex"); its limit is not published, four with two `*` each are refused. */
const MAX_WILDCARDS = 3;
/** Of the 2,048 characters of a rule's pattern; the rest names bucket and event. */
const MAX_CHARACTERS = 1_500;

/**
 * @example keyMatcher('orders/today.csv') // 'orders/today.csv'
 * @example keyMatcher('orders/*.csv') // { wildcard: 'orders/*.csv' }
 * @example keyMatcher('orders/**') // { prefix: 'orders/' }
 * @example keyMatcher('a/{b,c}/*.csv') // { wildcard: 'a/*.csv' }
 */
export function keyMatcher(glob: string): KeyMatcher {
  const { prefix, suffix, exact } = literalEnds(glob);
  if (exact) return prefix;
  if (suffix === '') return prefix === '' ? ANY_KEY : { prefix };
  return prefix === '' ? { suffix } : { wildcard: `${prefix}*${suffix}` };
}

const ANY_KEY = { wildcard: '*' } as const;

/** One matcher for each pattern, without those that another one covers, and coarser ones where EventBridge would refuse so many. */
export function keyMatchers(globs: readonly string[]): KeyMatcher[] {
  const precise = withoutCovered(globs.map(keyMatcher));
  if (isAccepted(precise)) return precise;
  const prefixes = globs.map((glob) => literalEnds(glob).prefix);
  const byPrefix = withoutCovered(prefixes.map(asPrefix));
  return isAccepted(byPrefix) ? byPrefix : [asPrefix(commonPrefix(prefixes))];
}

const asPrefix = (prefix: string): KeyMatcher => (prefix === '' ? ANY_KEY : { prefix });

function isAccepted(matchers: readonly KeyMatcher[]): boolean {
  const wildcards = matchers.filter((one) => typeof one !== 'string' && 'wildcard' in one);
  return wildcards.length <= MAX_WILDCARDS && JSON.stringify(matchers).length <= MAX_CHARACTERS;
}

function withoutCovered(matchers: readonly KeyMatcher[]): KeyMatcher[] {
  return matchers.filter(
    (one, index) =>
      !matchers.some((other, at) => at !== index && covers(other, one) && !(covers(one, other) && at > index)),
  );
}

/** Whether every key that `narrow` lets through gets through `wide`. */
function covers(wide: KeyMatcher, narrow: KeyMatcher): boolean {
  const [outer, inner] = [endsOf(wide), endsOf(narrow)];
  if (outer.exact !== undefined) return outer.exact === inner.exact;
  if (inner.exact !== undefined) {
    const fits = inner.exact.length >= outer.prefix.length + outer.suffix.length;
    return fits && inner.exact.startsWith(outer.prefix) && inner.exact.endsWith(outer.suffix);
  }
  return inner.prefix.startsWith(outer.prefix) && inner.suffix.endsWith(outer.suffix);
}

function endsOf(matcher: KeyMatcher): { exact?: string; prefix: string; suffix: string } {
  if (typeof matcher === 'string') return { exact: matcher, prefix: matcher, suffix: '' };
  if ('prefix' in matcher) return { prefix: matcher.prefix, suffix: '' };
  if ('suffix' in matcher) return { prefix: '', suffix: matcher.suffix };
  const [prefix = '', suffix = ''] = matcher.wildcard.split('*');
  return { prefix, suffix };
}

function commonPrefix(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  while (!texts.every((text) => text.startsWith(common))) common = common.slice(0, -1);
  return common;
}

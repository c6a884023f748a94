/** EventBridge's matchers are coarser than globs: they let through at least what the glob matches; Admit matches exactly. */
import type { KeyMatcher } from './types';

const SPECIAL = /[*?[\]{}()!+@\\]/;

/**
 * @example keyMatcher('orders/*.csv') // { wildcard: 'orders/*.csv' }
 * @example keyMatcher('orders/**') // { prefix: 'orders/' }
 * @example keyMatcher('a/{b,c}/*.csv') // { wildcard: 'a/*.csv' }
 */
export function keyMatcher(glob: string): KeyMatcher {
  const first = glob.search(SPECIAL);
  if (first === -1) return { prefix: glob };
  const last = glob.length - [...glob].reverse().join('').search(SPECIAL);
  // `\` escapes the next character and @(…), !(…) open before their parenthesis: all of that lies between first and last.
  const prefix = glob.slice(0, first);
  const suffix = glob.slice(last);
  if (suffix === '') return prefix === '' ? { wildcard: '*' } : { prefix };
  return prefix === '' ? { suffix } : { wildcard: `${prefix}*${suffix}` };
}

/** One matcher for each pattern, without those that another one covers. */
export function keyMatchers(globs: readonly string[]): KeyMatcher[] {
  const matchers = globs.map(keyMatcher);
  const unique = matchers.filter(
    (one, index) => matchers.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index,
  );
  const prefixes = unique.flatMap((one) => ('prefix' in one ? [one.prefix] : []));
  return unique.filter((one) => {
    const literal = 'wildcard' in one ? one.wildcard.split('*')[0]! : 'prefix' in one ? one.prefix : undefined;
    return (
      literal === undefined ||
      !prefixes.some((prefix) => literal.startsWith(prefix) && literal !== prefix) ||
      literal === ''
    );
  });
}

import picomatch from 'picomatch';
import { DATE_TOKENS, replaceTokens } from '../../../lib/tasks/dated-globs';
import { groupOf } from '../../../lib/tasks/gather';
import { matcher, OPTIONS, plain } from './matches';

/** No key has them; they stand where a token does while the glob becomes a regular expression. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  '{yyyy}': '\uE000',
  '{MM}': '\uE001',
  '{dd}': '\uE002',
  '{HH}': '\uE003',
};
/** What is no date belongs to no group. */
const DIGITS: Readonly<Record<string, string>> = {
  '{yyyy}': '\\d{4}',
  '{MM}': '0[1-9]|1[0-2]',
  '{dd}': '0[1-9]|[12]\\d|3[01]',
  '{HH}': '[01]\\d|2[0-3]',
};

/**
 * The group that a key belongs to by the dates in it; undefined where the glob does not match it. A date that is named twice is the same
 * in both places.
 *
 * @example groupMatcher('sales/{yyyy}/{MM}/{dd}/*.csv')('sales/2026/11/20/a.csv') // '2026-11-20'
 */
export function groupMatcher(glob: string): (key: string) => string | undefined {
  const signs = replaceTokens(glob, (token) => STANDS_FOR[token]!);
  if (signs === glob) {
    const matches = matcher(glob);
    return (key) => (matches(key) ? groupOf({}) : undefined);
  }
  const tokens: string[] = [];
  const source = picomatch.makeRe(plain(signs), OPTIONS).source.replace(/[\uE000-\uE003]/g, (sign) => {
    const token = DATE_TOKENS.find((one) => STANDS_FOR[one] === sign)!;
    tokens.push(token);
    // By name: brackets of the glob's own capture as well.
    return `(?<t${tokens.length - 1}>${DIGITS[token]})`;
  });
  const regex = new RegExp(source, OPTIONS.flags);
  return (key) => {
    const found = key.endsWith('/') ? null : regex.exec(plain(key));
    if (found === null) return undefined;
    const parts: Record<string, string> = {};
    for (const [index, token] of tokens.entries()) {
      const part = found.groups![`t${index}`];
      // Of alternatives, one has matched.
      if (part === undefined) continue;
      if (parts[token] !== undefined && parts[token] !== part) return undefined;
      parts[token] = part;
    }
    return groupOf(parts);
  };
}

/** Of several globs, the first that matches decides. */
export function groupsBy(globs: readonly string[]): (key: string) => string | undefined {
  const matchers = globs.map(groupMatcher);
  return (key) => {
    for (const match of matchers) {
      const group = match(key);
      if (group !== undefined) return group;
    }
    return undefined;
  };
}

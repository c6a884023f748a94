// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
/** Wildcards and variables of IAM policies. */
import type { RequestKeys } from './conditions';

/** Stand for the literal characters of `${*}` and `${?}`, and of a variable's value, until a pattern is matched. */
const LITERAL_STAR = '\uE000';
const LITERAL_MARK = '\uE001';
const LITERALS: Readonly<Record<string, string>> = { '*': LITERAL_STAR, '?': LITERAL_MARK, $: '$' };

export type PatternTest = (value: string) => boolean;

/** `*` is any number of characters (slashes and colons too), `?` exactly one. */
export function compilePattern(pattern: string, { ignoreCase = false } = {}): PatternTest {
  if (/^\*+$/.test(pattern)) return () => true;
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  const cased = ignoreCase ? (value: string) => value.toLowerCase() : (value: string) => value;
  if (!/[*?\uE000\uE001]/.test(wanted)) return (value) => cased(value) === wanted;
  if (!/[?\uE000\uE001]/.test(wanted)) {
    const parts = wanted.split('*');
    return (value) => hasInOrder(parts, cased(value));
  }
  const codes = Array.from(wanted);
  return (value) => matches(codes, Array.from(cased(value)));
}

export function matchesPattern(pattern: string, value: string): boolean {
  return compilePattern(pattern)(value);
}

/** Stars alone are most of all patterns, and this is in the way of every call: no character is looked at by itself. */
function hasInOrder(parts: readonly string[], value: string): boolean {
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  const end = value.length - last.length;
  if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] as string;
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Linear but for the last star, so that no pattern takes long: on a mismatch only that star takes one character more. */
function matches(pattern: readonly string[], value: readonly string[]): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < value.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      resume = position;
    } else if (wanted !== undefined && (wanted === '?' || literal(wanted) === value[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

const literal = (character: string): string =>
  character === LITERAL_STAR ? '*' : character === LITERAL_MARK ? '?' : character;

/** What is left of a pattern that is compared as it stands. */
export const withoutMarks = (text: string): string => text.replaceAll(LITERAL_STAR, '*').replaceAll(LITERAL_MARK, '?');

export const hasVariables = (pattern: string): boolean => pattern.includes('${');

/**
 * `${aws:PrincipalTag/team, 'none'}` becomes the key's value in this request. Undefined where a variable has neither a single value
 * nor a default: its statement then matches nothing.
 */
export function substituteVariables(pattern: string, keys: RequestKeys): string | undefined {
  if (!hasVariables(pattern)) return pattern;
  let isMissing = false;
  const result = pattern.replace(/\$\{([^}]*)\}/g, (_, expression: string) => {
    const marked = LITERALS[expression];
    if (marked !== undefined) return marked;
    const [, name = '', fallback] = /^\s*(.*?)\s*(?:,\s*'([\s\S]*)'\s*)?$/.exec(expression) ?? [];
    const value = keys.get(name.toLowerCase());
    if (value?.length === 1) return escaped(value[0] as string);
    if (fallback !== undefined) return escaped(fallback);
    isMissing = true;
    return '';
  });
  return isMissing ? undefined : result;
}

/** A value that happens to hold `*` is text, not a wildcard. */
function escaped(value: string): string {
  return value.replaceAll('*', LITERAL_STAR).replaceAll('?', LITERAL_MARK);
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
/** Wildcards and variables of IAM policies. */
import type { RequestKeys } from './conditions';

/** Stand for the literal characters of `${*}`, `${?}` and `${$}` until a pattern is matched. */
const LITERALS: Readonly<Record<string, string>> = { '*': '\uE000', '?': '\uE001', $: '$' };

const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 10_000;

/** `*` is any number of characters (slashes and colons too), `?` exactly one. */
export function matchesPattern(pattern: string, value: string, options: { ignoreCase?: boolean } = {}): boolean {
  if (pattern === '*') return true;
  const flags = options.ignoreCase ? 'isu' : 'su';
  const key = `${flags} ${pattern}`;
  let regex = compiled.get(key);
  if (regex === undefined) {
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    regex = new RegExp(`^${toRegex(pattern)}$`, flags);
    compiled.set(key, regex);
  }
  return regex.test(value);
}

/**
 * `${aws:PrincipalTag/team, 'none'}` becomes the key's value in this request. A variable without value or default makes the whole
 * pattern match nothing: undefined.
 */
export function substituteVariables(pattern: string, keys: RequestKeys): string | undefined {
  if (!pattern.includes('${')) return pattern;
  let isMissing = false;
  const result = pattern.replace(/\$\{([^}]*)\}/g, (_, expression: string) => {
    const literal = LITERALS[expression];
    if (literal !== undefined) return literal;
    const [name = '', fallback] = expression.split(/,\s*/, 2);
    const value = keys.get(name.trim());
    if (value?.length === 1) return escapeWildcards(value[0] as string);
    if (fallback !== undefined) return escapeWildcards(fallback.trim().replace(/^'(.*)'$/, '$1'));
    isMissing = true;
    return '';
  });
  return isMissing ? undefined : result;
}

/** A value that happens to hold `*` is text, not a wildcard. */
function escapeWildcards(value: string): string {
  return value.replaceAll('*', '\uE000').replaceAll('?', '\uE001');
}

function toRegex(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
    .replaceAll('\uE000', '\\*')
    .replaceAll('\uE001', '\\?');
}

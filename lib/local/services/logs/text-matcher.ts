/** A value of a filter pattern: `"text"`, `te*t`, or a regular expression between `%`. Pure. */
export function textMatcher(literal: string): (value: string) => boolean {
  const expression = regularExpression(literal);
  if (expression) return (value) => expression.test(value);
  const text = literal.startsWith('"') ? literal.slice(1, -1).replace(/\\(.)/g, '$1') : literal;
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${parts.join('.*')}$`, 's');
  return (value) => whole.test(value);
}

/** Undefined for what is none. */
export function regularExpression(literal: string): RegExp | undefined {
  if (literal.length < 3 || !literal.startsWith('%') || !literal.endsWith('%')) return undefined;
  try {
    return new RegExp(literal.slice(1, -1));
  } catch {
    return undefined;
  }
}

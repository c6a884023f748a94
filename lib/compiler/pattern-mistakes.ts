/** What RE2 does not understand of a regular expression, and what to write in its place. */

/** What others have, by how it begins; what RE2 has instead. The first that is found is told. */
const ELSEWHERE: readonly (readonly [begins: RegExp, what: string, remedy: string])[] = [
  [/^\(\?<[=!]/, 'a lookbehind', 'Match without it, or write a condition of several: sqlCheck().'],
  [/^\(\?[=!]/, 'a lookahead', 'Match without it, or write a condition of several: sqlCheck().'],
  [/^\\(?:[1-9]|k<)/, 'a backreference', 'Match without it, or compare columns by sqlCheck().'],
  [/^\(\?<\w/, 'a named group in this spelling', 'Leave the name out: (…).'],
  [/^\(\?>/, 'an atomic group', 'Write (?:…).'],
  [/^\(\?#/, 'a comment', 'Leave it out.'],
  [/^[*+?}]\+/, 'a possessive quantifier', 'Leave out the second +.'],
  [/^\\u/, 'this spelling of a character', 'Write the character itself, or \\x{00E4}.'],
  [/^\\Z/, '\\Z', 'Write $ or \\z for the end of the text.'],
];

/** A backslash with what it escapes, a class, or what may begin one of the above. */
const TOKENS = /\\[\s\S]|\[\^?(?:\\[\s\S]|[^\]\\])+\]|\(\?<?[=!>#\w]|[*+?}]\+/g;

/** In words for a person; `told` is RE2's own. */
export function patternMistake(pattern: string, told: string): { readonly rule: string; readonly remedy: string } {
  for (const { index } of pattern.matchAll(TOKENS)) {
    const rest = pattern.slice(index);
    const found = ELSEWHERE.find(([begins]) => begins.test(rest));
    if (!found) continue;
    const [begins, what, remedy] = found;
    const written = begins.exec(rest)![0];
    const rule = `it has ${what}${what === written ? '' : `, ${written}`}, which RE2, the engine that runs it, does not have`;
    return { rule, remedy };
  }
  return { rule: `RE2, the engine that runs it, cannot read it: ${told}`, remedy: 'Correct it.' };
}

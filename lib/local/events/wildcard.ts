/** The `wildcard` operator of event patterns: `*` stands for any characters, `\*` and `\\` for themselves. */
import { InvalidEventPattern } from './errors';

/** One character, or `ANY` for a run of any characters. */
type Token = string | typeof ANY;
const ANY = Symbol('*');

/**
 * AWS does not publish its limit, only that a rule whose wildcards could be active at once too often is refused. Known from
 * deployments: three values `*:stack/<name>/*` (9 states by this count) pass, four (12 states) are refused.
 */
const MAX_ACTIVE_STATES = 10;
const MAX_EXPLORED_SETS = 5_000;

export function parseWildcard(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === '\\') {
      const escaped = characters[++i];
      if (escaped !== '*' && escaped !== '\\')
        throw new InvalidEventPattern(`Invalid escape character at pos ${i - 1}`);
      tokens.push(escaped);
    } else if (character === '*') {
      if (tokens.at(-1) === ANY) throw new InvalidEventPattern(`Consecutive wildcard characters at pos ${i - 1}`);
      tokens.push(ANY);
    } else tokens.push(character);
  }
  return tokens;
}

/** Goes back only to the latest wildcard, so the time is at most the product of both lengths. */
export function matchesWildcard(tokens: readonly Token[], value: string): boolean {
  const text = [...value];
  let token = 0;
  let position = 0;
  let lastAny = -1;
  let resumeAt = 0;
  while (position < text.length) {
    if (tokens[token] === ANY) {
      lastAny = token++;
      resumeAt = position;
    } else if (tokens[token] === text[position]) {
      token++;
      position++;
    } else if (lastAny >= 0) {
      token = lastAny + 1;
      position = ++resumeAt;
    } else return false;
  }
  if (tokens[token] === ANY) token++;
  return token === tokens.length;
}

/**
 * Refuses the wildcard values of one field when some input could keep too many of their states active at once: the measure
 * that Event Ruler takes, by walking the sets of states that inputs can lead to.
 */
export function assertSimpleEnough(patterns: readonly (readonly Token[])[]): void {
  const alphabet = new Set<Token>(patterns.flat().filter((token) => token !== ANY));
  alphabet.add(ANY); // stands for every character that no pattern names

  const start = patterns.map(() => [0]);
  const seen = new Set([JSON.stringify(start)]);
  const waiting = [start];
  for (let states = waiting.pop(); states; states = waiting.pop()) {
    for (const character of alphabet) {
      const next = patterns.map((tokens, i) => advance(tokens, states?.[i] ?? [], character));
      const active = next.reduce((sum, positions) => sum + positions.length, 0);
      if (active > MAX_ACTIVE_STATES || seen.size > MAX_EXPLORED_SETS) {
        throw new InvalidEventPattern(
          'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
        );
      }
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(next);
    }
  }
}

/** Only the states that a wildcard keeps alive or leads to count; a plain prefix is one state, whatever its length. */
function advance(tokens: readonly Token[], positions: readonly number[], character: Token): number[] {
  const next = new Set<number>();
  for (const position of positions) {
    const token = tokens[position];
    if (token === ANY) {
      next.add(position);
      if (tokens[position + 1] === character && character !== ANY) next.add(position + 2);
    } else if (token === character) next.add(position + 1);
  }
  return [...next].sort((a, b) => a - b);
}

/** Long texts are cut: all of them is had by an address of its own. */
import { parse, stringify } from 'lossless-json';
import type { Text } from '../../types/run';

const MOST = 20_000;

export function textOf(text: string, href?: string): Text {
  if (text.length <= MOST) return { text };
  return { text: text.slice(0, MOST), whole: text.length, ...(href === undefined ? {} : { href }) };
}

/** Indented, where it is JSON that is not too long to be looked at; numbers are as they were, however many digits they have. */
export function jsonText(text: string, href?: string): Text {
  if (text.length > MOST) return textOf(text, href);
  try {
    return textOf(stringify(parse(text), null, 2) ?? text, href);
  } catch {
    return textOf(text, href);
  }
}

/** What an item works at, of its input: the first words in it. */
export function titleIn(input: string | undefined): string | undefined {
  if (input === undefined || input.length > MOST) return undefined;
  try {
    const words: string[] = [];
    gather(JSON.parse(input), words, 0);
    return words.length === 0 ? undefined : words.join(' · ').slice(0, MOST_TITLE);
  } catch {
    return undefined;
  }
}

const MOST_TITLE = 120;
const MOST_WORDS = 3;
const MOST_DEEP = 3;

function gather(value: unknown, words: string[], depth: number): void {
  if (words.length >= MOST_WORDS || depth > MOST_DEEP || value === null) return;
  if (typeof value === 'string' || typeof value === 'number') words.push(String(value).slice(0, MOST_TITLE));
  else if (typeof value === 'object') for (const member of Object.values(value)) gather(member, words, depth + 1);
}

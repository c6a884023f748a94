/**
 * Formats of dates and times as strptime(3) has them: `%d.%m.%Y`, `%m/%d/%y %I:%M %p`. Pure, and the same where a definition is
 * checked and where a file is read.
 */

/** The text in ISO 8601, or undefined where it is not in the format. Whether there is such a day is judged elsewhere. */
export type TimeReader = (text: string) => string | undefined;

const TWO = '(\\d{1,2})';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const FULL_MONTHS = 'january|february|march|april|may|june|july|august|september|october|november|december'.split('|');

/** What stands for each directive; they are matched in any case. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  '%Y': '(\\d{4})',
  '%y': '(\\d{2})',
  '%m': TWO,
  '%d': TWO,
  '%b': `(${MONTHS.join('|')})\\.?`,
  '%B': `(${FULL_MONTHS.join('|')})`,
  '%H': TWO,
  '%I': TWO,
  '%M': '(\\d{2})',
  '%S': '(\\d{2})',
  '%f': '(\\d{1,9})',
  '%p': '([ap]\\.?m\\.?)',
  '%z': '(Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)',
};
/** `%-d` is `%d` here: a number may have one digit. */
const TOKENS = /%-?[A-Za-z%]|\s+|[\s\S]/g;
const plain = (token: string): string => token.replace('%-', '%');

const needs: readonly (readonly [what: string, ...directives: string[]])[] = [
  ['a year, %Y or %y', '%Y', '%y'],
  ['a month, %m, %b or %B', '%m', '%b', '%B'],
  ['a day, %d', '%d'],
];

/** The rule that a format breaks, and what to do; undefined: none. */
export function timeFormatMistake(
  format: string,
  kind: 'date' | 'timestamp',
): { rule: string; remedy: string } | undefined {
  const example = kind === 'date' ? "Use e.g. '%d.%m.%Y'." : "Use e.g. '%d.%m.%Y %H:%M:%S'.";
  const tokens = (format.match(TOKENS) ?? []).map(plain).filter((token) => /^%[A-Za-z]$/.test(token));
  const unknown = tokens.find((token) => !(token in DIRECTIVES));
  if (unknown !== undefined) {
    return { rule: `${unknown} means nothing here`, remedy: `Known: ${Object.keys(DIRECTIVES).join(', ')}.` };
  }
  const twice = tokens.find((token, index) => tokens.indexOf(token) !== index);
  if (twice !== undefined) return { rule: `${twice} is there twice`, remedy: example };
  const clock = ['%H', '%I', '%M', '%S', '%f', '%p', '%z'];
  if (kind === 'date' && tokens.some((token) => clock.includes(token))) {
    return { rule: 'a date has no time of day', remedy: 'Use timestampFormat, or leave the time out.' };
  }
  const required = kind === 'date' ? needs : [...needs, ['an hour, %H, or %I with %p', '%H', '%I'] as const];
  for (const [what, ...directives] of required) {
    if (!directives.some((one) => tokens.includes(one))) return { rule: `it lacks ${what}`, remedy: example };
  }
  return tokens.includes('%I') === tokens.includes('%p')
    ? undefined
    : { rule: '%I, the hour from 1 to 12, and %p, AM or PM, go together', remedy: 'Use %H for the hour from 0 to 23.' };
}

/**
 * @example timeReader('%d.%m.%Y')('31.12.2026') // '2026-12-31'
 * @example timeReader('%m/%d/%y %I:%M %p')('1/31/26 12:05 am') // '2026-01-31 00:05:00'
 */
export function timeReader(format: string): TimeReader {
  const directives: string[] = [];
  const source = (format.match(TOKENS) ?? []).map((token) => {
    const name = plain(token);
    const pattern = DIRECTIVES[name];
    if (pattern !== undefined) {
      directives.push(name);
      return pattern;
    }
    if (name === '%%') return '%';
    return /^\s/.test(token) ? '\\s+' : token.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  const regex = new RegExp(`^${source.join('')}$`, 'i');
  return (text) => {
    const match = regex.exec(text);
    if (!match) return undefined;
    return isoOf((directive) => match[directives.indexOf(directive) + 1 || match.length]);
  };
}

const pad = (value: string | number): string => String(value).padStart(2, '0');

function isoOf(part: (directive: string) => string | undefined): string | undefined {
  const short = part('%y');
  // As POSIX has it: 69 to 99 are the twentieth century.
  const year = part('%Y') ?? `${Number(short) >= 69 ? 19 : 20}${short}`;
  const name = (part('%b') ?? part('%B'))?.slice(0, 3).toLowerCase();
  const month = name === undefined ? part('%m')! : MONTHS.indexOf(name) + 1;
  const day = `${year}-${pad(month)}-${pad(part('%d')!)}`;
  const hour = hourOf(part);
  if (hour === undefined) return undefined;
  if (hour === '') return day;
  const fraction = part('%f') === undefined ? '' : `.${part('%f')}`;
  return `${day} ${hour}:${part('%M') ?? '00'}:${part('%S') ?? '00'}${fraction}${part('%z') ?? ''}`;
}

/** Empty: the format has none. Undefined: an hour that no clock of twelve shows. */
function hourOf(part: (directive: string) => string | undefined): string | undefined {
  const twelve = part('%I');
  if (twelve === undefined) return part('%H') === undefined ? '' : pad(part('%H')!);
  const hour = Number(twelve);
  if (hour < 1 || hour > 12) return undefined;
  return pad((hour % 12) + (part('%p')!.toLowerCase().startsWith('p') ? 12 : 0));
}

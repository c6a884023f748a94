/** What can be said of a glob without matching it: how every key that it matches begins and ends, and what is wrong with it. */
import { DATE_TOKENS, dateTokensOf, replaceTokens } from '../tasks/dated-globs';
import type { Problem } from './errors';

/** Characters that the matcher (picomatch) reads as more than themselves: from the first to the last of them, anything may stand. */
const SPECIAL = /[*?[\]{}()!+@\\|"]/;

export interface LiteralEnds {
  /** every matching key begins so */
  readonly prefix: string;
  /** … and ends so, behind the prefix */
  readonly suffix: string;
  /** nothing special: the glob matches the one key that it spells */
  readonly exact: boolean;
}

/**
 * @example literalEnds('orders/*.csv') // { prefix: 'orders/', suffix: '.csv', exact: false }
 * @example literalEnds('a/**\/x.csv') // { prefix: 'a/', suffix: 'x.csv', exact: false }: `**\/` may stand for nothing
 */
export function literalEnds(glob: string): LiteralEnds {
  const first = glob.search(SPECIAL);
  if (first === -1) return { prefix: glob, suffix: '', exact: true };
  let last = glob.length - 1;
  while (!SPECIAL.test(glob[last]!)) last--;
  const prefix = glob.slice(0, first);
  let suffix = glob.slice(last + 1);
  // `**/` may stand for nothing at all, its slash included.
  if (glob.slice(0, last + 1).endsWith('**') && suffix.startsWith('/')) suffix = suffix.slice(1);
  return { prefix, suffix, exact: false };
}

/** False only if no key at all can match both. */
export function mayMatchTheSame(one: string, other: string): boolean {
  const [a, b] = [literalEnds(one), literalEnds(other)];
  if (a.exact && b.exact) return one === other;
  const endOf = (ends: LiteralEnds) => (ends.exact ? ends.prefix : ends.suffix);
  return (
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (endOf(a).endsWith(endOf(b)) || endOf(b).endsWith(endOf(a)))
  );
}

/** No key has them; in a pattern they stand where a token does, which a pattern without dates would call a mistake. */
const STANDS_FOR = ['\u0001', '\u0002', '\u0003', '\u0004'] as const;

/** What is wrong with a glob that may name dates, as those of sources do. */
export function datedGlobMistake(glob: string): Pick<Problem, 'rule' | 'remedy'> | undefined {
  // Misspelt tokens first: without them, those that are left may seem too few.
  const meant = wellSpelt(glob);
  if (meant !== glob) return { rule: 'dates are {yyyy}, {MM}, {dd} and {HH}', remedy: `Write '${meant}'.` };
  const tokens = dateTokensOf(glob);
  const smallest = DATE_TOKENS.indexOf((tokens.at(-1) ?? '{yyyy}') as (typeof DATE_TOKENS)[number]);
  const missing = DATE_TOKENS.slice(0, smallest).find((token) => !tokens.includes(token));
  if (missing !== undefined) {
    const rule = `${tokens.at(-1)} without ${missing} means many days`;
    return { rule, remedy: "Write e.g. 'clicks/{yyyy}/{MM}/{dd}/*.csv'." };
  }
  const found = globMistake(replaceTokens(glob, (token) => STANDS_FOR[DATE_TOKENS.indexOf(token as '{yyyy}')]!));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what stands for a token
  const withTokens = found?.remedy.replace(/[\u0001-\u0004]/g, (sign) => DATE_TOKENS[sign.charCodeAt(0) - 1]!);
  return found && { rule: found.rule, remedy: withTokens! };
}

const PART = /[yY]{4}|[mM]{2}|[dD]{2}|[hH]{2}/g;
const DAY = '{yyyy}-{MM}-{dd}';

const tokenOf = (letters: string): string =>
  DATE_TOKENS.find((token) => token[1]!.toLowerCase() === letters[0]!.toLowerCase())!;

/** As people write dates elsewhere, and how they are written here. */
const ELSEWHERE: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/\$?\{\{? *(ds|date|data_interval_start|interval\.(start|end)(:\w+)?) *\}?\}/g, () => DAY],
  [/\{\{ *ds_nodash *\}\}/g, () => DAY.replaceAll('-', '')],
  [/\$(?=\{(yyyy|MM|dd|HH)\})/g, () => ''],
  // `{yyyyMMdd}`, `{yyyy-MM-dd}`
  [/\{(([yY]{4}|[mM]{2}|[dD]{2}|[hH]{2})[-_/]?){2,}\}/g, (found) => found.slice(1, -1).replace(PART, tokenOf)],
  [/\{([yY]{1,4}|[mM]{1,4}|[dD]{1,3}|[hH]{1,2})\}/g, (found) => tokenOf(found.slice(1))],
];
/** As strftime(3) has them; without a year, `%d` may be a part of an encoded key. */
const PERCENT: Readonly<Record<string, string>> = { '%Y': '{yyyy}', '%m': '{MM}', '%d': '{dd}', '%H': '{HH}' };

function wellSpelt(glob: string): string {
  const braced = ELSEWHERE.reduce((text, [pattern, meant]) => text.replace(pattern, meant), glob);
  return braced.includes('%Y') ? braced.replace(/%[YmdH]/g, (found) => PERCENT[found]!) : braced;
}

/** What is wrong with a glob, in a sentence and a remedy; undefined when nothing is. */
export function globMistake(glob: string): Pick<Problem, 'rule' | 'remedy'> | undefined {
  return MISTAKES.find(({ found }) => found(glob))?.say(glob);
}

interface Mistake {
  readonly found: (glob: string) => boolean;
  readonly say: (glob: string) => Pick<Problem, 'rule' | 'remedy'>;
}

const EXAMPLE = "Use e.g. 'orders/*.csv'.";

const MISTAKES: readonly Mistake[] = [
  {
    found: (glob) => glob.trim() === '',
    say: () => ({ rule: 'a pattern names keys in the landing bucket', remedy: EXAMPLE }),
  },
  {
    found: (glob) => glob !== glob.trim(),
    say: (glob) => ({ rule: 'it begins or ends with a space', remedy: `Write '${glob.trim()}'.` }),
  },
  {
    found: (glob) => /^[a-z0-9]+:\/\//i.test(glob) || glob.startsWith('arn:'),
    say: (glob) => ({
      rule: 'a pattern is a key, without its bucket',
      remedy: `Write '${glob.replace(/^([a-z0-9]+:\/\/|arn:[^/]*:::?)[^/]*\/?/i, '') || 'orders/*.csv'}'.`,
    }),
  },
  {
    found: (glob) => /^\.{0,2}\//.test(glob),
    say: (glob) => ({
      rule: 'keys do not begin with / or ./',
      remedy: `Write '${glob.replace(/^[./]+/, '') || 'orders/*.csv'}'.`,
    }),
  },
  {
    found: (glob) => /^!(?!\()/.test(glob),
    say: () => ({
      rule: 'a pattern says which keys belong, not which do not',
      remedy: 'Name those that do, or use !(…) for a part of the name.',
    }),
  },
  {
    found: (glob) => glob.endsWith('/'),
    say: (glob) => ({
      rule: 'a key that ends in / is a folder, which holds no rows',
      remedy: `Write '${glob}*', or '${glob}**' for the folders below it as well.`,
    }),
  },
  {
    found: (glob) => /\[!/.test(unescaped(glob)),
    say: (glob) => ({
      rule: '[!…] would match the character !',
      remedy: `Write '${glob.replaceAll('[!', '[^')}'.`,
    }),
  },
  {
    found: (glob) => !isBalanced(unescaped(glob)),
    say: () => ({
      rule: 'a bracket is not closed, or never opened',
      remedy: 'Close it, or write \\ before a bracket that is part of the key.',
    }),
  },
  {
    found: (glob) => hasBareBar(unescaped(glob)),
    say: () => ({
      rule: '| stands between alternatives only within @(…)',
      remedy: "Write e.g. '{a,b}/*.csv', or two patterns.",
    }),
  },
  {
    found: (glob) => dateTokensOf(glob).length > 0,
    say: (glob) => ({
      rule: `${dateTokensOf(glob).join(', ')}: only files of a schedule's runs are named by dates`,
      remedy: `Write '${replaceTokens(glob, () => '*').replaceAll('**', '*')}', or use cron().`,
    }),
  },
  {
    found: (glob) => /\{[^{},]*\}/.test(unescaped(glob).replace(/\{[^{}]*\.\.[^{}]*\}/g, '')),
    say: () => ({
      rule: 'braces hold alternatives',
      remedy: "Write e.g. '*.{csv,txt}'; for any text use *.",
    }),
  },
  {
    found: (glob) => /(^|[^/{,(|])\*\*|\*\*($|[^/},)|])/.test(unescaped(glob).replace(/^\*\*|\*\*$/g, '/')),
    say: () => ({
      rule: '** stands for whole folders, between slashes',
      remedy: "Write e.g. 'orders/**/*.csv'; within a name use *.",
    }),
  },
];

/** Without characters that a backslash makes literal, nor those in a class. */
const unescaped = (glob: string): string =>
  glob.replace(/\\./g, '_').replace(/\[\^?[^\]]+\]/g, (found) => (found.startsWith('[!') ? found : '_'));

function isBalanced(glob: string): boolean {
  const open: string[] = [];
  for (const character of glob.replace(/\[[^\]]*\]/g, '_')) {
    if ('([{'.includes(character)) open.push(character);
    const opening = { ')': '(', ']': '[', '}': '{' }[character];
    if (opening !== undefined && open.pop() !== opening) return false;
  }
  return open.length === 0;
}

function hasBareBar(glob: string): boolean {
  let depth = 0;
  for (const character of glob) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === '|' && depth === 0) return true;
  }
  return false;
}

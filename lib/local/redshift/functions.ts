import { syntaxError, UnsupportedLocally } from './errors';
import { isGroup, type Node, stringValue, wordOf } from './tree';

/** Calls that PostgreSQL writes in another way. */

export interface Call {
  readonly arguments: readonly (readonly Node[])[];
  /** what follows the closing bracket */
  readonly after: readonly Node[];
  readonly rewrite: (nodes: readonly Node[]) => string;
}

export interface RewrittenCall {
  readonly text: string;
  /** nodes taken, name and brackets included */
  readonly length: number;
}

const PARTS: Readonly<Record<string, string>> = {
  y: 'year',
  yr: 'year',
  yrs: 'year',
  year: 'year',
  years: 'year',
  qtr: 'quarter',
  qtrs: 'quarter',
  quarter: 'quarter',
  quarters: 'quarter',
  mon: 'month',
  mons: 'month',
  month: 'month',
  months: 'month',
  w: 'week',
  week: 'week',
  weeks: 'week',
  d: 'day',
  day: 'day',
  days: 'day',
  h: 'hour',
  hr: 'hour',
  hrs: 'hour',
  hour: 'hour',
  hours: 'hour',
  m: 'minute',
  min: 'minute',
  mins: 'minute',
  minute: 'minute',
  minutes: 'minute',
  s: 'second',
  sec: 'second',
  secs: 'second',
  second: 'second',
  seconds: 'second',
  ms: 'millisecond',
  msec: 'millisecond',
  millisecond: 'millisecond',
  milliseconds: 'millisecond',
  us: 'microsecond',
  usec: 'microsecond',
  microsecond: 'microsecond',
  microseconds: 'microsecond',
};

/** A date part is a bare word or a string. */
function datePart(nodes: readonly Node[] | undefined): string {
  const node = nodes?.[0];
  const text = node?.kind === 'string' ? stringValue(node.text).toLowerCase() : wordOf(node);
  const part = PARTS[text];
  if (!part) throw new UnsupportedLocally(`the date part ${text || nodes?.map(({ text: each }) => each).join(' ')}`);
  return part;
}

const list = ({ arguments: args, rewrite }: Call) => args.map(rewrite).join(', ');

const dateCall =
  (name: string) =>
  (call: Call): RewrittenCall => ({
    text: `redshift_catalog.${name}('${datePart(call.arguments[0])}', ${call.arguments.slice(1).map(call.rewrite).join(', ')})`,
    length: 2,
  });

const coalesce = (call: Call): RewrittenCall => ({ text: `COALESCE(${list(call)})`, length: 2 });

function decode({ arguments: args, rewrite }: Call): RewrittenCall {
  const [value, ...pairs] = args.map(rewrite);
  if (value === undefined || pairs.length < 2) throw syntaxError(')');
  const branches: string[] = [];
  // DECODE finds NULL equal to NULL.
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    branches.push(`WHEN (${value}) IS NOT DISTINCT FROM (${pairs[at]}) THEN ${pairs[at + 1]}`);
  }
  const otherwise = pairs.length % 2 === 1 ? ` ELSE ${pairs.at(-1)}` : '';
  return { text: `(CASE ${branches.join(' ')}${otherwise} END)`, length: 2 };
}

function nvl2({ arguments: args, rewrite }: Call): RewrittenCall {
  const [value, present, absent] = args.map(rewrite);
  if (absent === undefined) throw syntaxError(')');
  return { text: `(CASE WHEN (${value}) IS NOT NULL THEN ${present} ELSE ${absent} END)`, length: 2 };
}

/** LISTAGG([DISTINCT] x [, separator]) [WITHIN GROUP (ORDER BY …)] */
function listagg({ arguments: args, after, rewrite }: Call): RewrittenCall {
  const [value = [], separator] = args;
  const distinct = wordOf(value[0]) === 'distinct';
  const text = rewrite(distinct ? value.slice(1) : value);
  const ordered =
    wordOf(after[0]) === 'within' && wordOf(after[1]) === 'group' && isGroup(after[2]) ? after[2] : undefined;
  if (distinct && ordered)
    throw new UnsupportedLocally('LISTAGG(DISTINCT …) WITHIN GROUP; take the distinct values in a subquery');
  const order = ordered ? ` ${rewrite(ordered.nodes)}` : '';
  return {
    text: `string_agg(${distinct ? 'DISTINCT ' : ''}(${text})::text, ${separator ? rewrite(separator) : "''"}${order})`,
    length: ordered ? 5 : 2,
  };
}

export const CALLS: Readonly<Record<string, (call: Call) => RewrittenCall>> = {
  dateadd: dateCall('dateadd'),
  date_add: dateCall('dateadd'),
  datediff: dateCall('datediff'),
  date_diff: dateCall('datediff'),
  decode,
  isnull: coalesce,
  listagg,
  median: (call) => ({ text: `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${list(call)})`, length: 2 }),
  nvl: coalesce,
  nvl2,
};

/** Made by catalog.ts in the schema redshift_catalog: new ones, and those whose answer differs from PostgreSQL's of the same name. */
export const CATALOG_FUNCTIONS = new Set(
  `add_months avg charindex convert_timezone current_database getdate is_valid_json json_parse json_serialize last_day len months_between
  next_day regexp_replace sha1 sha2 strtol sysdate trunc`.split(/\s+/),
);

/** The same in both. Everything else is refused: PostgreSQL has many functions that Redshift has not. */
export const KNOWN_FUNCTIONS = new Set(
  `abs acos ascii asin atan atan2 bit_and bit_or bool_and bool_or btrim cbrt ceil ceiling char_length character_length chr coalesce concat
  corr cos cot count covar_pop covar_samp cume_dist date date_part date_trunc degrees dense_rank exp extract first_value floor greatest initcap
  json_array_length lag last_value lead least left length ln log lower lpad ltrim max md5 min mod nth_value ntile nullif octet_length
  overlay percent_rank percentile_cont percentile_disc pi position power quote_ident quote_literal radians random rank regexp_count
  regexp_instr regexp_substr repeat replace reverse right round row_number rpad rtrim sign sin split_part sqrt stddev stddev_pop stddev_samp
  strpos substr substring sum tan to_char to_date to_hex to_number to_timestamp translate trim upper var_pop var_samp variance
  width_bucket`.split(/\s+/),
);

/** Words that stand before a bracket without calling anything. */
export const NOT_FUNCTIONS = new Set(
  `all and any as asc between by case check columns cross default desc distinct else end except exists filter from full group having if in
  inner insert intersect into is join key left like ilike limit natural not null nulls offset on or order outer over partition primary
  recursive references right row rows select set similar some table then to union unique update using values varchar char character
  numeric decimal when where window with within only intersect minus exclude range temp temporary view`.split(/\s+/),
);
for (const both of ['left', 'right']) NOT_FUNCTIONS.delete(both);

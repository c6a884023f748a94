import { RedshiftError, syntaxError } from './errors';
import { isGroup, type Node, stringValue, wordOf } from './tree';
import { numbered, percentile, percentileDisc, present } from './windows';

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

const PARTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    millennium: 'mil mils millennium millennia',
    century: 'c cent cents century centuries',
    decade: 'dec decs decade decades',
    year: 'y yr yrs year years',
    quarter: 'qtr qtrs quarter quarters',
    month: 'mon mons month months',
    week: 'w week weeks',
    dayofweek: 'dayofweek dow dw weekday',
    dayofyear: 'dayofyear doy dy yearday',
    day: 'd day days',
    hour: 'h hr hrs hour hours',
    minute: 'm min mins minute minutes',
    second: 's sec secs second seconds',
    millisecond: 'ms msec msecs msecond mseconds millisec millisecs millisecond milliseconds millisecon',
    microsecond: 'us usec usecs useconds microsec microsecs microsecond microseconds microsecs',
    epoch: 'epoch',
    timezone: 'timezone',
    timezone_hour: 'timezone_hour',
    timezone_minute: 'timezone_minute',
  }).flatMap(([part, names]) => names.split(' ').map((name) => [name, part] as const)),
);

/** Parts that one can ask for, but not count in. */
const NOT_COUNTED = new Set(['dayofweek', 'dayofyear', 'epoch', 'timezone', 'timezone_hour', 'timezone_minute']);

/** A date part is a bare word or a string. */
function datePart(nodes: readonly Node[] | undefined, counted = true): string {
  const node = nodes?.[0];
  const text = node?.kind === 'string' ? stringValue(node.text).toLowerCase() : wordOf(node);
  const part = PARTS.get(text);
  if (!part || (nodes?.length ?? 0) !== 1 || (counted && NOT_COUNTED.has(part)))
    throw new RedshiftError(`Invalid date part: ${text || nodes?.map(({ text: each }) => each).join(' ')}`);
  return part;
}

const list = ({ arguments: args, rewrite }: Call) => args.map(rewrite).join(', ');

const dateCall =
  (name: string, counted = true) =>
  (call: Call): RewrittenCall => ({
    text: `redshift_catalog.${name}('${datePart(call.arguments[0], counted)}', ${call.arguments.slice(1).map(call.rewrite).join(', ')})`,
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

/** `WITHIN GROUP (ORDER BY …)` and `OVER (…)` after a call, and the nodes that they take up. */
export function clausesAfter(after: readonly Node[]) {
  const within =
    wordOf(after[0]) === 'within' && wordOf(after[1]) === 'group' && isGroup(after[2]) ? after[2] : undefined;
  const rest = within ? after.slice(3) : after;
  const over = wordOf(rest[0]) === 'over' && isGroup(rest[1]) ? rest[1] : undefined;
  return { within, over, length: (within ? 3 : 0) + (over ? 2 : 0) };
}

/** LISTAGG([DISTINCT] x [, separator]) [WITHIN GROUP (ORDER BY …)] [OVER (PARTITION BY …)] */
function listagg({ arguments: args, after, rewrite }: Call): RewrittenCall {
  const [value = [], given] = args;
  const distinct = wordOf(value[0]) === 'distinct';
  const text = `(${rewrite(distinct ? value.slice(1) : value)})::text`;
  const separator = given ? rewrite(given) : "''";
  const { within, over, length } = clausesAfter(after);
  const order = within ? ` ${rewrite(within.nodes)}` : '';
  const limited = (sql: string) => ({ text: `redshift_catalog.listagg_limit(${sql})`, length: 2 + length });
  if (over) {
    if (over.nodes.some((node) => wordOf(node) === 'order')) throw syntaxError('order');
    // The order of a window's rows is that of the window; the frame makes each row see all of them.
    const frame = order ? `${order} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING` : '';
    const window = `OVER (${rewrite(over.nodes)}${frame})`;
    return limited(
      distinct
        ? `redshift_catalog.join_distinct(array_agg(${text}) ${window}, ${separator})`
        : `string_agg(${text}, ${separator}) ${window}`,
    );
  }
  return limited(
    distinct
      ? `redshift_catalog.join_distinct(array_agg(${text}${order}), ${separator})`
      : `string_agg(${text}, ${separator}${order})`,
  );
}

/** RATIO_TO_REPORT(x) OVER (PARTITION BY …) */
function ratioToReport(call: Call): RewrittenCall {
  const { over, length } = clausesAfter(call.after);
  if (!over) throw syntaxError(call.after[0]?.text ?? 'end of input');
  const value = list(call);
  return {
    text: `((${value})::double precision / NULLIF(SUM(${value}) OVER (${call.rewrite(over.nodes)}), 0)::double precision)`,
    length: 2 + length,
  };
}

/** CONCAT takes two values, and NULL makes it NULL. */
function concat({ arguments: args, rewrite }: Call): RewrittenCall {
  const [first, second, ...more] = args.map(rewrite);
  if (first === undefined || second === undefined || more.length > 0)
    throw new RedshiftError(`function concat(${args.map(() => '"unknown"').join(', ')}) does not exist`);
  return { text: `((${first})::text || (${second})::text)`, length: 2 };
}

/** EXTRACT(part FROM value) */
function extract({ arguments: [all = []], rewrite }: Call): RewrittenCall {
  if (wordOf(all[1]) !== 'from') throw syntaxError(all[1]?.text ?? ')');
  return {
    text: `redshift_catalog.extract('${datePart(all.slice(0, 1), false)}', ${rewrite(all.slice(2))})`,
    length: 2,
  };
}

/** Functions whose answer is a floating point number whatever they are asked about. */
const inDouble =
  (name: string) =>
  ({ arguments: args, rewrite }: Call): RewrittenCall => {
    const distinct = wordOf(args[0]?.[0]) === 'distinct';
    const values = args.map((each) => `(${rewrite(distinct ? each.slice(1) : each)})::double precision`);
    return { text: `${name}(${distinct ? 'DISTINCT ' : ''}${values.join(', ')})`, length: 2 };
  };

/** JSON_EXTRACT_PATH_TEXT(json, path, … [, null_if_invalid]) */
function jsonPath({ arguments: args, rewrite }: Call): RewrittenCall {
  const last = args.at(-1)!;
  const flag = ['true', 'false'].includes(wordOf(last[0])) && last.length === 1;
  const [value, ...path] = flag ? args.slice(0, -1) : args;
  if (!value || path.length === 0) throw syntaxError(')');
  if (path.length > 5) throw new RedshiftError('JSON path can be nested up to five levels deep');
  return {
    text: `redshift_catalog.json_path(${rewrite(value)}, ${flag ? wordOf(last[0]) : 'false'}, ${path.map(rewrite).join(', ')})`,
    length: 2,
  };
}

export const CALLS: Readonly<Record<string, (call: Call) => RewrittenCall>> = {
  dateadd: dateCall('dateadd'),
  array: (call) => ({ text: `jsonb_build_array(${list(call)})`, length: 2 }),
  concat,
  date_add: dateCall('dateadd'),
  date_part: dateCall('date_part', false),
  date_trunc: dateCall('date_trunc'),
  dexp: inDouble('exp'),
  dlog1: inDouble('ln'),
  dlog10: inDouble('log'),
  dpow: inDouble('power'),
  exp: inDouble('exp'),
  extract,
  first_value: present('first_value'),
  grouping_id: (call) => ({ text: `GROUPING(${list(call)})`, length: 2 }),
  json_extract_path_text: jsonPath,
  lag: numbered('lag'),
  last_value: present('last_value'),
  lead: numbered('lead'),
  ln: inDouble('ln'),
  log: inDouble('log'),
  nth_value: present('nth_value'),
  object: (call) => ({ text: `jsonb_build_object(${list(call)})`, length: 2 }),
  percentile_cont: percentile(false),
  percentile_disc: percentileDisc,
  pow: inDouble('power'),
  power: inDouble('power'),
  ratio_to_report: ratioToReport,
  sqrt: inDouble('sqrt'),
  stddev: inDouble('stddev'),
  stddev_pop: inDouble('stddev_pop'),
  stddev_samp: inDouble('stddev_samp'),
  var_pop: inDouble('var_pop'),
  var_samp: inDouble('var_samp'),
  variance: inDouble('variance'),
  datediff: dateCall('datediff'),
  date_diff: dateCall('datediff'),
  decode,
  isnull: coalesce,
  listagg,
  replicate: (call) => ({ text: `repeat(${list(call)})`, length: 2 }),
  median: percentile(true),
  nvl: coalesce,
  nvl2,
};

/** Made by catalog.ts in the schema redshift_catalog: new ones, and those whose answer differs from PostgreSQL's of the same name. */
export const CATALOG_FUNCTIONS = new Set(
  `add_months array_concat array_flatten avg bpcharcmp bttext_pattern_cmp can_json_parse charindex crc32 date_cmp date_cmp_timestamp
  date_cmp_timestamptz date_part_year decimal_precision decimal_scale difference fnv_hash func_sha1 get_array_length has_schema_privilege has_table_privilege interval_cmp is_array is_bigint
  is_boolean is_char is_decimal is_float is_integer is_smallint octetindex pg_last_copy_count sha soundex timeofday timestamp_cmp_date timestamp_cmp_timestamptz
  timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp timezone to_date is_object is_scalar is_valid_json_array is_varchar json_array_length json_extract_array_element_text json_typeof regexp_count regexp_instr
  regexp_substr round split_part split_to_array subarray textlen timestamp_cmp version convert_timezone current_database getdate is_valid_json json_parse json_serialize last_day len months_between
  next_day regexp_replace sha1 sha2 strtol sysdate trunc`.split(/\s+/),
);

/** The same in both. Everything else is refused: PostgreSQL has many functions that Redshift has not. */
export const KNOWN_FUNCTIONS = new Set(
  `abs acos ascii asin atan atan2 bit_and bit_or bool_and bool_or btrim cbrt ceil ceiling char_length character_length chr coalesce any_value
  cos cot count cume_dist current_schema current_schemas date degrees dense_rank floor greatest grouping initcap
  least left length lower lpad ltrim max md5 min mod ntile nullif octet_length
  percent_rank pg_backend_pid pi position quote_ident quote_literal radians random rank
  repeat replace reverse right row_number rpad rtrim sign sin
  strpos substr substring sum tan to_char to_hex to_number to_timestamp translate trim upper`.split(/\s+/),
);

/** Words that stand before a bracket without calling anything. */
export const NOT_FUNCTIONS = new Set(
  `all and any as asc between by case check columns cross cube default desc distinct else end except exists filter from full group having if in
  inner insert intersect into is join key left like ilike limit natural not null nulls offset on or order outer over partition primary
  recursive references right rollup rows select set sets similar some table then to union unique update using values varchar char character
  numeric decimal when where window with within only intersect minus exclude range temp temporary view`.split(/\s+/),
);
for (const both of ['left', 'right']) NOT_FUNCTIONS.delete(both);

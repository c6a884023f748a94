import { RedshiftError, syntaxError } from './errors';
import { type Call, clausesAfter, type RewrittenCall } from './functions';
import { type Group, isGroup, type Node, wordOf } from './tree';

/** Window functions and percentiles, which PostgreSQL has without IGNORE NULLS, or only as aggregates. */

/** `… OVER (window)` after a call, `IGNORE NULLS` before it or behind the last argument, and how many nodes all that takes up. */
function windowOf({ arguments: args, after }: Call) {
  const last = args.at(-1) ?? [];
  const inside = nullsRule(last, last.length - 2);
  const outside = nullsRule(after, 0);
  const over = outside === undefined ? after : after.slice(2);
  const window = over[1];
  if (wordOf(over[0]) !== 'over' || !isGroup(window)) throw syntaxError(over[0]?.text ?? 'end of input');
  return {
    window,
    ignoreNulls: (inside ?? outside) === 'ignore',
    arguments: inside === undefined ? args : [...args.slice(0, -1), last.slice(0, -2)],
    length: 2 + (outside === undefined ? 2 : 4),
  };
}

function nullsRule(nodes: readonly Node[], at: number): 'ignore' | 'respect' | undefined {
  const word = wordOf(nodes[at]);
  return (word === 'ignore' || word === 'respect') && wordOf(nodes[at + 1]) === 'nulls' ? word : undefined;
}

/** FIRST_VALUE, LAST_VALUE, NTH_VALUE: of a frame that the caller gives. */
export const present =
  (name: 'first_value' | 'last_value' | 'nth_value') =>
  (call: Call): RewrittenCall => {
    const { window, ignoreNulls, arguments: args, length } = windowOf(call);
    const [value = '', place] = args.map(call.rewrite);
    const over = `OVER (${call.rewrite(window.nodes)})`;
    if (!ignoreNulls) return { text: `${name}(${args.map(call.rewrite).join(', ')}) ${over}`, length };
    if (name === 'nth_value')
      return { text: `(array_agg(${value}) FILTER (WHERE (${value}) IS NOT NULL) ${over})[${place}]`, length };
    return { text: `redshift_catalog.${name === 'first_value' ? 'first' : 'last'}_present(${value}) ${over}`, length };
  };

/** LAG and LEAD, which have no frame. */
export const numbered =
  (name: 'lag' | 'lead') =>
  (call: Call): RewrittenCall => {
    const { window, ignoreNulls, arguments: args, length } = windowOf(call);
    const [value = '', offset = '1', standard] = args.map(call.rewrite);
    if (standard !== undefined)
      throw new RedshiftError(`Default parameter not be supported for window function ${name}`);
    if (hasFrame(window)) throw new RedshiftError(`Window function ${name} does not support a frame`);
    const over = call.rewrite(window.nodes);
    if (!ignoreNulls) return { text: `${name}(${args.map(call.rewrite).join(', ')}) OVER (${over})`, length };
    const frame =
      name === 'lag'
        ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING'
        : 'ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING';
    if (offset === '1')
      return {
        text: `redshift_catalog.${name === 'lag' ? 'last' : 'first'}_present(${value}) OVER (${over} ${frame})`,
        length,
      };
    const others = `array_agg(${value}) FILTER (WHERE (${value}) IS NOT NULL) OVER (${over} ${frame})`;
    const place = name === 'lag' ? `array_length(${others}, 1) + 1 - ${offset}` : offset;
    return { text: `(CASE WHEN ${offset} = 0 THEN ${value} ELSE (${others})[${place}] END)`, length };
  };

const hasFrame = (window: Group) => window.nodes.some((node) => ['rows', 'range'].includes(wordOf(node)));

/** MEDIAN(x) and PERCENTILE_CONT(f) WITHIN GROUP (ORDER BY x), as aggregates and over a window */
export const percentile =
  (median: boolean) =>
  (call: Call): RewrittenCall => {
    const { arguments: args, after, rewrite } = call;
    const { within, over, length } = clausesAfter(after);
    if (!median && !within) throw syntaxError(after[0]?.text ?? 'end of input');
    const { value, falling } = median ? { value: args[0] ?? [], falling: false } : ordered(within!);
    const fraction = median ? '0.5' : rewrite(args[0] ?? []);
    const items = `array_agg(${rewrite(value)})${over ? ` OVER (${rewrite(over.nodes)})` : ''}`;
    return {
      text: `redshift_catalog.percentile(${items}, ${falling ? `1 - ${fraction}` : fraction})`,
      length: 2 + length,
    };
  };

/** PERCENTILE_DISC(f) WITHIN GROUP (ORDER BY x) [OVER (PARTITION BY …)] */
export function percentileDisc({ arguments: args, after, rewrite }: Call): RewrittenCall {
  const { within, over, length } = clausesAfter(after);
  if (!within) throw syntaxError(after[0]?.text ?? 'end of input');
  const { value, falling } = ordered(within);
  const items = `array_agg(${rewrite(value)})${over ? ` OVER (${rewrite(over.nodes)})` : ''}`;
  return {
    text: `redshift_catalog.percentile_disc(${items}, ${rewrite(args[0] ?? [])}, ${falling})`,
    length: 2 + length,
  };
}

/** `ORDER BY x [ASC|DESC]` */
function ordered({ nodes }: Group): { value: readonly Node[]; falling: boolean } {
  const value = nodes.slice(2);
  const last = wordOf(value.at(-1));
  return { value: ['asc', 'desc'].includes(last) ? value.slice(0, -1) : value, falling: last === 'desc' };
}

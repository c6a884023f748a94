import type { DescribedColumn, Parameters } from './expressions';
import { pathLength } from './from';
import { type Group, isGroup, isName, type Node, split, wordOf } from './tree';
import { parseType } from './types';

/**
 * Redshift's quotient of DECIMALs has a scale that follows from the operands' declared precision and scale, which PostgreSQL does not look at. So a
 * division becomes a call that says the scale, where the operands' types can be told from the query; elsewhere it stays PostgreSQL's.
 */

/** Stands for a division, as the name of a call; no SQL can say it. */
export const QUOTIENT = '\u0001quotient';

export interface NumericType {
  readonly precision: number;
  readonly scale: number;
  /** of an integer, whose quotient by an integer is one */
  readonly integer: boolean;
}

const MAX_PRECISION = 38;
const LEAST_SCALE = 4;

/** Puts a call in the place of each division of a list. */
export function withQuotients(nodes: readonly Node[]): readonly Node[] {
  if (!nodes.some(isDivision)) return nodes;
  const result: Node[] = [];
  for (let at = 0; at < nodes.length; ) {
    const length = operandLength(nodes, at);
    if (length === 0) {
      result.push(nodes[at++]!);
      continue;
    }
    let left: readonly Node[] = nodes.slice(at, at + length);
    at += length;
    while (isFactor(nodes[at])) {
      const operator = nodes[at]!;
      const next = operandLength(nodes, at + 1);
      if (next === 0) break;
      const right = nodes.slice(at + 1, at + 1 + next);
      left = isDivision(operator) ? quotient(left, operator, right) : [...left, operator, ...right];
      at += 1 + next;
    }
    result.push(...left);
  }
  return result;
}

const isDivision = (node: Node | undefined) => node?.kind === 'operator' && node.text === '/';
const isFactor = (node: Node | undefined) => node?.kind === 'operator' && ['*', '/', '%'].includes(node.text);

function quotient(left: readonly Node[], operator: Node, right: readonly Node[]): Node[] {
  const at = left[0]!.at;
  const last = right.at(-1)!;
  const end = last.kind === 'group' ? last.end : last.at + last.text.length;
  const comma: Node = { kind: 'punctuation', text: ',', at: operator.at };
  return [
    { kind: 'word', text: QUOTIENT, at },
    { kind: 'group', text: '(', nodes: [...left, comma, ...right], at, end },
  ];
}

const KEYWORDS = new Set(
  `select from where and or not in is as on when then else end distinct all order group by having limit offset union between like ilike set values
  into returning using join cross inner full outer asc desc over partition rows top interval`.split(/\s+/),
);

/** A value with its casts, e.g. `-t.price::numeric(8,2)` or `SUM(x) OVER (…)`; 0 where none begins. */
function operandLength(nodes: readonly Node[], start: number): number {
  let at = start;
  const first = nodes[at];
  if (!first) return 0;
  if (isGroup(first) || ['number', 'string', 'parameter'].includes(first.kind)) at++;
  else if (wordOf(first) === 'case') {
    let depth = 0;
    do {
      const word = wordOf(nodes[at]);
      if (word === 'case') depth++;
      if (word === 'end') depth--;
      at++;
    } while (depth > 0 && at < nodes.length);
  } else if (isName(first) && !KEYWORDS.has(wordOf(first))) {
    at += pathLength(nodes.slice(at, at + 64));
    if (isGroup(nodes[at])) at++;
    if (wordOf(nodes[at]) === 'within' && isGroup(nodes[at + 2])) at += 3;
    if (['ignore', 'respect'].includes(wordOf(nodes[at])) && wordOf(nodes[at + 1]) === 'nulls') at += 2;
    if (wordOf(nodes[at]) === 'over' && isGroup(nodes[at + 1])) at += 2;
  } else return 0;
  while (nodes[at]?.text === '::') {
    const length = castLength(nodes.slice(at + 1, at + 8));
    if (length === 0) break;
    at += 1 + length;
  }
  return at - start;
}

function castLength(nodes: readonly Node[]): number {
  try {
    return parseType(nodes, () => new Error(), false).length;
  } catch {
    return 0;
  }
}

/** The type of a quotient, by Redshift's rule; undefined: it is none of DECIMALs. */
export function quotientType(left: NumericType, right: NumericType): NumericType | undefined {
  if (left.integer && right.integer) return undefined;
  const scale = Math.max(LEAST_SCALE, left.scale + right.precision - right.scale + 1);
  return fitted(left.precision - left.scale + right.scale + scale, scale);
}

function fitted(precision: number, scale: number): NumericType {
  if (precision <= MAX_PRECISION) return { precision, scale, integer: false };
  return { precision: MAX_PRECISION, scale: Math.max(MAX_PRECISION + scale - precision, LEAST_SCALE), integer: false };
}

/** The type of an expression, as far as it is a number and that can be told; `sql` writes it for the database to be asked. */
export function numericType(
  given: readonly Node[],
  parameters: Parameters,
  sql: (nodes: readonly Node[]) => string,
): NumericType | undefined {
  const inner = (each: readonly Node[]) => numericType(each, parameters, sql);
  const nodes = withQuotients(given[0]?.text === '-' ? given.slice(1) : given);
  if (operandLength(nodes, 0) !== nodes.length) return ofChain(nodes, inner);
  const cast = nodes.findLastIndex(({ text }) => text === '::');
  if (cast > 0) return declared(nodes.slice(cast + 1));
  const [first, second] = nodes;
  if (nodes.length === 1 && isGroup(first)) return inner(first.nodes);
  if (nodes.length === 1 && first?.kind === 'number') return ofLiteral(first.text);
  const known = nodes.length === 2 && first && isGroup(second) ? ofCall(first, second, inner) : undefined;
  return known === undefined ? described(sql(nodes), parameters) : known.type;
}

/** What a call answers, for those whose type follows from their arguments'; undefined: ask the database. */
function ofCall(
  name: Node,
  { nodes }: Group,
  inner: (nodes: readonly Node[]) => NumericType | undefined,
): { type: NumericType | undefined } | undefined {
  const args = split(nodes, ',');
  if (name.text === QUOTIENT) {
    const [left, right] = args.map(inner);
    return { type: left && right && (quotientType(left, right) ?? left) };
  }
  switch (wordOf(name)) {
    case 'sum': {
      const summed = inner(args[0]!.filter((node) => wordOf(node) !== 'distinct'));
      const narrow = summed?.integer === true && summed.precision < BIGINT.precision;
      return { type: narrow ? BIGINT : summed && { precision: MAX_PRECISION, scale: summed.scale, integer: false } };
    }
    case 'count':
      return { type: BIGINT };
    case 'min':
    case 'max':
    case 'abs':
    case 'nullif':
      return { type: inner(args[0]!) };
    case 'cast': {
      const as = nodes.findLastIndex((node) => wordOf(node) === 'as');
      return { type: as < 0 ? undefined : declared(nodes.slice(as + 1)) };
    }
    default:
      return undefined;
  }
}

/** Products, sums and differences, of one kind at a time. */
function ofChain(
  nodes: readonly Node[],
  inner: (nodes: readonly Node[]) => NumericType | undefined,
): NumericType | undefined {
  const kind = nodes.find((node) => node.kind === 'operator')?.text;
  const operators = kind === '*' ? ['*'] : ['+', '-'];
  let type: NumericType | undefined;
  for (let at = 0; at < nodes.length; at++) {
    const length = operandLength(nodes, at);
    const next = length > 0 ? inner(nodes.slice(at, at + length)) : undefined;
    if (!next) return undefined;
    type = type ? combined(type, next, kind === '*') : next;
    at += length;
    const operator = nodes[at];
    if (operator && !(operator.kind === 'operator' && operators.includes(operator.text))) return undefined;
  }
  return type;
}

function combined(left: NumericType, right: NumericType, product: boolean): NumericType {
  if (left.integer && right.integer)
    return { precision: Math.max(left.precision, right.precision), scale: 0, integer: true };
  const scale = product ? left.scale + right.scale : Math.max(left.scale, right.scale);
  const precision = product
    ? left.precision + right.precision + 1
    : Math.max(left.precision - left.scale, right.precision - right.scale) + 1 + scale;
  return { precision: Math.min(MAX_PRECISION, precision), scale: Math.min(MAX_PRECISION, scale), integer: false };
}

const BIGINT: NumericType = { precision: 19, scale: 0, integer: true };
const INTEGERS: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };
const INTEGER_OIDS: Readonly<Record<number, number>> = { 21: 5, 23: 10, 20: 19 };
const NUMERIC_OID = 1700;

function declared(nodes: readonly Node[]): NumericType | undefined {
  const { text } = parseType(nodes, () => new Error(), false);
  const integer = INTEGERS[text];
  if (integer !== undefined) return { precision: integer, scale: 0, integer: true };
  const decimal = /^numeric\((\d+),(\d+)\)$/.exec(text);
  return decimal ? { precision: Number(decimal[1]), scale: Number(decimal[2]), integer: false } : undefined;
}

function ofLiteral(text: string): NumericType | undefined {
  if (/^\d+$/.test(text)) return { precision: Number(text) > 2_147_483_647 ? 19 : 10, scale: 0, integer: true };
  const decimal = /^(\d*)\.(\d*)$/.exec(text);
  if (!decimal) return undefined;
  const scale = decimal[2]!.length;
  return { precision: Math.max(1, decimal[1]!.replace(/^0+/, '').length) + scale, scale, integer: false };
}

/** Asks the database. What depends on a query around this one cannot be asked alone, and stays unknown. */
function described(expression: string, { from, commonTables = [], types }: Parameters): NumericType | undefined {
  if (from === undefined) return undefined;
  const prefix = commonTables.length > 0 ? `WITH RECURSIVE ${commonTables.join(', ')} ` : '';
  const column: DescribedColumn | undefined = types(
    `${prefix}SELECT ${expression}${from === '' ? '' : ` FROM ${from}`}`,
  )[0];
  if (!column) return undefined;
  const integer = INTEGER_OIDS[column.type];
  if (integer !== undefined) return { precision: integer, scale: 0, integer: true };
  if (column.type !== NUMERIC_OID || column.modifier < 0) return undefined;
  return { precision: ((column.modifier - 4) >> 16) & 0xffff, scale: (column.modifier - 4) & 0x7ff, integer: false };
}

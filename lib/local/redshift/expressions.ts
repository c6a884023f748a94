import { identifier } from '../postgres/client';
import { ADMIN_VIEWS, PUBLIC_VIEWS } from './catalog/views';
import { numericType, QUOTIENT, quotientType, withQuotients } from './division';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { navigation, pathLength, type Relation } from './from';
import { CALLS, CATALOG_FUNCTIONS, KNOWN_FUNCTIONS, NOT_FUNCTIONS } from './functions';
import { foldedName } from './names';
import { rewriteSelect, rewriteWith, selectLength } from './query';
import { endOf, type Group, isGroup, isName, type Node, split, wordOf } from './tree';
import { parseType } from './types';

export interface DescribedColumn {
  readonly name: string;
  /** PostgreSQL's number of the type */
  readonly type: number;
  readonly modifier: number;
}

/** What the caller of the dialect knows: the values of `:name` become `$1`, `$2`… in this order. */
export interface Parameters {
  /** the placeholder of a name, e.g. `$1` */
  placeholder(name: string): string;
  /** The columns of a query in PostgreSQL's SQL: the translation may depend on them. */
  describe(query: string): readonly string[];
  /** The types of a query's columns; none if it cannot be asked for by itself. */
  types(query: string): readonly DescribedColumn[];
  /** The schema of the user's own function of this name. */
  functionSchema(name: string): string | undefined;
  /** the FROM of the query under way, '' if it has none */
  readonly from?: string;
  /** the relations of the query under way, then of the ones around it */
  readonly scopes?: readonly (readonly Relation[])[];
  /** the common tables that are in sight, as written */
  readonly commonTables?: readonly string[];
  /** a name here is a relation's */
  readonly inFrom?: boolean;
}

/** The columns of a query that stands where the one under way does. */
export function columnsOfQuery(query: string, { describe, commonTables = [] }: Parameters): readonly string[] {
  const prefix = commonTables.length > 0 ? `WITH RECURSIVE ${commonTables.join(', ')} ` : '';
  return describe(`${prefix}${query}`);
}

/** Relations that Redshift has in its catalogue and PostgreSQL has not, or has with other names of users in them. */
const CATALOG_RELATIONS = new Set([...PUBLIC_VIEWS, ...ADMIN_VIEWS]);

/** Names that only the system's views have. */
const SYSTEM_VIEW = /^(stl|stv|svl|svv|svcs)_/;

const WHO = new Set(['current_user', 'session_user', 'user']);

/** Words that never name a column. */
const RESERVED = new Set(
  `select from where and or not null is in as on case when then else end distinct all order group by having limit offset union between like
  ilike true false asc desc`.split(/\s+/),
);

/** What PostgreSQL 18 would accept and Redshift does not: refused, so that it does not surprise after the deploy. */
const REFUSED: readonly { readonly words: readonly string[]; readonly message: string }[] = [
  { words: ['on', 'conflict'], message: 'syntax error at or near "conflict"' },
  { words: ['returning'], message: 'syntax error at or near "returning"' },
  { words: ['lateral'], message: 'syntax error at or near "lateral"' },
  { words: ['for', 'update'], message: 'FOR UPDATE/SHARE is not supported' },
  { words: ['is', 'distinct'], message: 'syntax error at or near "distinct"' },
  { words: ['is', 'not', 'distinct'], message: 'syntax error at or near "distinct"' },
  { words: ['tablesample'], message: 'syntax error at or near "tablesample"' },
];

/** Tokens that a path into a SUPER value, or a call with what follows it, may have. */
const LOOKAHEAD = 256;

/** Rewrites expressions and queries to PostgreSQL's SQL. */
export function rewrite(given: readonly Node[], parameters: Parameters): string {
  const nodes = parameters.inFrom ? given : withQuotients(given);
  let sql = '';
  let end: number | undefined;
  const emit = (text: string, from: Node, to: number) => {
    // What stood together stays together (`>=` is two tokens); what was apart stays apart.
    sql += end === undefined || end === from.at ? text : ` ${text}`;
    end = to;
  };

  for (let at = 0; at < nodes.length; ) {
    const node = nodes[at]!;
    // Only a SELECT is read to its end from here; a long list would be copied once for each of its members.
    const rest = wordOf(node) === 'select' ? nodes.slice(at) : nodes.slice(at, at + LOOKAHEAD);
    const before = nodes[at - 1];
    const qualified = before?.kind === 'punctuation' && before.text === '.';
    refuse(rest, before, qualified);

    if (wordOf(node) === 'with' && at === 0 && isName(nodes[1]) && nodes.some((each) => isGroup(each))) {
      return rewriteWith(nodes, parameters);
    }
    if (wordOf(node) === 'select' && !qualified) {
      const length = selectLength(rest);
      const only = length === rest.length && !(before && SETS.has(wordOf(before)));
      emit(rewriteSelect(rest.slice(0, length), parameters, only), node, endOf(rest[length - 1]!));
      at += length;
      continue;
    }
    const path = isName(node) && !qualified && !parameters.inFrom ? pathLength(rest) : 0;
    const walked = path > 0 && !isGroup(rest[path]) ? walk(rest, path, parameters) : undefined;
    if (walked) {
      emit(walked.text, node, endOf(rest[walked.length - 1]!));
      at += walked.length;
      continue;
    }
    if (node.kind === 'group') {
      emit(`(${rewrite(node.nodes, parameters)})`, node, node.end);
      at++;
    } else if (node.text === '::') {
      const type = parseType(nodes.slice(at + 1, at + LOOKAHEAD), unknownType, false);
      emit(`${superOf(before, type.text)}::${type.text}`, node, endOf(nodes[at + type.length]!));
      at += 1 + type.length;
    } else if (node.kind === 'word' && !qualified) {
      const special = rewriteWord(rest, before, parameters);
      const taken = special?.length ?? 1;
      emit(special?.text ?? plainWord(node.text), node, endOf(nodes[at + taken - 1]!));
      at += taken;
    } else {
      emit(rewriteToken(node.kind, node.text, parameters), node, endOf(node));
      at++;
    }
  }
  return sql;
}

const SETS = new Set(['union', 'intersect', 'except', 'minus', 'all']);

const COMPARISONS = new Set(['=', '<>', '!=', '<', '>', '<=', '>=']);

/** A path into a SUPER value. A text that it is compared with is a text, not JSON. */
function walk(nodes: readonly Node[], length: number, parameters: Parameters): Rewritten | undefined {
  const path = nodes.slice(0, length);
  if (path.length === 1 && RESERVED.has(wordOf(path[0]))) return undefined;
  const text = navigation(path, parameters);
  if (text === undefined) return undefined;
  let operator = '';
  let at = length;
  while (nodes[at]?.kind === 'operator') operator += nodes[at++]!.text;
  const compared = nodes[at];
  if (!COMPARISONS.has(operator) || compared?.kind !== 'string') return { text, length };
  return { text: `${text} ${operator} ${stringLiteral(compared.text)}::text`, length: at + 1 };
}

function rewriteToken(kind: string, text: string, parameters: Parameters): string {
  switch (kind) {
    case 'word':
      return plainWord(text);
    case 'quoted':
      return identifier(foldedName(text));
    case 'string':
      return stringLiteral(text);
    case 'parameter':
      return parameters.placeholder(text.slice(1));
    default:
      return text;
  }
}

function plainWord(text: string): string {
  foldedName(text);
  return text;
}

/** Redshift reads backslashes in a plain string; PostgreSQL only in E'…'. */
export function stringLiteral(text: string): string {
  return text.startsWith("'") && text.includes('\\') ? `E${text}` : text;
}

const unknownType = (type: string) => new RedshiftError(`type "${type}" does not exist`);

interface Rewritten {
  readonly text: string;
  readonly length: number;
}

function rewriteWord(nodes: readonly Node[], before: Node | undefined, parameters: Parameters): Rewritten | undefined {
  const word = wordOf(nodes[0]);
  const arguments_ = nodes[1];
  const call = isGroup(arguments_) && !isDefinition(before) && !isCommonTable(nodes);

  if (word === 'cast' && call) return castCall(arguments_, parameters);
  if (word === 'convert' && call) return convertCall(arguments_, parameters);
  if (nodes[0]?.text === QUOTIENT && call) return divide(arguments_, parameters);
  if (word === 'sysdate') return { text: 'redshift_catalog.sysdate()', length: 1 };
  if (WHO.has(word) && !isGroup(nodes[1])) return { text: 'redshift_catalog.current_user_name()', length: 1 };
  if (word === 'minus' && ['select', '('].includes(wordOf(nodes[1]) || (nodes[1]?.text ?? '')))
    return { text: 'EXCEPT', length: 1 };
  if (word === 'approximate' && ['count', 'percentile_disc'].includes(wordOf(nodes[1]))) return { text: '', length: 1 };
  if (word === 'pg_catalog' && nodes[1]?.text === '.' && CATALOG_RELATIONS.has(wordOf(nodes[2]))) {
    return { text: `redshift_catalog.${wordOf(nodes[2])}`, length: 3 };
  }
  if (CATALOG_RELATIONS.has(word) && nodes[1]?.text !== '.' && !call)
    return { text: `redshift_catalog.${word}`, length: 1 };
  if (parameters.inFrom && before?.text !== '.' && SYSTEM_VIEW.test(word))
    throw new UnsupportedLocally(`the system view ${word}`);
  if (!call || NOT_FUNCTIONS.has(word)) return undefined;

  checkFrame(word, nodes);
  const rewriteAll = (list: readonly Node[]) => rewrite(list, parameters);
  const special = CALLS[word];
  if (special) return special({ arguments: split(arguments_.nodes, ','), after: nodes.slice(2), rewrite: rewriteAll });
  if (CATALOG_FUNCTIONS.has(word))
    return { text: `redshift_catalog.${word}(${rewriteAll(arguments_.nodes)})`, length: 2 };
  if (!KNOWN_FUNCTIONS.has(word)) {
    const schema = parameters.functionSchema(word);
    if (schema !== undefined)
      return { text: `${identifier(schema)}.${word}(${rewriteAll(arguments_.nodes)})`, length: 2 };
    throw new RedshiftError(`function ${word}() does not exist, or the local Redshift does not have it`);
  }
  return undefined;
}

/** Aggregates over a window; ranking functions need no frame. */
const FRAMED = new Set(
  `avg bool_and bool_or count first_value last_value max min nth_value stddev stddev_pop stddev_samp sum var_pop var_samp variance`.split(
    /\s+/,
  ),
);

function checkFrame(word: string, nodes: readonly Node[]): void {
  const nulls = ['ignore', 'respect'].includes(wordOf(nodes[2])) && wordOf(nodes[3]) === 'nulls' ? 2 : 0;
  const window = nodes[3 + nulls];
  if (!FRAMED.has(word) || wordOf(nodes[2 + nulls]) !== 'over' || !isGroup(window)) return;
  const words = window.nodes.map(wordOf);
  if (words.includes('order') && !words.includes('rows') && !words.includes('range'))
    throw new RedshiftError('Aggregate window functions with an ORDER BY clause require a frame clause');
  // Redshift has frames of rows only.
  if (words.includes('range')) throw new RedshiftError('syntax error at or near "range"');
}

/** `name (columns) AS (query)` of a WITH */
const isCommonTable = (nodes: readonly Node[]) => wordOf(nodes[2]) === 'as' && isGroup(nodes[3]);

/** After these a name with brackets is a list of columns, not a call. */
function isDefinition(before: Node | undefined): boolean {
  return isGroup(before) || ['into', 'table', 'with', 'recursive', 'as', 'references', 'view'].includes(wordOf(before));
}

function castCall({ nodes }: Group, parameters: Parameters): Rewritten {
  const as = nodes.findLastIndex((node) => wordOf(node) === 'as');
  if (as < 0) throw syntaxError(')');
  const typeNodes = nodes.slice(as + 1);
  const type = parseType(typeNodes, unknownType, false);
  if (type.length !== typeNodes.length) throw syntaxError(typeNodes[type.length]!.text);
  const value = nodes.slice(0, as);
  const plain = value.length === 1 ? superOf(value[0], type.text) : '';
  return { text: `CAST(${rewrite(value, parameters)}${plain} AS ${type.text})`, length: 2 };
}

/** A literal that becomes a SUPER is a string: PostgreSQL would read it as JSON. */
const superOf = (value: Node | undefined, type: string) => (value?.kind === 'string' && type === SUPER ? '::text' : '');

/** What a SUPER is to PostgreSQL, by its name and its number. */
const SUPER = 'jsonb';
export const SUPER_OID = 3802;

function divide({ nodes }: Group, parameters: Parameters): Rewritten {
  const [left = [], right = []] = split(nodes, ',');
  const sql = (each: readonly Node[]) => rewrite(each, parameters);
  const types = [left, right].map((each) => numericType(each, parameters, sql));
  const type = types[0] && types[1] ? quotientType(types[0], types[1]) : undefined;
  if (!type) return { text: `(${sql(left)} / ${sql(right)})`, length: 2 };
  const { precision, scale } = type;
  return {
    text: `CAST(redshift_catalog.quotient(${sql(left)}, ${sql(right)}, ${scale}) AS numeric(${precision},${scale}))`,
    length: 2,
  };
}

/** CONVERT(type, expression) */
function convertCall({ nodes }: Group, parameters: Parameters): Rewritten {
  const [typeNodes, ...value] = split(nodes, ',');
  // decimal(12,2) has its comma inside a group, so the first part is the whole type.
  const type = parseType(typeNodes ?? [], unknownType, false);
  if (value.length !== 1) throw syntaxError(')');
  return { text: `CAST(${rewrite(value[0]!, parameters)} AS ${type.text})`, length: 2 };
}

function refuse(nodes: readonly Node[], before: Node | undefined, qualified: boolean): void {
  const [node, next] = nodes;
  if (!qualified) {
    const found = REFUSED.find(({ words }) => words.every((word, index) => wordOf(nodes[index]) === word));
    if (found && !(isName(before) && found.words.length === 1 && before.text.toLowerCase() === 'as'))
      throw new RedshiftError(found.message);
    if (wordOf(node) === 'filter' && isGroup(next)) throw new RedshiftError('syntax error at or near "("');
    if (wordOf(node) === 'row' && isGroup(next)) throw new RedshiftError('ROW expressions are not supported');
    if (wordOf(node) === 'array' && next?.text === '[') throw new RedshiftError('syntax error at or near "["');
  }
  if (node?.text === '[') throw new RedshiftError('syntax error at or near "["');
  if (node?.text === '-' && next?.text === '>' && node.kind === 'operator' && endOf(node) === next.at) {
    throw new RedshiftError('operator does not exist: ->');
  }
}

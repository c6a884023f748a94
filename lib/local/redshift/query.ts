import { identifier } from '../postgres/client';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { columnsOfQuery, type Parameters, rewrite } from './expressions';
import { type FromClause, readFrom } from './from';
import { foldedName } from './names';
import { countNodes, itemName, type SelectItem, selectItem, substitute } from './select-items';
import { isGroup, isName, type Node, split, wordOf } from './tree';

/** What a query of Redshift's has that PostgreSQL's has not: TOP, QUALIFY, GROUP BY ALL, EXCLUDE, and aliases that later columns use. */

const SET_OPERATORS = new Set(['union', 'intersect', 'except', 'minus']);

/** Where the SELECT that begins at `nodes[0]` ends: at the next set operator, or with the list. */
export function selectLength(nodes: readonly Node[]): number {
  const end = nodes.findIndex(
    (node, index) =>
      index > 0 &&
      SET_OPERATORS.has(wordOf(node)) &&
      (['select', 'all', 'distinct'].includes(wordOf(nodes[index + 1])) || isGroup(nodes[index + 1])),
  );
  return end < 0 ? nodes.length : end;
}

interface Clauses {
  readonly distinct: boolean;
  readonly top?: Node;
  readonly items: readonly Node[];
  readonly exclude: readonly string[];
  readonly from?: readonly Node[];
  readonly where?: readonly Node[];
  readonly groupBy?: readonly Node[];
  readonly having?: readonly Node[];
  readonly qualify?: readonly Node[];
  /** ORDER BY, LIMIT, OFFSET */
  readonly tail: readonly Node[];
}

const CLAUSES = ['from', 'where', 'group', 'having', 'qualify', 'order', 'limit', 'offset', 'fetch'] as const;
type Clause = (typeof CLAUSES)[number];

function readClauses(nodes: readonly Node[]): Clauses {
  let at = 1;
  const distinct = wordOf(nodes[at]) === 'distinct';
  if (distinct || wordOf(nodes[at]) === 'all') at++;
  if (distinct && wordOf(nodes[at]) === 'on') throw new RedshiftError('SELECT DISTINCT ON is not supported');
  let top: Node | undefined;
  if (wordOf(nodes[at]) === 'top' && (nodes[at + 1]?.kind === 'number' || nodes[at + 1]?.kind === 'parameter')) {
    top = nodes[at + 1];
    at += 2;
  }
  const parts: Partial<Record<Clause | 'items', readonly Node[]>> = {};
  let clause: Clause | 'items' = 'items';
  let start = at;
  const tailStart: number[] = [];
  for (; at < nodes.length; at++) {
    const found = clauseAt(nodes, at);
    if (!found) continue;
    if (tailStart.length === 0) parts[clause] = nodes.slice(start, at);
    if (['order', 'limit', 'offset', 'fetch'].includes(found)) tailStart.push(at);
    clause = found;
    start = at + (found === 'group' ? 2 : 1);
  }
  if (tailStart.length === 0) parts[clause] = nodes.slice(start);
  const { items, exclude } = withoutExclude(parts.items ?? []);
  return {
    distinct,
    ...(top ? { top } : {}),
    items,
    exclude,
    ...(parts.from ? { from: parts.from } : {}),
    ...(parts.where ? { where: parts.where } : {}),
    ...(parts.group ? { groupBy: parts.group } : {}),
    ...(parts.having ? { having: parts.having } : {}),
    ...(parts.qualify ? { qualify: parts.qualify } : {}),
    tail: tailStart.length === 0 ? [] : nodes.slice(tailStart[0]),
  };
}

function clauseAt(nodes: readonly Node[], at: number): Clause | undefined {
  const word = wordOf(nodes[at]);
  const before = nodes[at - 1];
  if (!CLAUSES.includes(word as Clause) || before?.text === '.' || wordOf(before) === 'as') return undefined;
  if (['group', 'order'].includes(word) && wordOf(nodes[at + 1]) !== 'by') return undefined;
  // A column may be called qualify or fetch.
  if (word === 'qualify' && (at + 1 >= nodes.length || [',', '.', '='].includes(nodes[at + 1]!.text))) return undefined;
  if (word === 'fetch' && !['first', 'next'].includes(wordOf(nodes[at + 1]))) return undefined;
  return word as Clause;
}

/** `* EXCLUDE (a, b)` or `* EXCLUDE a` at the end of the list */
function withoutExclude(items: readonly Node[]): { items: readonly Node[]; exclude: readonly string[] } {
  const at = items.findIndex(
    (node, index) => wordOf(node) === 'exclude' && index > 0 && (isGroup(items[index + 1]) || isName(items[index + 1])),
  );
  if (at < 0) return { items, exclude: [] };
  const list = items[at + 1]!;
  if (items.length > at + 2) throw syntaxError(items[at + 2]!.text);
  const names = isGroup(list) ? list.nodes : [list];
  return { items: items.slice(0, at), exclude: names.filter(isName).map(({ text }) => foldedName(text)) };
}

/** Rewrites one SELECT, without what a set operator joins to it. `only`: there is no set operator, so ORDER BY and LIMIT are its own. */
export function rewriteSelect(nodes: readonly Node[], outer: Parameters, only: boolean): string {
  const clauses = readClauses(nodes);
  const from = clauses.from ? readFrom(clauses.from) : undefined;
  const parameters: Parameters = { ...outer, inFrom: false, scopes: [from?.relations ?? [], ...(outer.scopes ?? [])] };
  const fromText = from?.write(parameters);
  const inside: Parameters = { ...parameters, from: fromText ?? '' };
  const columnsOf = () => (fromText === undefined ? [] : columnsOfQuery(`SELECT * FROM ${fromText}`, parameters));
  const items = withAliases(split(clauses.items, ',').map(selectItem), columnsOf);
  if (items.some(({ nodes: each }) => each.length === 0) && clauses.items.length > 0) throw syntaxError(',');

  const sql = (list: readonly Node[]) => rewrite(list, inside);
  const write = (item: SelectItem) => `${sql(item.nodes)}${item.written ? ` AS ${identifier(item.alias!)}` : ''}`;
  let text = `SELECT ${clauses.distinct ? 'DISTINCT ' : ''}${items.map(write).join(', ')}`;
  let rest = fromText === undefined ? '' : ` FROM ${fromText}`;
  if (clauses.where) rest += ` WHERE ${sql(clauses.where)}`;
  if (clauses.groupBy) rest += ` GROUP BY ${groupBy(clauses.groupBy, items, sql)}`;
  if (clauses.having) rest += ` HAVING ${sql(clauses.having)}`;

  if (clauses.qualify) text = qualified(items, clauses, from, rest, inside);
  else text += rest;
  if (clauses.exclude.length > 0) text = excluded(text, clauses.exclude, parameters);
  const tail = clauses.tail.length > 0 ? ` ${sql(clauses.tail)}` : '';
  if (!clauses.top) return text + tail;
  if (!only) throw new UnsupportedLocally('SELECT TOP beside a set operator; put the query in brackets');
  if (clauses.tail.some((node) => wordOf(node) === 'limit')) throw syntaxError('limit');
  return `${text}${tail} LIMIT ${sql([clauses.top])}`;
}

/** Tokens that a column may grow to when aliases are put in: each use of one in the next doubles it. */
const MAX_TOKENS = 20_000;

/** A later column may use an earlier one's alias, unless the FROM has a column of that name. */
function withAliases(items: readonly SelectItem[], columnsOf: () => readonly string[]): SelectItem[] {
  const done: SelectItem[] = [];
  const aliases = new Map<string, { nodes: readonly Node[]; size: number }>();
  let columns: Set<string> | undefined;
  for (const item of items) {
    let size = countNodes(item.nodes);
    const nodes = substitute(item.nodes, (name) => {
      const expression = aliases.get(name);
      if (!expression) return undefined;
      columns ??= new Set(columnsOf());
      if (columns.has(name)) return undefined;
      size += expression.size;
      if (size > MAX_TOKENS)
        throw new UnsupportedLocally(`aliases of columns that build on each other to more than ${MAX_TOKENS} tokens`);
      return expression.nodes;
    });
    done.push({ ...item, nodes });
    if (item.written && item.alias !== undefined) aliases.set(item.alias, { nodes, size });
  }
  return done;
}

/** GROUP BY ALL: by every column that is not an aggregate. */
function groupBy(
  nodes: readonly Node[],
  items: readonly SelectItem[],
  sql: (nodes: readonly Node[]) => string,
): string {
  if (nodes.length !== 1 || wordOf(nodes[0]) !== 'all') return sql(nodes);
  if (items.some((item) => item.nodes.at(-1)?.text === '*')) throw new UnsupportedLocally('GROUP BY ALL with *');
  const positions = items.flatMap(({ nodes: item }, index) => (hasAggregate(item) ? [] : [index + 1]));
  return positions.length > 0 ? positions.join(', ') : '()';
}

const AGGREGATES = new Set(
  `any_value avg bit_and bit_or bool_and bool_or count listagg max median min percentile_cont percentile_disc stddev stddev_pop stddev_samp sum
  variance var_pop var_samp approximate`.split(/\s+/),
);

function hasAggregate(nodes: readonly Node[]): boolean {
  return nodes.some((node, index) => {
    if (isGroup(node)) return wordOf(node.nodes[0]) !== 'select' && hasAggregate(node.nodes);
    if (!AGGREGATES.has(wordOf(node)) || !isGroup(nodes[index + 1])) return false;
    const after = nodes.slice(index + 2);
    const within = wordOf(after[0]) === 'within' ? after.slice(3) : after;
    return wordOf(within[0]) !== 'over';
  });
}

/**
 * QUALIFY filters by window functions, after they have been computed: the query becomes a subquery with the condition as one more column.
 * A `*` in it is the whole row of each relation, which PostgreSQL unfolds again outside.
 */
function qualified(
  items: readonly SelectItem[],
  clauses: Clauses,
  from: FromClause | undefined,
  rest: string,
  parameters: Parameters,
): string {
  const inner: string[] = [];
  const outer: string[] = [];
  const whole = (relation: string) => {
    inner.push(`${identifier(relation)} AS ${identifier(`${relation} row`)}`);
    outer.push(`(qualified.${identifier(`${relation} row`)}).*`);
  };
  for (const [index, item] of items.entries()) {
    if (item.nodes.at(-1)?.text === '*') {
      if (from?.merges) throw new UnsupportedLocally('QUALIFY with * over a JOIN with USING; name the columns');
      const [name] = item.nodes;
      if (item.nodes.length === 1) for (const relation of from?.relations ?? []) whole(relation.name);
      else if (isName(name)) whole(foldedName(name.text));
    } else {
      inner.push(`${rewrite(item.nodes, parameters)} AS "c${index}"`);
      outer.push(`qualified."c${index}" AS ${identifier(item.alias ?? itemName(item.nodes))}`);
    }
  }
  const aliases = new Map(items.flatMap((item) => (item.written ? [[item.alias!, item.nodes] as const] : [])));
  const condition = rewrite(
    substitute(clauses.qualify!, (name) => aliases.get(name)),
    parameters,
  );
  const distinct = clauses.distinct ? 'DISTINCT ' : '';
  return `SELECT ${distinct}${outer.join(', ')} FROM (SELECT ${inner.join(', ')}, (${condition}) AS "qualify"${rest}) AS qualified WHERE qualified."qualify"`;
}

function excluded(query: string, names: readonly string[], parameters: Parameters): string {
  const columns = columnsOfQuery(query, parameters);
  const missing = names.find((name) => !columns.includes(name));
  if (missing) throw new RedshiftError(`column "${missing}" in the EXCLUDE list does not exist`);
  const kept = columns.filter((name) => !names.includes(name));
  if (kept.length === 0) throw new RedshiftError('the EXCLUDE list leaves no column');
  return `SELECT ${kept.map(identifier).join(', ')} FROM (${query}) AS excluded`;
}

/** WITH [RECURSIVE] name [(columns)] AS (query), … and the statement after it */
export function rewriteWith(nodes: readonly Node[], outer: Parameters): string {
  let at = 1;
  const recursive = wordOf(nodes[at]) === 'recursive';
  if (recursive) at++;
  const commonTables = [...(outer.commonTables ?? [])];
  const own: string[] = [];
  for (;;) {
    const name = nodes[at++];
    if (!isName(name)) throw syntaxError(name?.text ?? 'end of input');
    let head = identifier(foldedName(name.text));
    const columns = nodes[at];
    if (isGroup(columns)) {
      head += ` (${rewrite(columns.nodes, outer)})`;
      at++;
    }
    const query = nodes[at + 1];
    if (wordOf(nodes[at]) !== 'as' || !isGroup(query)) throw syntaxError(nodes[at]?.text ?? 'end of input');
    at += 2;
    const table = `${head} AS (${rewrite(query.nodes, { ...outer, commonTables: [...commonTables] })})`;
    commonTables.push(table);
    own.push(table);
    if (nodes[at]?.text !== ',') break;
    at++;
  }
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${own.join(', ')} ${rewrite(nodes.slice(at), { ...outer, commonTables })}`;
}

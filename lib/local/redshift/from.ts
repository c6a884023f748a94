import { identifier } from '../postgres/client';
import { syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import { pivot, unpivot } from './pivot';
import { type Group, isGroup, isName, type Node, wordOf } from './tree';

/** The relations of a FROM, by the names that expressions use for them. */
export interface Relation {
  /** the alias, or the table's own name */
  readonly name: string;
  /** `schema.table`, where there is no alias */
  readonly qualified?: string;
  /** its rows are the elements of a SUPER array: the name stands for the value itself */
  readonly unnested: boolean;
}

export interface FromClause {
  readonly relations: readonly Relation[];
  /** JOIN … USING and NATURAL merge columns, so `*` is not the relations' columns one after the other */
  readonly merges: boolean;
  readonly write: (parameters: Parameters) => string;
}

interface Segment {
  readonly kind: 'relation' | 'unnest' | 'unpivot' | 'turned' | 'other';
  readonly nodes: readonly Node[];
  readonly alias?: string;
  readonly index?: string;
  /** PIVOT or UNPIVOT, with what stands in its brackets */
  readonly turn?: { readonly kind: 'pivot' | 'unpivot'; readonly group: Group; readonly includeNulls: boolean };
}

/** Words that end a relation and its alias. */
const AFTER = new Set(
  'join inner left right full outer cross natural on using where group having qualify order limit union pivot unpivot'.split(
    ' ',
  ),
);

/** Reads what stands between FROM and the next clause. */
export function readFrom(nodes: readonly Node[]): FromClause {
  const segments: Segment[] = [];
  const relations: Relation[] = [];
  let merges = false;
  let at = 0;
  let expected = true;
  const other = (node: Node) => segments.push({ kind: 'other', nodes: [node] });
  while (at < nodes.length) {
    const node = nodes[at]!;
    const word = wordOf(node);
    if (expected && (isGroup(node) || isName(node)) && word !== 'lateral') {
      const end = relationEnd(nodes, at);
      const turned = readTurn(nodes, at, end, relations);
      segments.push(turned?.segment ?? readRelation(nodes.slice(at, end), relations));
      at = turned?.end ?? end;
      expected = false;
      continue;
    }
    if (word === 'using' || word === 'natural') merges = true;
    if (word === 'join' || (node.kind === 'punctuation' && node.text === ',')) expected = true;
    other(node);
    at++;
  }
  return { relations, merges, write: (parameters) => write(segments, parameters) };
}

function relationEnd(nodes: readonly Node[], start: number): number {
  let at = wordOf(nodes[start]) === 'unpivot' ? start + 1 : start;
  while (at < nodes.length) {
    const node = nodes[at]!;
    if (at > start && ((node.kind === 'punctuation' && node.text === ',') || AFTER.has(wordOf(node)))) break;
    at++;
  }
  return at;
}

/** `relation PIVOT (…) [AS alias]` and `relation UNPIVOT [INCLUDE NULLS] (…) [AS alias]` */
function readTurn(
  nodes: readonly Node[],
  start: number,
  end: number,
  relations: Relation[],
): { segment: Segment; end: number } | undefined {
  const kind = wordOf(nodes[end]);
  if (kind !== 'pivot' && kind !== 'unpivot') return undefined;
  const includeNulls = wordOf(nodes[end + 1]) === 'include';
  let at = end + (includeNulls || wordOf(nodes[end + 1]) === 'exclude' ? 3 : 1);
  const group = nodes[at++];
  if (!isGroup(group)) throw syntaxError(group?.text ?? 'end of input');
  if (wordOf(nodes[at]) === 'as') at++;
  const name = nodes[at];
  let alias = kind;
  if (isName(name) && !AFTER.has(wordOf(name))) {
    alias = foldedName(name.text);
    at++;
  }
  relations.push({ name: alias, unnested: false });
  return {
    segment: { kind: 'turned', nodes: nodes.slice(start, end), alias, turn: { kind, group, includeNulls } },
    end: at,
  };
}

/** Splits a relation's name from its alias, and knows whether it is a path into one that stands before it. */
function readRelation(all: readonly Node[], relations: Relation[]): Segment {
  const unpivot = wordOf(all[0]) === 'unpivot' && !isGroup(all[1]);
  const nodes = unpivot ? all.slice(1) : all;
  const length = pathLength(nodes);
  const path = nodes.slice(0, length);
  const names = path.filter(isName).map(({ text }) => foldedName(text));
  let rest = nodes.slice(length);
  if (wordOf(rest[0]) === 'as') rest = rest.slice(1);
  const given = isName(rest[0]) && wordOf(rest[0]) !== 'at' ? foldedName(rest[0].text) : undefined;
  const into =
    path.length > 1 && (relations.some(({ name }) => name === names[0]) || path.some(({ text }) => text === '['));
  if (unpivot || into) {
    const position = rest.findIndex((node) => wordOf(node) === 'at');
    const index = position < 0 ? undefined : rest[position + 1];
    if (!given) throw syntaxError(rest[0]?.text ?? 'end of input');
    relations.push({ name: given, unnested: true });
    // AT names a column, which stands for itself.
    return {
      kind: unpivot ? 'unpivot' : 'unnest',
      nodes: path,
      alias: given,
      ...(isName(index) ? { index: foldedName(index.text) } : {}),
    };
  }
  if (isGroup(nodes[0]) && wordOf(nodes[0].nodes[0]) === 'values') throw syntaxError('values');
  const name = given ?? names.at(-1);
  if (name !== undefined) {
    relations.push({
      name,
      unnested: false,
      ...(given === undefined && names.length > 1 ? { qualified: names.join('.') } : {}),
    });
  }
  return { kind: 'relation', nodes: all };
}

/** `a.b[0].c`, or a query in brackets */
export function pathLength(nodes: readonly Node[]): number {
  if (!isName(nodes[0])) return Math.min(1, nodes.length);
  let at = 1;
  for (;;) {
    if (nodes[at]?.text === '.' && isName(nodes[at + 1])) at += 2;
    else if (nodes[at]?.text === '[') {
      const close = nodes.findIndex((node, index) => index > at && node.text === ']');
      if (close < 0) throw syntaxError('[');
      at = close + 1;
    } else return at;
  }
}

function write(segments: readonly Segment[], parameters: Parameters): string {
  let sql = '';
  for (let at = 0; at < segments.length; ) {
    const segment = segments[at]!;
    if (segment.kind === 'relation' || segment.kind === 'other') {
      // What stands side by side is rewritten together: an ON with its condition, a comma with its list.
      const run: Node[] = [];
      const { kind } = segment;
      while (at < segments.length && segments[at]!.kind === kind) {
        run.push(...segments[at]!.nodes);
        at++;
        if (kind === 'relation') break;
      }
      sql += ` ${rewrite(run, kind === 'relation' ? { ...parameters, inFrom: true } : parameters)}`;
      continue;
    }
    if (segment.turn) {
      const { kind, group, includeNulls } = segment.turn;
      const written = rewrite(segment.nodes, { ...parameters, inFrom: true });
      const relation = segment.nodes.length === 1 && isGroup(segment.nodes[0]) ? `${written} AS turned` : written;
      const query =
        kind === 'pivot' ? pivot(relation, group, parameters) : unpivot(relation, group, includeNulls, parameters);
      sql += ` ${query} AS ${identifier(segment.alias!)}`;
      at++;
      continue;
    }
    const value = rewrite(segment.nodes, parameters);
    const alias = identifier(segment.alias!);
    const index = identifier(segment.index ?? `${segment.alias} at`);
    const unnest = segment.kind === 'unpivot' ? 'unpivot_super' : 'unnest_super';
    sql += ` LATERAL redshift_catalog.${unnest}(${value}) AS ${alias}(${alias}, ${index})`;
    at++;
  }
  return sql.trim();
}

/** A path of names and subscripts as an expression: a column, or a walk into a SUPER value. Undefined: a plain name. */
export function navigation(path: readonly Node[], parameters: Parameters): string | undefined {
  const scopes = parameters.scopes ?? [];
  const find = (name: string) => scopes.map((scope) => scope.find((each) => each.name === name)).find(Boolean);
  const steps: { name?: string; text: string }[] = [];
  for (let at = 0; at < path.length; ) {
    const node = path[at]!;
    if (node.text === '.') at++;
    else if (node.text === '[') {
      const close = path.findIndex((each, index) => index > at && each.text === ']');
      steps.push({ text: `[${rewrite(path.slice(at + 1, close), parameters)}]` });
      at = close + 1;
    } else {
      const name = foldedName(node.text);
      steps.push({ name, text: `['${name.replaceAll("'", "''")}']` });
      at++;
    }
  }
  const [first, second, third] = steps;
  const relation = find(first!.name!);
  const qualified = second?.name !== undefined ? `${first!.name}.${second.name}` : '';
  const known = scopes.some((scope) => scope.some((each) => each.qualified === qualified));
  let base: string;
  let taken: number;
  if (relation?.unnested) [base, taken] = [`${identifier(relation.name)}.${identifier(relation.name)}`, 1];
  else if (relation && second?.name !== undefined)
    [base, taken] = [`${identifier(first!.name!)}.${identifier(second.name)}`, 2];
  else if (known && third?.name !== undefined)
    [base, taken] = [[first, second, third].map((step) => identifier(step!.name!)).join('.'), 3];
  else [base, taken] = [identifier(first!.name!), 1];
  const into = steps.slice(taken);
  if (into.length === 0) return relation?.unnested ? base : undefined;
  if (scopes.length === 0) {
    if (steps.every(({ name }) => name !== undefined)) return undefined;
    throw new UnsupportedLocally('navigation into SUPER values outside of a query');
  }
  return `(${base})${into.map(({ text }) => text).join('')}`;
}

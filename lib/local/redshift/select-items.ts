import { foldedName } from './names';
import { endOf, isGroup, isName, type Node, wordOf } from './tree';

/** One column of a SELECT's list. */
export interface SelectItem {
  /** the expression, without its alias */
  readonly nodes: readonly Node[];
  readonly alias?: string;
  /** whether the alias stands in the query */
  readonly written: boolean;
}

/** These end an expression, and are no alias. */
const NO_ALIAS = new Set(
  'end null true false precision varying zone unknown rows preceding following day month year hour minute second'.split(
    ' ',
  ),
);
/** After these comes the rest of an expression. */
const OPEN = new Set(
  'and or not is in like ilike between as case when then else distinct all similar to from at time any some'.split(' '),
);

export function selectItem(nodes: readonly Node[]): SelectItem {
  const found = aliasOf(nodes);
  return found ? { nodes: nodes.slice(0, found.at), alias: found.alias, written: true } : { nodes, written: false };
}

/** The alias of an expression, with or without AS, and where it begins. */
export function aliasOf(nodes: readonly Node[]): { alias: string; at: number } | undefined {
  const last = nodes.at(-1);
  const before = nodes.at(-2);
  if (!isName(last) || before === undefined) return undefined;
  if (wordOf(before) === 'as') return { alias: foldedName(last.text), at: nodes.length - 2 };
  if (NO_ALIAS.has(wordOf(last))) return undefined;
  const ends = isGroup(before) || before.kind === 'string' || before.kind === 'number' || before.kind === 'parameter';
  const word = isName(before) && !OPEN.has(wordOf(before));
  const bracket = before.kind === 'punctuation' && before.text === ']';
  return ends || word || bracket ? { alias: foldedName(last.text), at: nodes.length - 1 } : undefined;
}

/** The name that a column without an alias gets. */
export function itemName(nodes: readonly Node[]): string {
  const cast = nodes.findIndex((node) => node.text === '::');
  const value = cast > 0 ? nodes.slice(0, cast) : nodes;
  const last = value.at(-1);
  if (
    value.length % 2 === 1 &&
    isName(last) &&
    value.every((node, at) => (at % 2 === 0 ? isName(node) : node.text === '.'))
  )
    return foldedName(last.text);
  if (wordOf(value[0]) === 'case') return 'case';
  const call = value.find((node, at) => isName(node) && isGroup(value[at + 1]));
  return isName(call) && value[0] === call ? foldedName(call.text) : '?column?';
}

/** Puts expressions, in brackets, in the place of bare names. Subqueries have names of their own and stay as they are. */
export function substitute(
  nodes: readonly Node[],
  expressionOf: (name: string) => readonly Node[] | undefined,
): readonly Node[] {
  let changed = false;
  const result = nodes.map((node, index): Node => {
    if (isGroup(node)) {
      if (['select', 'with'].includes(wordOf(node.nodes[0]))) return node;
      const inner = substitute(node.nodes, expressionOf);
      if (inner === node.nodes) return node;
      changed = true;
      return { ...node, nodes: inner };
    }
    const next = nodes[index + 1];
    if (!isName(node) || nodes[index - 1]?.text === '.' || next?.text === '.' || isGroup(next)) return node;
    if (['as', '::'].includes(nodes[index - 1]?.text.toLowerCase() ?? '')) return node;
    const expression = expressionOf(foldedName(node.text));
    if (!expression) return node;
    changed = true;
    return { kind: 'group', text: '(', nodes: expression, at: node.at, end: endOf(node) };
  });
  return changed ? result : nodes;
}

/** How many tokens a list has, groups included. */
export function countNodes(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + (isGroup(node) ? countNodes(node.nodes) + 2 : 1), 0);
}

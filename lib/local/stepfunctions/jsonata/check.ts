/**
 * What AWS refuses in an expression that parses: there is no context item, so a name that stands by itself reads nothing, and
 * `$$` is not there. Only the first step of a path is read at the top level.
 */
import type { ExprNode } from 'jsonata';

/** The reason, or undefined when the expression is fine. */
export function unsupported(node: ExprNode): string | undefined {
  return visit(node, true);
}

/** The members of a node that hold other nodes, seen with the same context item as the node itself. */
const SAME_CONTEXT = [
  'lhs',
  'rhs',
  'condition',
  'then',
  'else',
  'expressions',
  'expression',
  'procedure',
  'arguments',
  'body',
  'expr',
] as const;
/** Those that are seen with what the node found as context item. */
const OWN_CONTEXT = ['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete'] as const;

function visit(value: unknown, isTop: boolean): string | undefined {
  if (Array.isArray(value)) return first(value, (item) => visit(item, isTop));
  if (value === null || typeof value !== 'object') return undefined;
  const node = value as ExprNode & Readonly<Record<string, unknown>>;
  if (node.type === 'variable' && (node.value as unknown) === '$') return "Reference to '$$' is not supported.";
  if (node.type === 'name' && isTop) return `Reference to '${node.value}' at the top level is not supported.`;
  if ((node.type as string) === 'path') {
    const [start, ...rest] = node.steps ?? [];
    return visit(start, isTop) ?? visit(rest, false) ?? visit(node.group, false);
  }
  return (
    first(SAME_CONTEXT, (member) => visit(node[member], isTop)) ??
    first(OWN_CONTEXT, (member) => visit(node[member], false))
  );
}

function first<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

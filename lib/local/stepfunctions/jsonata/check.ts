/**
 * What AWS refuses in an expression that parses: there is no context item, so a name that stands by itself reads nothing, and
 * `$$` is not there. Only the first step of a path is read at the top level. `$states` has a result only where a task, its
 * branches or its iterations have one, and an error output only in a catcher.
 */
import type { ExprNode } from 'jsonata';

/** A member of `$states` that is not in every field. */
export type StatesField = 'result' | 'errorOutput';

/** The reason, or undefined when the expression is fine. `extra` is what the field has beside `input` and `context`. */
export function unsupported(node: ExprNode, extra?: StatesField): string | undefined {
  return visit(node, true) ?? absentField(node, extra);
}

const EXTRAS: readonly string[] = ['result', 'errorOutput'];

function absentField(value: unknown, extra: StatesField | undefined): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { type, steps } = value as { type?: string; steps?: readonly ExprNode[] };
  if (type === 'path' && steps?.[0]?.type === 'variable' && steps[0].value === 'states') {
    const [, field] = steps;
    const name = field?.type === 'name' ? String(field.value) : undefined;
    if (name !== undefined && EXTRAS.includes(name) && name !== extra) return `Field '$states.${name}' does not exist.`;
  }
  return first(Object.values(value), (member) => absentField(member, extra));
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

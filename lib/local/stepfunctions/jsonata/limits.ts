/** How far AWS lets an expression go, and what it says beyond: five seconds, a hundred levels, seven megabytes. */
import type { ExprNode } from 'jsonata';

export const TIMEOUT_MS = 5_000;
const LEVELS = 100;
/** Of `a{k: v}`: nodes in as many groups as fit into the data of a state. */
const GROUPS = 100_000;
/** The longest sequence that AWS has memory for. */
const SEQUENCE_ITEMS = 873_782;

interface Shape {
  readonly nodes: number;
  /** Levels of nesting, where no function calls itself. */
  readonly levels: number;
  /** Nodes in array and object constructors, which the library evaluates side by side and counts as if one were in the other. */
  readonly sideBySide: number;
}

export interface Limits {
  /** For the library. */
  readonly guards: { readonly stack: number; readonly sequence: number };
  readonly isTooDeep: boolean;
}

export function limitsOf(node: ExprNode): Limits {
  const { levels, sideBySide } = measure(node);
  return {
    guards: { stack: LEVELS + sideBySide, sequence: SEQUENCE_ITEMS },
    isTooDeep: levels > LEVELS,
  };
}

function measure(value: unknown): Shape {
  if (value === null || typeof value !== 'object') return { nodes: 0, levels: 0, sideBySide: 0 };
  const shape = { nodes: 0, levels: 0, sideBySide: 0 };
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const { nodes, levels, sideBySide } = measure(member);
    shape.nodes += nodes;
    shape.levels = Math.max(shape.levels, levels);
    shape.sideBySide += sideBySide;
  }
  const { type, value: symbol } = value as Record<string, unknown>;
  if (typeof type === 'string') {
    shape.nodes++;
    shape.levels++;
  }
  if (type === 'unary' && (symbol === '[' || symbol === '{'))
    shape.sideBySide = Math.max(shape.sideBySide, shape.nodes);
  if ('group' in value) shape.sideBySide += GROUPS;
  return shape;
}

export const TOO_DEEP =
  'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.';
export const TOO_LONG = 'Expression evaluation timeout: Check for infinite loop';
export const TOO_LARGE = 'Expression evaluation memory limit exceeded: Check for excessive memory usage';

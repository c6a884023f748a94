/** How far AWS lets an expression go, and what it says beyond: five seconds, a hundred levels, seven megabytes. */
import type { ExprNode } from 'jsonata';

const TIMEOUT_MS = 5_000;
const LEVELS = 100;
/** The longest sequence that AWS has memory for. */
const SEQUENCE_ITEMS = 873_782;

interface Shape {
  /** Levels of nesting, where no function calls itself. */
  readonly levels: number;
  /** Elements of array and object constructors, which the library evaluates side by side and counts as if one were in the other. */
  readonly elements: number;
}

export interface Limits {
  /** For the library. */
  readonly guards: { readonly timeout: number; readonly stack: number; readonly sequence: number };
  readonly isTooDeep: boolean;
}

export function limitsOf(node: ExprNode): Limits {
  const { levels, elements } = measure(node);
  return {
    guards: { timeout: TIMEOUT_MS, stack: LEVELS + elements, sequence: SEQUENCE_ITEMS },
    isTooDeep: levels > LEVELS,
  };
}

function measure(value: unknown): Shape {
  if (value === null || typeof value !== 'object') return { levels: 0, elements: 0 };
  const members = Array.isArray(value) ? value : Object.values(value);
  let levels = 0;
  let elements = 0;
  for (const member of members) {
    const inner = measure(member);
    levels = Math.max(levels, inner.levels);
    elements += inner.elements;
  }
  const { type, value: symbol, expressions, lhs } = value as Record<string, unknown>;
  if (type === 'unary' && symbol === '[') elements += (expressions as unknown[]).length;
  if (type === 'unary' && symbol === '{') elements += 2 * (lhs as unknown[]).length;
  return { levels: levels + (typeof type === 'string' ? 1 : 0), elements };
}

export const TOO_DEEP =
  'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.';
export const TOO_LONG = 'Expression evaluation timeout: Check for infinite loop';
export const TOO_LARGE = 'Expression evaluation memory limit exceeded: Check for excessive memory usage';

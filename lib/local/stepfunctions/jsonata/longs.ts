/**
 * Whole numbers that a double cannot hold, but a long can: AWS hands them on exactly, and so does an expression that only hands
 * them on. The library knows doubles only: it is given BigInts where it would not notice, and throws where it computes with one.
 */
import type { ExprNode } from 'jsonata';
import { stringify } from 'lossless-json';
import { hasBigInt, parseJson, withLongs } from '../numbers';

/** They would take a BigInt for an object, or for nothing. */
const MISTAKEN = new Set(['boolean', 'not', 'type', 'assert']);

/** What is surely true or false, so that nothing is made of a number that stands there. */
const TESTS = new Set(['=', '!=', '<', '<=', '>', '>=', 'in']);

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => value !== null && typeof value === 'object';

/** Whether the library makes nothing else of a BigInt than of a number, or throws. */
export const handsOn = (node: ExprNode): boolean => handsOnAll(node);

function handsOnAll(value: unknown): boolean {
  if (!isNode(value)) return true;
  if (Array.isArray(value)) return value.every(handsOnAll);
  return isHarmless(value) && Object.values(value).every(handsOnAll);
}

function isHarmless({ type, value, condition, lhs, rhs, expr }: Node): boolean {
  switch (type) {
    case 'number':
      // One of the data with as many digits would be a BigInt, and not the same as it.
      return !Number.isInteger(value) || Number.isSafeInteger(value);
    case 'variable':
      return !MISTAKEN.has(String(value));
    case 'condition':
      return isTest(condition);
    case 'binary':
      return (value !== 'and' && value !== 'or') || (isTest(lhs) && isTest(rhs));
    case 'filter':
      return isTest(expr) || (isNode(expr) && expr.type === 'number');
    default:
      return true;
  }
}

function isTest(node: unknown): boolean {
  if (!isNode(node)) return false;
  const { type, value, procedure } = node;
  if (type === 'binary') return TESTS.has(String(value)) || value === 'and' || value === 'or';
  return type === 'function' && isNode(procedure) && procedure.value === 'exists';
}

/** `$parse` has them from a text. */
export function callsParse(value: unknown): boolean {
  if (!isNode(value)) return false;
  return (value.type === 'variable' && value.value === 'parse') || Object.values(value).some(callsParse);
}

/** Has `&` call `$string`, too, in place of the library's own. */
export function writeLongs(value: unknown): void {
  if (!isNode(value)) return;
  Object.values(value).forEach(writeLongs);
  if (value.type !== 'binary' || value.value !== '&') return;
  for (const side of ['lhs', 'rhs'] as const) {
    const procedure = { type: 'variable', value: 'string', position: value.position };
    Object.assign(value, {
      [side]: { ...procedure, type: 'function', value: '(', arguments: [value[side]], procedure },
    });
  }
}

export const parseWithLongs = (text: string): unknown => withLongs(parseJson(text));

export type Stringify = (value: unknown, prettify?: boolean) => string | undefined;

/** `$string`. `plainly` is the library's. */
export const stringWithLongs =
  (plainly: Stringify): Stringify =>
  (value, prettify = false) => {
    if (!hasBigInt(value)) return plainly(value, prettify);
    return stringify(value, (_key, member) => rounded(member), prettify ? 2 : undefined);
  };

/** JSONata leaves fifteen digits of a fraction. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(15));
  return isNode(value) && ('_jsonata_function' in value || '_jsonata_lambda' in value) ? '' : value;
}

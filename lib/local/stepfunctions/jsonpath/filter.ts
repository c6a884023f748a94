import { parseRelative } from './path';
import type { Scanner } from './scanner';

export type Predicate = (item: unknown, root: unknown) => boolean;
type Operand = (item: unknown, root: unknown) => unknown;

const both = <T extends number | string>(left: unknown, right: unknown): left is T =>
  typeof left === typeof right && (typeof left === 'number' || typeof left === 'string');

const COMPARISONS: Readonly<Record<string, (left: never, right: never) => boolean>> = {
  '==': (left: unknown, right: unknown) => left === right,
  '!=': (left: unknown, right: unknown) => left !== right,
  '<=': (left: number, right: number) => both(left, right) && left <= right,
  '>=': (left: number, right: number) => both(left, right) && left >= right,
  '<': (left: number, right: number) => both(left, right) && left < right,
  '>': (left: number, right: number) => both(left, right) && left > right,
};

/** The expression of `[?(…)]`, up to its closing parenthesis. */
export function parseFilter(scanner: Scanner): Predicate {
  const terms = [parseAnd(scanner)];
  for (scanner.skip(); scanner.take('||'); scanner.skip()) terms.push(parseAnd(scanner));
  return (item, root) => terms.some((term) => term(item, root));
}

function parseAnd(scanner: Scanner): Predicate {
  const terms = [parseTerm(scanner)];
  for (scanner.skip(); scanner.take('&&'); scanner.skip()) terms.push(parseTerm(scanner));
  return (item, root) => terms.every((term) => term(item, root));
}

function parseTerm(scanner: Scanner): Predicate {
  scanner.skip();
  if (scanner.take('!')) {
    const term = parseTerm(scanner);
    return (item, root) => !term(item, root);
  }
  if (scanner.take('(')) {
    const inner = parseFilter(scanner);
    scanner.expect(/\s*\)/y, "')'");
    return inner;
  }
  const left = parseOperand(scanner);
  const operator = scanner.match(/\s*(?:==|!=|<=|>=|<|>)/y)?.trim();
  if (operator === undefined) return (item, root) => left(item, root) !== undefined;
  const compare = COMPARISONS[operator] as (left: unknown, right: unknown) => boolean;
  const right = parseOperand(scanner);
  return (item, root) => compare(left(item, root), right(item, root));
}

function parseOperand(scanner: Scanner): Operand {
  scanner.skip();
  if (scanner.take('@')) return parseRelative(scanner);
  if (scanner.take('$')) {
    const select = parseRelative(scanner);
    return (_, root) => select(root);
  }
  const text = scanner.string();
  if (text !== undefined) return () => text;
  const literal: unknown = JSON.parse(scanner.expect(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y, 'a value'));
  return () => literal;
}

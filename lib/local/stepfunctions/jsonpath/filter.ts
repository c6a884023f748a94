/**
 * The expression of `[?(…)]`: paths at `@`, comparisons with a literal, `&&`, `||`, `!` and brackets. Step Functions has neither regular
 * expressions nor operators that are words (`in`, `size`, …), nor does it compare with another value of the document:
 * https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
 */

import { isNumber, isSame, parseJson } from '../numbers';
import type { Scanner } from './scanner';
import { isDefinite, parseTokens } from './tokens';
import { Miss, walk } from './walk';

export type Predicate = (item: unknown) => boolean;
type Operand = (item: unknown) => unknown;

const both = <T extends number | string>(left: unknown, right: unknown): left is T =>
  (isNumber(left) && isNumber(right)) || (typeof left === 'string' && typeof right === 'string');

const COMPARISONS: Readonly<Record<string, (left: never, right: never) => boolean>> = {
  '==': isSame,
  '!=': (left: unknown, right: unknown) => !isSame(left, right),
  '<=': (left: number, right: number) => both(left, right) && left <= right,
  '>=': (left: number, right: number) => both(left, right) && left >= right,
  '<': (left: number, right: number) => both(left, right) && left < right,
  '>': (left: number, right: number) => both(left, right) && left > right,
};

/** Up to the closing bracket of the filter. */
export function parseFilter(scanner: Scanner): Predicate {
  const terms = [parseAnd(scanner)];
  for (scanner.skip(); scanner.take('||'); scanner.skip()) terms.push(parseAnd(scanner));
  return (item) => terms.some((term) => term(item));
}

function parseAnd(scanner: Scanner): Predicate {
  const terms = [parseTerm(scanner)];
  for (scanner.skip(); scanner.take('&&'); scanner.skip()) terms.push(parseTerm(scanner));
  return (item) => terms.every((term) => term(item));
}

function parseTerm(scanner: Scanner): Predicate {
  scanner.skip();
  if (scanner.take('!')) {
    const term = parseTerm(scanner);
    return (item) => !term(item);
  }
  if (scanner.take('(')) {
    const inner = parseFilter(scanner);
    scanner.expect(/\s*\)/y, "')'");
    return inner;
  }
  const left = parseOperand(scanner);
  const operator = scanner.match(/\s*(?:==|!=|<=|>=|<|>)/y)?.trim();
  if (operator === undefined) {
    if (!left.isPath) throw new SyntaxError(`Expected a comparison at '${scanner.rest}'`);
    return (item) => left.read(item) !== undefined;
  }
  const compare = COMPARISONS[operator] as (left: unknown, right: unknown) => boolean;
  const right = parseOperand(scanner);
  if (left.isPath === right.isPath) throw new SyntaxError('A filter compares a path with a literal');
  return (item) => compare(left.read(item), right.read(item));
}

function parseOperand(scanner: Scanner): { read: Operand; isPath: boolean } {
  scanner.skip();
  if (scanner.take('@')) {
    const tokens = parseTokens(scanner, true);
    const definite = isDefinite(tokens);
    const read = (item: unknown) => {
      const found = walk(tokens, item);
      if (found instanceof Miss || (!definite && (found as unknown[]).length === 0)) return undefined;
      return found;
    };
    return { read, isPath: true };
  }
  const text = scanner.string();
  if (text !== undefined) return { read: () => text, isPath: false };
  const literal: unknown = parseJson(
    scanner.expect(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|(?:true|false|null)\b/y, 'a value'),
  );
  return { read: () => literal, isPath: false };
}

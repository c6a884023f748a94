/** The parts of a path after its root, as the library that Step Functions uses (Jayway's JsonPath) reads them. */
import { type Predicate, parseFilter } from './filter';
import type { Scanner } from './scanner';

export type Token =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'members'; readonly names: readonly string[] }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'elements'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'filter'; readonly holds: Predicate }
  /** `..`: the next token is applied to the value and everything in it. */
  | { readonly kind: 'scan' }
  | { readonly kind: 'function'; readonly name: string };

/** Characters that end a name after a dot, in a filter or the arguments of a function, and by itself. */
const NAME = /(?:\\.|[^.[\]()\s\\])+/suy;
const NAME_WITHIN = /(?:\\.|[^.[\]()\s\\,=<>!&|'"])+/suy;
const INTEGER = /-?\d{1,9}(?!\d)/y;

/** Reads as far as there is a path. `within`: in a filter or a function's arguments, where more characters end a name. */
export function parseTokens(scanner: Scanner, within = false): Token[] {
  const tokens: Token[] = [];
  for (;;) {
    const last = tokens.at(-1);
    if (last?.kind === 'function') return tokens;
    if (scanner.take('..')) {
      tokens.push({ kind: 'scan' });
      if (!scanner.peek('[')) tokens.push(named(scanner, within));
    } else if (scanner.take('.')) {
      if (!scanner.peek('[')) tokens.push(named(scanner, within));
    } else if (scanner.take('[')) {
      tokens.push(bracketed(scanner));
    } else {
      return tokens;
    }
  }
}

function named(scanner: Scanner, within: boolean): Token {
  if (scanner.take('*')) return { kind: 'wildcard' };
  const name = scanner.expect(within ? NAME_WITHIN : NAME, 'a name').replace(/\\(.)/gsu, '$1');
  return scanner.take('()') ? { kind: 'function', name } : { kind: 'member', name };
}

function bracketed(scanner: Scanner): Token {
  scanner.skip();
  const start = scanner.rest;
  if (scanner.take('?')) {
    scanner.skip();
    scanner.expect(/\(/y, "'('");
    const holds = parseFilter(scanner);
    scanner.expect(/\s*\)\s*\]/y, "')]'");
    return { kind: 'filter', holds };
  }
  if (scanner.take('*')) {
    scanner.expect(/\s*\]/y, "']'");
    return { kind: 'wildcard' };
  }
  const names: string[] = [];
  for (let name = scanner.string(); name !== undefined; name = scanner.string()) {
    names.push(name);
    if (endsList(scanner)) return names.length === 1 ? { kind: 'member', name } : { kind: 'members', names };
  }
  if (names.length > 0) throw new SyntaxError(`Expected a quoted name at '${scanner.rest}'`);

  const from = scanner.match(INTEGER);
  scanner.skip();
  if (scanner.take(':')) {
    scanner.skip();
    const to = scanner.match(INTEGER);
    scanner.expect(/\s*\]/y, "']'");
    if (from === undefined && to === undefined) throw new SyntaxError("Expected an index at ':'");
    return { kind: 'slice', ...(from && { from: Number(from) }), ...(to && { to: Number(to) }) };
  }
  if (from === undefined) throw new SyntaxError(`Expected an index or a quoted name at '${start}'`);
  const indexes = [Number(from)];
  while (!endsList(scanner)) indexes.push(Number(scanner.expect(INTEGER, 'an index')));
  return indexes.length === 1 ? { kind: 'element', index: indexes[0]! } : { kind: 'elements', indexes };
}

/** After one part of a list: false at a comma. */
function endsList(scanner: Scanner): boolean {
  scanner.skip();
  if (scanner.take(',')) {
    scanner.skip();
    return false;
  }
  scanner.expect(/\]/y, "']'");
  return true;
}

/** It names one place at most, so what it finds is that value and not a list. */
export const isDefinite = (tokens: readonly Token[]): boolean =>
  tokens.every(({ kind }) => kind === 'member' || kind === 'members' || kind === 'element' || kind === 'function');

/** `$['a'][0]`, as messages show a path. */
export function show(tokens: readonly Token[]): string {
  return `$${tokens.map(showToken).join('')}`;
}

function showToken(token: Token): string {
  switch (token.kind) {
    case 'member':
      return `['${token.name}']`;
    case 'members':
      return `[${token.names.map((name) => `'${name}'`).join(', ')}]`;
    case 'element':
      return `[${token.index}]`;
    case 'elements':
      return `[${token.indexes.join(',')}]`;
    case 'slice':
      return `[${token.from ?? ''}:${token.to ?? ''}]`;
    case 'wildcard':
      return '[*]';
    case 'filter':
      return '[?]';
    case 'scan':
      return '..';
    case 'function':
      return `['${token.name}()']`;
  }
}

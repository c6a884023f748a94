/** What a path's tokens find in a value, by the rules of Jayway's JsonPath. */

import { stringifyJson } from '../numbers';
import { show, type Token } from './tokens';

/** A definite part of the path leads nowhere. */
export class Miss {
  constructor(
    /** The token at which it ends. */
    readonly at: number,
    /** What that token was applied to. */
    readonly value: unknown,
  ) {}

  /** Why, in the library's words. */
  reason(tokens: readonly Token[]): string {
    const token = tokens[this.at]!;
    const before = show(tokens.slice(0, this.at));
    switch (token.kind) {
      case 'member':
        if (!isObject(this.value)) return `Property ['${token.name}'] not found in path ${before}`;
        if (this.at < tokens.length - 1) return `Missing property in path ${before}['${token.name}']`;
        return `No results for path: ${show(tokens)}`;
      case 'members':
        if (this.at < tokens.length - 1) {
          return `Multi properties can only be used as path leafs: ${show(tokens.slice(0, this.at + 1))}`;
        }
        return `Property ${show([token]).slice(1)} not found in path ${before}`;
      case 'element':
        if (Array.isArray(this.value)) return `No results for path: ${show(tokens)}`;
        break;
      case 'function':
        return `Property ['${token.name}()'] not found in path ${before}`;
      default:
    }
    if (this.value === null) return `The path ${before} is null`;
    return `Filter: ${show([token]).slice(1)} can only be applied to arrays. Current context is: ${stringifyJson(this.value)}`;
  }
}

/**
 * The path ends at an index that the list does not have. The library's provider for Jackson gives a null for that where others give
 * nothing: https://github.com/floci-io/floci/pull/3199
 */
export class PastEnd extends Miss {}

/** The value, or the list of what was found when the path is indefinite. */
export function walk(tokens: readonly Token[], start: unknown): unknown {
  let value = start;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    switch (token.kind) {
      case 'member':
        if (!isObject(value) || !Object.hasOwn(value, token.name)) return new Miss(at, value);
        value = value[token.name];
        break;
      case 'members': {
        if (!isObject(value) || at < tokens.length - 1) return new Miss(at, value);
        value = pick(value, token.names);
        break;
      }
      case 'element': {
        if (!Array.isArray(value)) return new Miss(at, value);
        const position = token.index < 0 ? value.length + token.index : token.index;
        if (position >= 0 && position < value.length) value = value[position];
        else if (at === tokens.length - 1) return new PastEnd(at, value);
        else value = null;
        break;
      }
      case 'function':
        if (token.name !== 'length' || !(Array.isArray(value) || isObject(value))) return new Miss(at, value);
        value = Array.isArray(value) ? value.length : Object.keys(value).length;
        break;
      case 'slice':
      case 'elements':
        if (!Array.isArray(value)) return new Miss(at, value);
        return spread(tokens, at, value);
      default:
        return spread(tokens, at, value);
    }
  }
  return value;
}

/** From the first indefinite token on: what leads nowhere is left out. */
function spread(tokens: readonly Token[], from: number, value: unknown): unknown[] {
  let found: unknown[] = [value];
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind === 'scan') {
      found = found.flatMap(descend);
      // Of all that it went through, a filter tests the objects; arrays only hold them.
      if (tokens[at + 1]?.kind === 'filter') found = found.filter(isObject);
      continue;
    }
    found = found.flatMap((one) => select(token, one));
  }
  return found;
}

function select(token: Token, value: unknown): unknown[] {
  switch (token.kind) {
    case 'member':
      return isObject(value) && Object.hasOwn(value, token.name) ? [value[token.name]] : [];
    case 'members':
      return isObject(value) ? [pick(value, token.names)] : [];
    case 'element':
      return elements(value, [token.index]);
    case 'elements':
      return elements(value, token.indexes);
    case 'slice':
      return Array.isArray(value) ? slice(value, token.from, token.to) : [];
    case 'wildcard':
      return children(value);
    case 'filter':
      // An object is tested itself; of an array, its items.
      return (Array.isArray(value) ? value : [value]).filter((item) => isContainer(item) && token.holds(item));
    default:
      return [];
  }
}

/** A null for an index that there is not. */
const elements = (value: unknown, indexes: readonly number[]): unknown[] =>
  Array.isArray(value) ? indexes.map((index) => value.at(index) ?? null) : [];

/** With both ends given, each index counts by itself, so `[1:-1]` is empty and `[-3:-1]` is not. */
function slice(value: readonly unknown[], from: number | undefined, to: number | undefined): unknown[] {
  if (from === undefined) return value.slice(0, to);
  if (to === undefined) return value.slice(from);
  const indexes: number[] = [];
  for (let index = Math.max(from, -value.length); index < Math.min(to, value.length); index++) indexes.push(index);
  return elements(value, indexes);
}

function pick(value: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(value, name)) picked[name] = value[name];
  return picked;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const isContainer = (value: unknown): boolean => value !== null && typeof value === 'object';

const children = (value: unknown): unknown[] =>
  value !== null && typeof value === 'object' ? Object.values(value) : [];

/** A value, then each thing in it with what is in that. */
function descend(value: unknown): unknown[] {
  const found: unknown[] = [];
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    found.push(next);
    const inner = children(next);
    for (let index = inner.length - 1; index >= 0; index--) waiting.push(inner[index]);
  }
  return found;
}

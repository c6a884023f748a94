/**
 * Event patterns as EventBridge matches them (the semantics of its open-source matcher, Event Ruler). Pure.
 *
 * - A field of the pattern lists alternatives; all fields must match.
 * - A list in the event matches when one of its values does. Fields below one list must match in the same element.
 * - `exists: false` asks that the field appears nowhere, `exists: true` that it holds a value (not an object).
 */
import { InvalidEventPattern } from './errors';
import { isObject, type Leaf, type LeafTest, operatorTest } from './operators';
import { assertSimpleEnough, parseWildcard } from './wildcard';

export const MAX_PATTERN_CHARACTERS = 2_048;
/** `$or` multiplies: three lists of four alternatives are 64 rules. */
const MAX_OR_COMBINATIONS = 1_000;

export type EventMatcher = (event: unknown) => boolean;

/**
 * Throws `InvalidEventPatternException` as PutRule does.
 *
 * @example compilePattern('{"source":["aws.s3"]}')({ source: 'aws.s3' }) // true
 */
export function compilePattern(pattern: string, mostCharacters = MAX_PATTERN_CHARACTERS): EventMatcher {
  if (pattern.length > mostCharacters) {
    throw new InvalidEventPattern(`Pattern has ${pattern.length} characters, the limit is ${mostCharacters}`);
  }
  const parsed = parse(pattern);
  if (!isObject(parsed)) throw new InvalidEventPattern('Filter is not an object');
  if (Object.keys(parsed).length === 0) throw new InvalidEventPattern('Empty event pattern is not allowed');
  if (combinations(parsed) > MAX_OR_COMBINATIONS) {
    throw new InvalidEventPattern(`$or leads to more than ${MAX_OR_COMBINATIONS} combinations`);
  }
  const node = compileNode(parsed, []);
  return (event) => matchesNode(node, event, event);
}

interface Node {
  readonly fields: readonly Field[];
  readonly children: readonly (readonly [name: string, child: Node])[];
  /** Each group needs one of its alternatives to match. */
  readonly groups: readonly (readonly Node[])[];
}

interface Field {
  readonly name: string;
  readonly path: readonly string[];
  readonly tests: readonly LeafTest[];
  readonly mayBeAbsent: boolean;
}

function compileNode(pattern: Readonly<Record<string, unknown>>, path: readonly string[]): Node {
  const fields: Field[] = [];
  const children: [string, Node][] = [];
  const groups: Node[][] = [];
  for (const [name, value] of Object.entries(pattern)) {
    if (isOrGroup(name, value)) groups.push(value.map((alternative) => compileNode(alternative, path)));
    else if (Array.isArray(value)) fields.push(compileField(name, value, [...path, name]));
    else if (isObject(value)) {
      if (Object.keys(value).length === 0) throw new InvalidEventPattern('Empty objects are not allowed');
      children.push([name, compileNode(value, [...path, name])]);
    } else throw new InvalidEventPattern(`"${name}" must be an object or an array`);
  }
  return { fields, children, groups };
}

function compileField(name: string, alternatives: readonly unknown[], path: readonly string[]): Field {
  if (alternatives.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  const tests: LeafTest[] = [];
  let mayBeAbsent = false;
  for (const alternative of alternatives) {
    if (Array.isArray(alternative)) throw new InvalidEventPattern(`"${name}": nested arrays are not allowed`);
    if (!isObject(alternative)) tests.push((value) => value === alternative);
    else if ('exists' in alternative) {
      if (typeof alternative.exists !== 'boolean')
        throw new InvalidEventPattern('exists match pattern must be true or false');
      if (Object.keys(alternative).length > 1)
        throw new InvalidEventPattern('Only one key allowed in match expression');
      if (alternative.exists) tests.push(() => true);
      else mayBeAbsent = true;
    } else tests.push(operatorTest(alternative));
  }
  assertSimpleEnough(alternatives.filter(isWildcard).map(({ wildcard }) => parseWildcard(wildcard)));
  return { name, path, tests, mayBeAbsent };
}

function matchesNode(node: Node, value: unknown, event: unknown): boolean {
  if (Array.isArray(value) && value.length > 0) return value.some((element) => matchesNode(node, element, event));
  const object = isObject(value) ? value : {};
  return (
    node.fields.every((field) => matchesField(field, ownValue(object, field.name), event)) &&
    node.children.every(([name, child]) => matchesNode(child, ownValue(object, name), event)) &&
    node.groups.every((alternatives) => alternatives.some((alternative) => matchesNode(alternative, value, event)))
  );
}

function matchesField(field: Field, value: unknown, event: unknown): boolean {
  if (leavesOf(value).some((leaf) => field.tests.some((test) => test(leaf)))) return true;
  return field.mayBeAbsent && !existsAt(event, field.path);
}

/** Whether a value (not an object) is found at the path in any element of the lists on the way. */
function existsAt(value: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return leavesOf(value).length > 0;
  if (Array.isArray(value)) return value.some((element) => existsAt(element, path));
  return isObject(value) && existsAt(ownValue(value, name), rest);
}

function leavesOf(value: unknown): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isObject(value) ? [] : [value as Leaf];
}

/** A list of fewer than two objects under `$or` is an ordinary field of that name. */
function isOrGroup(name: string, value: unknown): value is Record<string, unknown>[] {
  return (
    name === '$or' &&
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((alternative) => isObject(alternative) && Object.keys(alternative).length > 0)
  );
}

function combinations(pattern: Readonly<Record<string, unknown>>): number {
  let product = 1;
  for (const [name, value] of Object.entries(pattern)) {
    if (isOrGroup(name, value)) product *= value.reduce((sum, alternative) => sum + combinations(alternative), 0);
    else if (isObject(value)) product *= combinations(value);
  }
  return product;
}

const isWildcard = (value: unknown): value is { wildcard: string } =>
  isObject(value) && typeof value.wildcard === 'string';

const ownValue = (object: Readonly<Record<string, unknown>>, name: string) =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function parse(pattern: string): unknown {
  try {
    return JSON.parse(pattern);
  } catch (error) {
    throw new InvalidEventPattern((error as Error).message);
  }
}

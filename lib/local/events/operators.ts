/** The operators of event patterns, one table: each turns its argument into a test of one value of the event. */
import { BlockList, isIP } from 'node:net';
import { InvalidEventPattern } from './errors';
import { assertSimpleEnough, matchesWildcard, parseWildcard } from './wildcard';

/** What an event field can hold once arrays and objects are taken apart. */
export type Leaf = string | number | boolean | null;
export type LeafTest = (value: Leaf) => boolean;

/** AWS compares numbers exactly within these bounds, and refuses others. */
const MAX_NUMBER = 5_000_000_000;

const OPERATORS: Readonly<Record<string, (argument: unknown) => LeafTest>> = {
  prefix: (argument) => affix('prefix', argument, (value, part) => value.startsWith(part)),
  suffix: (argument) => affix('suffix', argument, (value, part) => value.endsWith(part)),
  'equals-ignore-case': equalsIgnoreCase,
  wildcard,
  numeric,
  cidr,
  'anything-but': anythingBut,
};

/** `{ "prefix": "a" }` and its like; `exists` is not here since it asks about the field, not about a value. */
export function operatorTest(expression: Readonly<Record<string, unknown>>): LeafTest {
  const [[name, argument] = ['', undefined], ...others] = Object.entries(expression);
  if (others.length > 0) throw new InvalidEventPattern('Only one key allowed in match expression');
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) throw new InvalidEventPattern(`Unrecognized match type ${name}`);
  return operator(argument);
}

function affix(name: string, argument: unknown, test: (value: string, part: string) => boolean): LeafTest {
  if (isObject(argument)) {
    const part = stringArgument(name, argument['equals-ignore-case']).toLowerCase();
    if (Object.keys(argument).length !== 1) throw new InvalidEventPattern(`Unsupported anything in ${name} match`);
    return (value) => typeof value === 'string' && test(value.toLowerCase(), part);
  }
  const part = stringArgument(name, argument);
  return (value) => typeof value === 'string' && test(value, part);
}

function equalsIgnoreCase(argument: unknown): LeafTest {
  const expected = stringArgument('equals-ignore-case', argument).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === expected;
}

function wildcard(argument: unknown): LeafTest {
  const tokens = parseWildcard(stringArgument('wildcard', argument));
  assertSimpleEnough([tokens]);
  return (value) => typeof value === 'string' && matchesWildcard(tokens, value);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(argument: unknown): LeafTest {
  if (!Array.isArray(argument)) throw new InvalidEventPattern('Value of numeric must be an array.');
  const [operator, bound, secondOperator, secondBound] = argument;
  const first = comparison(operator, bound);
  if (argument.length === 2) return (value) => typeof value === 'number' && first(value);

  const isRange = argument.length === 4 && /^>=?$/.test(operator) && /^<=?$/.test(String(secondOperator));
  if (!isRange)
    throw new InvalidEventPattern('Bad numeric range: give a lower bound with > or >=, then an upper with < or <=');
  const second = comparison(secondOperator, secondBound);
  if (!(bound < secondBound)) throw new InvalidEventPattern('Bottom must be less than top');
  return (value) => typeof value === 'number' && first(value) && second(value);
}

function comparison(operator: unknown, bound: unknown): (value: number) => boolean {
  const compare =
    typeof operator === 'string' && Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (!compare) throw new InvalidEventPattern(`Unrecognized numeric range operator: ${operator}`);
  if (typeof bound !== 'number') throw new InvalidEventPattern(`Value of ${operator} must be numeric`);
  if (Math.abs(bound) > MAX_NUMBER) {
    throw new InvalidEventPattern(`Value of ${operator} must be between -${MAX_NUMBER} and ${MAX_NUMBER}, inclusive`);
  }
  return (value) => compare(value, bound);
}

function cidr(argument: unknown): LeafTest {
  const [address = '', bits = '', ...rest] = stringArgument('cidr', argument).split('/');
  const family = isIP(address);
  const size = Number(bits);
  if (family === 0 || rest.length > 0 || !/^\d+$/.test(bits) || size > (family === 4 ? 32 : 128)) {
    throw new InvalidEventPattern(`Malformed CIDR, one '/' required: ${argument}`);
  }
  const addresses = new BlockList();
  addresses.addSubnet(address, size, family === 4 ? 'ipv4' : 'ipv6');
  return (value) =>
    typeof value === 'string' && isIP(value) === family && addresses.check(value, family === 4 ? 'ipv4' : 'ipv6');
}

/** Operators that `anything-but` can negate. */
const NEGATABLE = ['prefix', 'suffix', 'wildcard', 'equals-ignore-case'];

function anythingBut(argument: unknown): LeafTest {
  if (isObject(argument)) {
    const [[name, values] = ['', undefined], ...others] = Object.entries(argument);
    if (!NEGATABLE.includes(name) || others.length > 0) {
      throw new InvalidEventPattern(`Unsupported anything-but pattern: ${name}`);
    }
    const tests = nonEmptyList(values).map((value) => operatorTest({ [name]: value }));
    return (value) => !tests.some((test) => test(value));
  }
  const excluded = nonEmptyList(argument);
  const kinds = new Set(excluded.map((value) => typeof value));
  if (kinds.size > 1) throw new InvalidEventPattern('Inside anything but list, either all values are number or string');
  if (!kinds.has('string') && !kinds.has('number')) {
    throw new InvalidEventPattern('Inside anything but list, start|null|boolean is not supported.');
  }
  return (value) => !excluded.includes(value);
}

function nonEmptyList(argument: unknown): readonly unknown[] {
  if (!Array.isArray(argument)) return [argument];
  if (argument.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  return argument;
}

function stringArgument(name: string, argument: unknown): string {
  if (typeof argument !== 'string') throw new InvalidEventPattern(`${name} match pattern must be a string`);
  return argument;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

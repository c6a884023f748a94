/** The Condition block of a policy statement. One table of operators; modifiers (`IfExists`, `ForAllValues:`, …) work on each of them. */
import { matchesPattern, substituteVariables } from './patterns';

export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Context keys of one request. Names are case-insensitive; a key may have several values. */
export interface RequestKeys {
  get(name: string): readonly string[] | undefined;
}

export type ConditionTest = (keys: RequestKeys) => boolean;

export class UnknownConditionOperator extends Error {
  constructor(operator: string) {
    super(`unknown condition operator ${operator}; known: ${Object.keys(OPERATORS).join(', ')}, Null`);
    this.name = 'UnknownConditionOperator';
  }
}

/** All operators and all keys of the block must hold. */
export function compileConditions(conditions: Conditions): ConditionTest {
  const tests = Object.entries(conditions).flatMap(([operator, block]) =>
    Object.entries(block).map(([key, expected]) => compileOne(operator, key, asTexts(expected))),
  );
  return (keys) => tests.every((test) => test(keys));
}

function compileOne(operator: string, key: string, expected: readonly string[]): ConditionTest {
  if (operator === 'Null') return (keys) => (keys.get(key) === undefined) === (expected[0] === 'true');

  const { set, name, ifExists } = parseOperator(operator);
  const negative = NEGATIVES[name];
  const matches = OPERATORS[negative ?? name];
  if (matches === undefined) throw new UnknownConditionOperator(operator);

  return (keys) => {
    const actual = keys.get(key);
    if (actual === undefined) {
      // Absent: IfExists and ForAllValues hold, a negated operator holds, any other does not.
      return ifExists || set === 'ForAllValues' || (negative !== undefined && set === undefined);
    }
    const isAmongExpected = (value: string) =>
      expected.some((pattern) => {
        const wanted = substituteVariables(pattern, keys);
        return wanted !== undefined && matches(value, wanted);
      });
    const holds = (value: string) => isAmongExpected(value) === (negative === undefined);
    return set === 'ForAllValues'
      ? actual.every(holds)
      : set === 'ForAnyValue'
        ? actual.some(holds)
        : actual.length > 0 && actual.every(holds);
  };
}

function parseOperator(operator: string): { set?: string; name: string; ifExists: boolean } {
  const [, set, name = '', suffix] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  return { name, ifExists: suffix !== undefined, ...(set === undefined ? {} : { set }) };
}

type Matches = (actual: string, expected: string) => boolean;

const OPERATORS: Readonly<Record<string, Matches>> = {
  StringEquals: (actual, expected) => actual === unescapeWildcards(expected),
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === unescapeWildcards(expected).toLowerCase(),
  StringLike: (actual, expected) => matchesPattern(expected, actual),
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: dated((a, b) => a === b),
  DateLessThan: dated((a, b) => a < b),
  DateLessThanEquals: dated((a, b) => a <= b),
  DateGreaterThan: dated((a, b) => a > b),
  DateGreaterThanEquals: dated((a, b) => a >= b),
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  BinaryEquals: (actual, expected) => actual === expected,
  IpAddress: isInBlock,
};

const NEGATIVES: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

/** Each of the six parts is matched by itself, so that `*` in one cannot swallow a colon. */
function matchesArn(actual: string, expected: string): boolean {
  if (expected === '*') return true;
  const actualParts = splitArn(actual);
  const expectedParts = splitArn(expected);
  if (actualParts.length !== 6 || expectedParts.length !== 6) return false;
  return expectedParts.every((pattern, index) => matchesPattern(pattern, actualParts[index] as string));
}

function splitArn(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function numeric(compare: (actual: number, expected: number) => boolean): Matches {
  return (actual, expected) => compare(Number(actual), Number(expected));
}

function dated(compare: (actual: number, expected: number) => boolean): Matches {
  const toTime = (value: string) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value));
  return (actual, expected) => compare(toTime(actual), toTime(expected));
}

function isInBlock(actual: string, expected: string): boolean {
  const [network = '', prefix] = expected.split('/');
  const address = ipBits(actual);
  const block = ipBits(network);
  if (address === undefined || block === undefined || address.length !== block.length) return false;
  const length = prefix === undefined ? block.length : Number(prefix);
  return address.slice(0, length) === block.slice(0, length);
}

function ipBits(address: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) {
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  }
  if (!address.includes(':')) return undefined;
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

function unescapeWildcards(text: string): string {
  return text.replaceAll('\uE000', '*').replaceAll('\uE001', '?');
}

function asTexts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

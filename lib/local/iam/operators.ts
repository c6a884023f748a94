/** How one value of a request is compared with one value of a policy: a table, a line for each condition operator. */
import { matchesPattern, withoutMarks } from './patterns';

export type Matches = (actual: string, expected: string) => boolean;

export const OPERATORS: Readonly<Record<string, Matches>> = {
  StringEquals: (actual, expected) => actual === withoutMarks(expected),
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === withoutMarks(expected).toLowerCase(),
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

/** The operators that hold where another one does not. */
export const NEGATIVES: Readonly<Record<string, string>> = {
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

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numeric(compare: (actual: number, expected: number) => boolean): Matches {
  const toNumber = (text: string) => (NUMBER.test(text.trim()) ? Number(text) : Number.NaN);
  return (actual, expected) => compare(toNumber(actual), toNumber(expected));
}

/** ISO 8601, or seconds since 1970. */
function dated(compare: (actual: number, expected: number) => boolean): Matches {
  const toTime = (value: string) => (/^\d{5,}(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value));
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
    const octets = address.split('.').map(Number);
    return octets.some((octet) => octet > 255)
      ? undefined
      : octets.map((octet) => octet.toString(2).padStart(8, '0')).join('');
  }
  if (!address.includes(':')) return undefined;
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

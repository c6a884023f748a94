import { assertValidFilter, passesFilter } from '../../../lib/local/services/sns/filter-policy';
import type { StoredAttribute } from '../../../lib/local/services/sns/message';

const text = (StringValue: string): StoredAttribute => ({ DataType: 'String', StringValue });
const message = (attributes: Record<string, StoredAttribute>, body = 'plain text') => ({
  messageId: 'm',
  topicArn: 't',
  message: body,
  attributes,
  publishedAt: 0,
});
const policy = (of: object, scope?: string): Record<string, string> => ({
  FilterPolicy: JSON.stringify(of),
  ...(scope ? { FilterPolicyScope: scope } : {}),
});

const lets = (of: object, attributes: Record<string, StoredAttribute>) =>
  passesFilter(message(attributes), { attributes: policy(of) });

describe('by the attributes of a message', () => {
  test.each<[string, object, Record<string, StoredAttribute>, boolean]>([
    ['one of its values', { kind: ['failure', 'recovery'] }, { kind: text('recovery') }, true],
    ['none of its values', { kind: ['failure', 'recovery'] }, { kind: text('success') }, false],
    ['values are compared by case', { kind: ['Failure'] }, { kind: text('failure') }, false],
    [
      'all keys must match',
      { kind: ['failure'], severity: ['info'] },
      { kind: text('failure'), severity: text('error') },
      false,
    ],
    ['other attributes do not matter', { kind: ['failure'] }, { kind: text('failure'), more: text('x') }, true],
    ['a key that is not there', { kind: ['failure'] }, { severity: text('error') }, false],
    ['anything but', { kind: [{ 'anything-but': ['success'] }] }, { kind: text('failure') }, true],
    ['anything but, and it is', { kind: [{ 'anything-but': ['success'] }] }, { kind: text('success') }, false],
    ['a prefix', { kind: [{ prefix: 'check-' }] }, { kind: text('check-warning') }, true],
    ['a number', { n: [{ numeric: ['>=', 3] }] }, { n: { DataType: 'Number', StringValue: '3' } }, true],
    ['a number that is a text', { n: [3] }, { n: text('3') }, false],
    ['one of a list', { to: ['a'] }, { to: { DataType: 'String.Array', StringValue: '["b","a"]' } }, true],
    ['a list that is none', { to: ['a'] }, { to: { DataType: 'String.Array', StringValue: 'a' } }, true],
    ['bytes are not compared', { b: [{ exists: true }] }, { b: { DataType: 'Binary', BinaryValue: 'YQ==' } }, false],
    ['what is there', { kind: [{ exists: true }] }, { kind: text('x') }, true],
    ['what is not there', { kind: [{ exists: false }] }, { severity: text('error') }, true],
    // As SNS has it: an alarm's message, which has no attributes, passes no policy.
    ['a message without attributes', { kind: [{ exists: false }] }, {}, false],
    ['either of two', { $or: [{ kind: ['failure'] }, { severity: ['error'] }] }, { severity: text('error') }, true],
  ])('%s', (_, of, attributes, passes) => {
    expect(lets(of, attributes)).toBe(passes);
  });

  test('without a policy, or with an empty one, everything passes', () => {
    expect(passesFilter(message({}), { attributes: {} })).toBe(true);
    expect(passesFilter(message({}), { attributes: { FilterPolicy: '{}' } })).toBe(true);
  });
});

describe('by the body', () => {
  test.each<[string, object, string, boolean]>([
    ['a nested value', { alert: { severity: ['error'] } }, '{"alert":{"severity":"error"}}', true],
    ['a nested value that differs', { alert: { severity: ['error'] } }, '{"alert":{"severity":"info"}}', false],
    ['no JSON', { alert: ['x'] }, 'alert x', false],
    ['a list as a whole', { a: [1] }, '[{"a":1}]', false],
    ['null', { a: [null] }, '{"a":null}', true],
    ['an empty object has nothing that could be absent', { a: [{ exists: false }] }, '{}', false],
  ])('%s', (_, of, body, passes) => {
    expect(passesFilter(message({ a: text('x') }, body), { attributes: policy(of, 'MessageBody') })).toBe(passes);
  });
});

describe('is refused', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['no JSON', { FilterPolicy: '{kind' }, /FilterPolicy/],
    ['a value that is no list', policy({ kind: 'failure' }), /FilterPolicy/],
    ['an unknown operator', policy({ kind: [{ like: 'f' }] }), /FilterPolicy/],
    ['nested, of attributes', policy({ a: { b: ['c'] } }), /does not support nested/],
    ['six keys', policy({ a: ['x'], b: ['x'], c: ['x'], d: ['x'], e: ['x'], f: ['x'] }), /more than 5 keys/],
    [
      'too many combinations',
      policy({ a: Array.from({ length: 16 }, String), b: Array.from({ length: 10 }, String) }),
      /too complex/,
    ],
    ['an unknown scope', policy({ a: ['x'] }, 'Body'), /FilterPolicyScope/],
  ])('%s', (_, attributes, reason) => {
    expect(() => assertValidFilter(attributes)).toThrow(reason);
  });

  test('not what is within the limits', () => {
    assertValidFilter(policy({ a: Array.from({ length: 15 }, String), b: Array.from({ length: 10 }, String) }));
    assertValidFilter(policy({ a: { b: ['c'] } }, 'MessageBody'));
    assertValidFilter(policy({ kind: Array.from({ length: 140 }, (_, n) => `a kind with a long name ${n}`) }));
  });
});

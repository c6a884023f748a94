import { assertValidInput, type InputSpec, targetInput } from '../../../lib/local/events/transform';

const occasion = {
  event: {
    version: '0' as const,
    id: 'id-1',
    'detail-type': 'Order Placed',
    source: 'shop',
    account: '000000000000',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: ['r1', 'r2'],
    detail: {
      id: 7,
      name: 'a "quoted"\nname',
      tags: { a: 'b' },
      items: [{ sku: 'x' }, { sku: 'y' }],
      'with-dash': true,
      none: null,
    },
  },
  ruleArn: 'arn:aws:events:us-east-1:000000000000:rule/r',
  ruleName: 'r',
  ingestionTime: '2026-01-01T00:00:01Z',
};

const template = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  targetInput({ InputTransformer: { InputTemplate, InputPathsMap } }, occasion);

test('without more, the target gets the event', () => {
  expect(JSON.parse(targetInput({}, occasion))).toEqual(occasion.event);
});

test('a constant goes as it is', () => {
  expect(targetInput({ Input: '{"a": 1}' }, occasion)).toBe('{"a": 1}');
});

test.each([
  ['$', occasion.event],
  ['$.detail.id', 7],
  ["$['detail-type']", 'Order Placed'],
  ['$.detail-type', 'Order Placed'],
  ['$.resources[1]', 'r2'],
  ['$.detail.items[*].sku', ['x', 'y']],
  ['$.detail.missing', null],
  ['$.detail.none', null],
])('a path selects a part: %s', (InputPath, expected) => {
  expect(JSON.parse(targetInput({ InputPath }, occasion))).toEqual(expected);
});

test('values outside quotes are JSON, values inside are text', () => {
  const paths = { id: '$.detail.id', name: '$.detail.name', tags: '$.detail.tags', all: '$.resources' };

  const filled = template(
    '{"id": <id>, "name": <name>, "text": "<id>: <name>", "tags": <tags>, "in": "<tags>", "all": <all>}',
    paths,
  );

  expect(JSON.parse(filled)).toEqual({
    id: 7,
    name: 'a "quoted"\nname',
    text: '7: a "quoted"\nname',
    tags: { a: 'b' },
    in: '{a:b}',
    all: ['r1', 'r2'],
  });
});

test('a template may be text in quotes', () => {
  expect(template('"Order <id> of <type>"', { id: '$.detail.id', type: '$.detail-type' })).toBe(
    '"Order 7 of Order Placed"',
  );
});

test('escaped quotes do not end a string', () => {
  expect(JSON.parse(template('{"a": "say \\"<source>\\"", "b": <source>}', { source: '$.source' }))).toEqual({
    a: 'say "shop"',
    b: 'shop',
  });
});

test('a path that leads nowhere fills in nothing', () => {
  expect(template('{"a": <gone>, "b": "x<gone>y"}', { gone: '$.detail.gone' })).toBe('{"a": "", "b": "xy"}');
});

test('the reserved variables need no path', () => {
  const filled = template(
    '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>", "at": <aws.events.event.ingestion-time>, "event": <aws.events.event.json>, "head": <aws.events.event>}',
  );

  const { detail: _, 'detail-type': detailType, ...head } = occasion.event;
  expect(JSON.parse(filled)).toEqual({
    rule: 'r',
    arn: occasion.ruleArn,
    at: '2026-01-01T00:00:01Z',
    event: occasion.event,
    head: { ...head, detailType },
  });
});

test.each<[string, InputSpec, RegExp]>([
  ['two forms at once', { Input: '{}', InputPath: '$' }, /Only one of Input, InputPath, or InputTransformer/],
  ['a constant that is no JSON', { Input: 'hello' }, /Invalid JSON in Input/],
  ['a path that is none', { InputPath: 'detail' }, /Invalid InputPath/],
  ['an unknown variable', { InputTransformer: { InputTemplate: '{"a": <b>}' } }, /invalid placeholder b/],
  [
    'a reserved name',
    { InputTransformer: { InputTemplate: '"x"', InputPathsMap: { 'aws.x': '$.id' } } },
    /Reserved name aws.x/,
  ],
])('refused is %s', (_, spec, message) => {
  expect(() => assertValidInput(spec, 't')).toThrow(message);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateCondition, resolveValue, type Scope } from '../../../lib/local/template/intrinsics';

const RESOURCES: Record<string, { ref: string; attributes: Record<string, unknown> }> = {
  Bucket: { ref: 'bucket-1', attributes: { Arn: 'arn:aws:s3:::bucket-1' } },
  Cluster: { ref: 'cluster-1', attributes: { 'Endpoint.Port': '5432' } },
};

const SCOPE: Scope = {
  stackName: 'Shop',
  stackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/1',
  account: '000000000000',
  region: 'us-east-1',
  parameters: { Stage: 'test', Zones: ['a', 'b'] },
  mappings: { Sizes: { test: { memory: 256 } } },
  conditions: {
    IsTest: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    Both: { 'Fn::And': [{ Condition: 'IsTest' }, { Condition: 'IsProd' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsTest' }, { Condition: 'IsProd' }] },
    Neither: { 'Fn::Not': [{ Condition: 'Either' }] },
  },
  ref: (id) => RESOURCES[id]?.ref,
  getAtt: (id, attribute) => RESOURCES[id]?.attributes[attribute],
  importValue: (name) => (name === 'Base:test' ? 'imported' : undefined),
};

const FOLDER = join(__dirname, 'intrinsics');
test.each(readdirSync(FOLDER))('%s resolves as CloudFormation does', (name) => {
  const { value, expected } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

  expect(resolveValue(value, SCOPE)).toEqual(expected);
});

test.each([
  [{ Ref: 'Nowhere' }, 'Shop: cannot resolve Ref Nowhere: no such parameter or resource'],
  [
    { 'Fn::GetAtt': ['Bucket', 'Colour'] },
    'cannot resolve Fn::GetAtt Bucket.Colour: the local resource has no such attribute',
  ],
  [{ 'Fn::ImportValue': 'Other:x' }, 'cannot resolve Fn::ImportValue Other:x: no stack exports it'],
  [{ 'Fn::Select': [3, ['a']] }, 'index 3 of a list of 1'],
  [{ 'Fn::Transform': {} }, 'cannot resolve Fn::Transform: the local cloud does not know this function'],
  [{ 'Fn::If': ['Nope', 1, 2] }, 'condition Nope: no such condition in the template'],
])('%j is an error that says what is missing', (value, message) => {
  expect(() => resolveValue(value, SCOPE)).toThrow(message);
});

test('a condition decides whether a resource exists', () => {
  expect(evaluateCondition('IsTest', SCOPE)).toBe(true);
  expect(evaluateCondition('Both', SCOPE)).toBe(false);
});

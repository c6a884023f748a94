/** What one schema writes, another reads: told by the schemas, and held against documents that a validator judges. */
import Ajv from 'ajv';
import fc from 'fast-check';
import { type Schema, type SchemaObject, unreadable } from '../../lib/schema';

const USER: SchemaObject = {
  type: 'object',
  required: ['id', 'name'],
  properties: {
    id: { type: 'string', maxLength: 36 },
    name: { type: 'string' },
    age: { type: 'integer', minimum: 0, maximum: 150 },
    kind: { enum: ['a', 'b'] },
    address: { type: 'object', properties: { zip: { type: 'string' } }, required: ['zip'] },
    tags: { type: 'array', items: { type: 'string' } },
  },
};
const properties = USER.properties!;
const changed = (change: SchemaObject): SchemaObject => ({ ...USER, ...change });
const withProperty = (name: string, schema: Schema): SchemaObject =>
  changed({ properties: { ...properties, [name]: schema } });
const withoutProperty = (name: string): SchemaObject =>
  changed({ properties: Object.fromEntries(Object.entries(properties).filter(([key]) => key !== name)) });

describe('a new version reads what the old one wrote', () => {
  test.each<[string, SchemaObject]>([
    ['the same', USER],
    ['an optional property more', withProperty('email', { type: 'string' })],
    ['an optional property less', withoutProperty('age')],
    ['a required property that is optional now', changed({ required: ['id'] })],
    ['an integer that is any number now', withProperty('age', { type: 'number', minimum: 0, maximum: 150 })],
    ['a wider bound', withProperty('age', { type: 'integer', minimum: -1, maximum: 200 })],
    ['a further value', withProperty('kind', { enum: ['a', 'b', 'c'] })],
    ['null as well', withProperty('name', { type: ['string', 'null'] })],
    ['one of two types', withProperty('name', { anyOf: [{ type: 'string' }, { type: 'null' }] })],
    ['another description', changed({ description: 'People', title: 'User' })],
    [
      'the same by reference',
      { ...withProperty('name', { $ref: '#/definitions/text' }), definitions: { text: { type: 'string' } } },
    ],
  ])('%s', (_, reader) => {
    expect(unreadable(USER, reader)).toEqual([]);
  });
});

describe('a new version refuses what the old one wrote', () => {
  test.each<[string, SchemaObject, string, string]>([
    [
      'a new required property',
      changed({ required: ['id', 'name', 'age'] }),
      '',
      "'age' is required, which it was not",
    ],
    ['another type', withProperty('name', { type: 'integer' }), '/name', 'type string is no longer allowed'],
    [
      'a number that is an integer',
      withProperty('age', { type: 'string' }),
      '/age',
      'type integer is no longer allowed',
    ],
    [
      'a tighter bound',
      withProperty('age', { type: 'integer', minimum: 18, maximum: 150 }),
      '/age',
      'minimum is 18, before 0',
    ],
    [
      'a new bound',
      withProperty('name', { type: 'string', maxLength: 10 }),
      '/name',
      'maxLength is 10, not there before',
    ],
    ['a value less', withProperty('kind', { enum: ['a'] }), '/kind', '"b" is no longer allowed'],
    [
      'values where any was allowed',
      withProperty('name', { enum: ['x'] }),
      '/name',
      'only "x" is allowed, which it was not before',
    ],
    [
      'elements of another type',
      withProperty('tags', { type: 'array', items: { type: 'integer' } }),
      '/tags/*',
      'type string is no longer allowed',
    ],
    [
      'a nested required property',
      withProperty('address', { type: 'object', properties: { zip: { type: 'string' } }, required: ['zip', 'city'] }),
      '/address',
      "'city' is required, which it was not",
    ],
    ['a closed object', changed({ additionalProperties: false }), '', 'further properties are no longer allowed'],
    [
      'a pattern',
      withProperty('id', { type: 'string', maxLength: 36, pattern: '^u' }),
      '/id',
      'pattern is "^u", not there before',
    ],
    ['what cannot be compared', changed({ if: { required: ['age'] } }), '', 'if has changed, and cannot be compared'],
  ])('%s', (_, reader, at, what) => {
    expect(unreadable(USER, reader)).toEqual([{ at, what }]);
  });
});

test('a closed object may lose no property', () => {
  const closed = changed({ additionalProperties: false });
  const { properties: all, ...rest } = closed;
  const { age: _, ...fewer } = all!;
  expect(unreadable(closed, { ...rest, properties: fewer })).toEqual([
    { at: '/age', what: 'is gone, and further properties are not allowed' },
  ]);
});

test('a schema that holds itself is compared once', () => {
  const tree = (more: object): SchemaObject => ({
    $ref: '#/definitions/node',
    definitions: {
      node: {
        type: 'object',
        properties: { children: { type: 'array', items: { $ref: '#/definitions/node' } } },
        ...more,
      },
    },
  });
  expect(unreadable(tree({}), tree({}))).toEqual([]);
  expect(unreadable(tree({}), tree({ required: ['children'] }))).toEqual([
    { at: '', what: "'children' is required, which it was not" },
  ]);
});

/** Closed objects: of an open one nobody knows what further properties hold. */
const schemas = fc.letrec<{ schema: SchemaObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 2 },
    fc.record({ type: fc.subarray(['null', 'boolean', 'string', 'integer', 'number'], { minLength: 1 }) }),
    fc.record(
      {
        type: fc.constantFrom('integer', 'number'),
        minimum: fc.integer({ min: -3, max: 3 }),
        maximum: fc.integer({ min: -3, max: 3 }),
        multipleOf: fc.constantFrom(1, 2),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      { type: fc.constant('string'), minLength: fc.nat(2), maxLength: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ enum: fc.subarray(['a', 'b', 1, null, true], { minLength: 1 }) }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.nat(2) }, { requiredKeys: ['type'] }),
    fc
      .record({
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema'), { maxKeys: 3 }),
        required: fc.subarray(['a', 'b', 'c']),
      })
      .map((object) => ({ type: 'object', additionalProperties: false, ...object })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((oneOf) => ({ oneOf })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
  ),
}));

const documents = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -2, 3, 1.5, '', 'a', 'b', 'ab', 'abcd'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 3 }),
  ),
}));

test('where nothing is said to be unreadable, the reader allows each document that the writer allows', () => {
  const ajv = new Ajv({ strict: false });
  let judged = 0;
  fc.assert(
    fc.property(
      schemas.schema,
      schemas.schema,
      fc.array(documents.value, { minLength: 30, maxLength: 30 }),
      (writer, reader, values) => {
        if (unreadable(writer, reader).length > 0) return;
        const [writes, reads] = [ajv.compile(writer), ajv.compile(reader)];
        for (const value of values.filter((one) => writes(one))) {
          judged++;
          expect([value, reads(value)]).toEqual([value, true]);
        }
      },
    ),
    { numRuns: 1_500 },
  );
  expect(judged).toBeGreaterThan(100);
});

test('any schema reads what it writes', () => {
  fc.assert(
    fc.property(schemas.schema, (schema) => {
      // Ways that overlap cannot be compared with others; with themselves they can.
      expect(unreadable(schema, structuredClone(schema))).toEqual([]);
    }),
  );
});

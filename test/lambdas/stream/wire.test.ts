/** Records as AWS's serializers write them, and as anybody may. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { jsonText } from '../../../lambdas/shared/rows/value-text';
import type { LookUpVersion } from '../../../lambdas/shared/stream/schema-versions';
import { type DecodedRecord, decode, encode, isBadRecord } from '../../../lambdas/shared/stream/wire';

const ID = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';
/** The UUID's most significant half, then its least significant one, each in network byte order. */
const ID_BYTES = [0xb7, 0xb4, 0xa7, 0xf0, 0x9c, 0x96, 0x4e, 0x4a, 0xa6, 0x87, 0xfb, 0x5d, 0xe9, 0xef, 0x0c, 0x63];
const anyVersion: LookUpVersion = async () => undefined;
const one = async (data: Uint8Array, lookUp = anyVersion): Promise<DecodedRecord> => (await decode([data], lookUp))[0]!;
const reasonOf = async (data: Uint8Array): Promise<string> => {
  const decoded = await one(data);
  return isBadRecord(decoded) ? decoded.reason : 'none';
};

test('A record of a serializer has 3, 0, the version and its JSON', async () => {
  const bytes = Buffer.from([3, 0, ...ID_BYTES, ...Buffer.from('{"id":1}')]);

  expect(await one(bytes)).toEqual({ record: { id: 1 }, text: '{"id":1}', versionId: ID });
  expect(encode('{"id":1}', { versionId: ID })).toEqual(bytes);
});

test('A compressed one has 3, 5, the version and its JSON by zlib', async () => {
  const bytes = Buffer.from([3, 5, ...ID_BYTES, ...deflateSync('{"id":1}')]);

  expect(await one(bytes)).toEqual({ record: { id: 1 }, text: '{"id":1}', versionId: ID });
  expect(encode('{"id":1}', { versionId: ID, compress: true })).toEqual(bytes);
});

test('JSON without a header is read as well, and put on one line', async () => {
  expect(await one(Buffer.from('\n{\r\n  "a": "x\\ny" }\n'))).toEqual({
    record: { a: 'x\ny' },
    text: '{   "a": "x\\ny" }',
  });
});

test('Numbers keep their digits', async () => {
  const decoded = await one(Buffer.from('{"n":12345678901234567890}'));

  expect(jsonText((decoded as { record: unknown }).record)).toBe('{"n":12345678901234567890}');
});

test('What is encoded is decoded again', async () => {
  const objects = fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
    fc.jsonValue({ maxDepth: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(objects, fc.option(fc.uuid()), fc.boolean())), async (records) => {
      const batch = records.map(([value, id, compress]) =>
        encode(JSON.stringify(value), { versionId: id ?? undefined, compress }),
      );

      const decoded = await decode(batch, anyVersion);

      expect(decoded.map((each) => (isBadRecord(each) ? each : [JSON.parse(each.text), each.versionId]))).toEqual(
        records.map(([value, id]) => [JSON.parse(JSON.stringify(value)), id ?? undefined]),
      );
    }),
    { numRuns: 60 },
  );
});

test('Any bytes are either read or refused with a reason, and the refused ones are kept', async () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array([3, 0, ...bytes])),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array([3, 5, ...bytes])),
    fc.json().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (bytes) => {
      const decoded = await one(bytes);

      if (!isBadRecord(decoded)) expect(decoded.text).toMatch(/^\{.*\}$/);
      else expect(decoded.reason).toMatch(/^the record/);
      if (isBadRecord(decoded)) expect(decoded.data).toBeDefined();
    }),
  );
});

test.each<[string, Uint8Array, string]>([
  ['no JSON', Buffer.from('{"id":'), 'the record is not JSON'],
  ['nothing', Buffer.alloc(0), 'the record is empty'],
  ['nothing behind a header', Buffer.from([3, 0, ...ID_BYTES]), 'the record is empty'],
  ['an array', Buffer.from('[{"id":1}]'), 'the record is JSON, but an array'],
  ['a number', Buffer.from('12345678901234567890'), 'the record is JSON, but not an object'],
  ['other bytes', Buffer.from([0xff, 0xfe, 0x00]), 'the record is not valid UTF-8'],
  [
    'a header cut off',
    Buffer.from([3, 0, 1, 2]),
    "the record ends within the header of its schema's version (4 bytes of 18)",
  ],
  [
    'another compression',
    Buffer.from([3, 7, ...ID_BYTES, 1]),
    "the record's header names compression 7; 0 and 5 (zlib) are known",
  ],
  ['no zlib', Buffer.from([3, 5, ...ID_BYTES, 1, 2, 3]), 'the record cannot be inflated by zlib'],
  [
    'what inflates to very much',
    Buffer.from([3, 5, ...ID_BYTES, ...deflateSync(Buffer.alloc(33 * 1024 * 1024))]),
    'the record inflates to more than 32 MiB',
  ],
  [
    'several in one',
    Buffer.from([0xf3, 0x89, 0x9a, 0xc2, 1]),
    'the record holds several, put together by the Kinesis Producer Library: set AggregationEnabled to false there',
  ],
])('A bad record says what it is: %s', async (_, bytes, reason) => {
  expect(await reasonOf(bytes)).toBe(reason);
});

test('What is no object is kept as text, or as base64 where it is none', async () => {
  expect(await one(Buffer.from('{"id":'))).toMatchObject({ data: '{"id":' });
  expect(await one(Buffer.from([0xff, 0xfe, 0x00]))).toMatchObject({ data: '//4A' });
});

test('One version is looked up once a batch; a record of an unknown one is bad, its object kept, and the others are good', async () => {
  const asked: string[] = [];
  const lookUp: LookUpVersion = async (id) => {
    asked.push(id);
    return id === ID ? undefined : `names schema version ${id}, which the schema registry does not know`;
  };
  const other = '00000000-0000-4000-8000-000000000001';
  const batch = [ID, other, ID].map((versionId, index) => encode(`{"n":${index}}`, { versionId }));

  expect(await decode(batch, lookUp)).toEqual([
    { record: { n: 0 }, text: '{"n":0}', versionId: ID },
    {
      reason: `the record names schema version ${other}, which the schema registry does not know`,
      text: '{"n":1}',
    },
    { record: { n: 2 }, text: '{"n":2}', versionId: ID },
  ]);
  expect(asked).toEqual([ID, other]);
});

test('A registry that does not answer fails the batch: the records may be good', async () => {
  const lookUp: LookUpVersion = async () => Promise.reject(new Error('Rate exceeded'));

  await expect(one(encode('{}', { versionId: ID }), lookUp)).rejects.toThrow('Rate exceeded');
});

test('An id that is no UUID is a mistake of the producer', () => {
  expect(() => encode('{}', { versionId: 'v1' })).toThrow("The id of a schema's version is a UUID, not 'v1'.");
});

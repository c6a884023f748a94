import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { extractDynamoDb, planDynamoDb } from '../../../lambdas/extract-dynamodb/extract';
import { readItem, type WireValue } from '../../../lambdas/extract-dynamodb/read-item';
import { fromJson, type JsonKey } from '../../../lambdas/extract-dynamodb/scan-key';
import { openEngine, quoteText, rowsOf } from '../../../lambdas/shared/duckdb';
import { readManifest } from '../../../lambdas/shared/manifest';
import { bigint, decimal, dynamoDb, json, key, text, timestamp } from '../../../lib/pipeline';
import type { RejectedRow, Staged } from '../../../lib/tasks/common';
import type { ExtractRowsInput, RowSource } from '../../../lib/tasks/extract-rows';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const run = {
  pipeline: 'shop',
  runId: 'run-1',
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:stepwell-shop:run-1',
  startedAt: '2026-03-05T01:00:07.000Z',
  loadKey: 'shop:1',
  loadId: '1',
  generation: 0,
  arrival: '2026-03-05T01:00:00.000Z#0',
};
const declared = dynamoDb({
  table: 'products',
  segments: 3,
  onBadRow: { maxRate: 1 },
  columns: {
    sku: key.text(20),
    title: text(50),
    price: decimal(30, 8),
    stock: bigint(),
    unit: text(10).from('size.unit'),
    tags: json(),
    changed_at: timestamp(),
  },
});
const source: RowSource = {
  name: 'products',
  columns: Object.entries(declared.columns).map(([name, { type, isNullable, isKey, header }]) => ({
    name,
    type,
    nullable: isNullable,
    key: isKey,
    ...(header === undefined ? {} : { from: header }),
  })),
  onDrift: 'fail',
  onBadRow: { maxRate: 1 },
  config: declared.config,
};

let attempts = 0;
type Extract_ = Extract<ExtractRowsInput, { action: 'extract' }>;
async function extract(
  of: RowSource,
  more: Partial<Extract_> = {},
  options: { pageItems?: number; remainingMs?: () => number } = {},
) {
  attempts += 1;
  return extractDynamoDb(
    {
      action: 'extract',
      run,
      source: of,
      partition: { id: '0000', values: { segment: 0 } },
      partitions: 2,
      checkpoint: null,
      ...more,
    },
    {
      dynamoDb: cloud.dynamoDb,
      s3: cloud.s3,
      workBucket: 'work',
      attempt: `a${attempts}`,
      secrets: () => ({ read: async () => ({}) }),
      remainingMs: () => 900_000,
      ...options,
    },
  );
}

async function bytesOf(Key: string): Promise<Uint8Array> {
  const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket: 'work', Key }));
  return Body!.transformToByteArray();
}

/** What the staged Parquet holds, as text. */
async function rowsIn(staged: readonly Staged[]): Promise<Record<string, unknown>[]> {
  const engine = await openEngine({ threads: 1, memoryMb: 200 });
  try {
    const connection = await engine.connect();
    const rows: Record<string, unknown>[] = [];
    for (const { manifest } of staged) {
      for (const { key: part } of (await readManifest(cloud.s3, 'work', manifest)).datasets.products?.parts ?? []) {
        const file = join(engine.folder, 'part.parquet');
        await writeFile(file, await bytesOf(part));
        rows.push(...(await rowsOf(connection, `SELECT COLUMNS(*)::VARCHAR FROM read_parquet(${quoteText(file)})`)));
      }
    }
    connection.closeSync();
    return rows.sort((a, b) => (String(a.sku) < String(b.sku) ? -1 : 1));
  } finally {
    await engine.close();
  }
}

async function table(name: string, items: readonly Record<string, unknown>[], binaryKey = false): Promise<void> {
  const type = binaryKey ? 'B' : 'S';
  await cloud.dynamoDb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: 'sku', AttributeType: type }],
      KeySchema: [{ AttributeName: 'sku', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (const item of items) {
    const Item = marshall(item, { removeUndefinedValues: true });
    // marshall would take a text for a text
    if (typeof item.price === 'string') Item.price = { N: item.price };
    await cloud.dynamoDb.send(new PutItemCommand({ TableName: name, Item }));
  }
}

const items = Array.from({ length: 57 }, (_, index) => ({
  sku: `sku-${String(index).padStart(3, '0')}`,
  title: `Täble ${index} 😀`,
  price: `${index}12345678901234567.12345678`,
  stock: index * 10,
  size: { unit: index % 2 ? 'cm' : 'inch', height: 3 },
  tags: index % 3 === 0 ? new Set(['a', 'b']) : ['x', { deep: [index, null, true] }],
  changed_at: index % 5 === 0 ? undefined : `2026-03-0${1 + (index % 9)}T10:00:00Z`,
}));

test('a table whose key is personal data is not scanned: the key stands where a scan goes on from', async () => {
  await table('people', []);
  const personal = (name: string) => ({
    ...source,
    config: { ...source.config, table: 'people' },
    columns: source.columns.map((column) => (column.name === name ? { ...column, pii: 'mask' as const } : column)),
  });
  const plan = (name: string) =>
    planDynamoDb({ action: 'plan', run, source: personal(name) as typeof source }, { dynamoDb: cloud.dynamoDb });

  await expect(plan('sku')).rejects.toThrow(/marks sku as pii\('mask'\), and it is a key of the DynamoDB table people/);
  expect((await plan('title')).partitions).toHaveLength(3);
});

test('the segments of the plan together hold every item once, numbers in all their digits, nested values as JSON', async () => {
  await table('products', items);
  const { partitions } = await planDynamoDb({ action: 'plan', run, source }, { dynamoDb: cloud.dynamoDb });
  expect(partitions).toHaveLength(3);
  const staged = await Promise.all(
    partitions.map((partition) => extract(source, { partition, partitions: 3 }, { pageItems: 4 })),
  );
  expect(staged.every(({ checkpoint }) => checkpoint === null)).toBe(true);
  expect(await rowsIn(staged.map((one) => one.staged))).toEqual(
    items.map(({ sku, title, price, stock, size, tags, changed_at }) => ({
      sku,
      title,
      price: BigInt(price.slice(0, -9)).toString() + price.slice(-9),
      stock: String(stock),
      unit: size.unit,
      tags: JSON.stringify(tags instanceof Set ? [...tags] : tags),
      changed_at: changed_at === undefined ? null : changed_at.replace('T', ' ').replace('Z', ''),
    })),
  );
});

test('an invocation whose time is up goes on in the next, from a checkpoint of JSON', async () => {
  const one = {
    ...source,
    config: { ...declared.config, kind: 'dynamoDb', table: 'products', segments: 1, consistentRead: false } as const,
  };
  const staged: Staged[] = [];
  let checkpoint: unknown = null;
  let invocations = 0;
  do {
    const answer: Awaited<ReturnType<typeof extract>> = await extract(
      one,
      { checkpoint },
      { pageItems: 10, remainingMs: () => 1000 },
    );
    staged.push(answer.staged);
    checkpoint = JSON.parse(JSON.stringify(answer.checkpoint));
    invocations += 1;
  } while (checkpoint !== null);
  expect(invocations).toBe(6);
  expect(await rowsIn(staged)).toHaveLength(items.length);
});

test('an item whose attribute has another type, or whose value does not fit, is a bad row with its raw text', async () => {
  await table('mixed', [
    { sku: 'good', price: '1.5' },
    { sku: 'map-for-text', title: { a: 1 } },
    { sku: 'too-exact', price: '0.123456789' },
    { sku: 'binary', title: new Uint8Array([255, 254]) },
  ]);
  const { staged } = await extract({ ...source, config: { ...declared.config, table: 'mixed', segments: 1 } as never });
  expect(staged).toMatchObject({ rows: 1, rejected: 3 });
  const { source: read } = await readManifest(cloud.s3, 'work', staged.manifest);
  const lines = Buffer.from(await bytesOf(read!.quarantine!.key))
    .toString()
    .trim()
    .split('\n');
  const bad = lines.map((line) => JSON.parse(line) as RejectedRow).sort((a, b) => (a.raw < b.raw ? -1 : 1));
  expect(bad.map(({ column }) => column).sort()).toEqual(['price', 'title', 'title']);
  expect(bad.every(({ raw }) => raw.includes('sku'))).toBe(true);
});

test('sets, bytes, and attributes that are now of one type and now of another', async () => {
  await table('kinds', []);
  const kinds: Readonly<Record<string, Record<string, AttributeValue>>> = {
    'a-number-set': { tags: { NS: ['1', '2.5', '123456789012345678901234567890'] } },
    'b-byte-set': { tags: { BS: [Buffer.from([1, 2]), Buffer.from([255])] } },
    'c-bytes': { tags: { B: Buffer.from([255, 0]) } },
    'd-nested': { tags: { M: { deep: { L: [{ NULL: true }, { B: Buffer.from([7]) }, { SS: ['x'] }] } } } },
    'e-number-for-text': { title: { N: '5.10' }, stock: { S: '12' } },
    'f-flag-for-text': { title: { BOOL: true } },
    'g-null': { title: { NULL: true }, stock: { NULL: true } },
    'h-empty': { title: { S: '' }, price: { S: '' } },
    'i-exponent': { price: { N: '1E-8' } },
    'x-set-for-text': { title: { SS: ['a', 'b'] } },
    'x-text-for-number': { stock: { S: 'twelve' } },
    'x-fraction': { stock: { N: '1.5' } },
    'x-too-large': { stock: { N: '99999999999999999999999999999999999999' } },
    'x-list-for-number': { price: { L: [{ N: '1' }] } },
    'x-bytes-for-text': { title: { B: Buffer.from([255]) } },
  };
  for (const [sku, attributes] of Object.entries(kinds)) {
    await cloud.dynamoDb.send(new PutItemCommand({ TableName: 'kinds', Item: { sku: { S: sku }, ...attributes } }));
  }

  const { staged } = await extract({ ...source, config: { ...declared.config, table: 'kinds', segments: 1 } as never });

  const rows = await rowsIn([staged]);
  const told = rows.map(({ sku, title, price, stock, tags }) => [sku, title, price, stock, tags]);
  expect(told).toEqual([
    ['a-number-set', null, null, null, expect.stringMatching(/^\[.*123456789012345678901234567890.*\]$/)],
    ['b-byte-set', null, null, null, expect.stringContaining('"AQI="')],
    ['c-bytes', null, null, null, '"/wA="'],
    ['d-nested', null, null, null, '{"deep":[null,"Bw==",["x"]]}'],
    ['e-number-for-text', '5.1', null, '12', null],
    ['f-flag-for-text', 'true', null, null, null],
    ['g-null', null, null, null, null],
    ['h-empty', '', null, null, null],
    ['i-exponent', null, '0.00000001', null, null],
  ]);
  const { source: read } = await readManifest(cloud.s3, 'work', staged.manifest);
  const rejects = Buffer.from(await bytesOf(read!.quarantine!.key))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RejectedRow);
  const reasons = rejects.map(({ column, reason, raw }) => [(JSON.parse(raw) as { sku: string }).sku, column, reason]);
  expect(reasons.sort()).toEqual([
    ['x-bytes-for-text', 'title', 'the value is 1 bytes that are not UTF-8 text'],
    ['x-fraction', 'stock', "'1.5' is not a whole number"],
    ['x-list-for-number', 'price', "'[1]' is an array; the column is decimal"],
    ['x-set-for-text', 'title', `'["a","b"]' is an object; the column is text`],
    ['x-text-for-number', 'stock', "'twelve' is not a whole number"],
    ['x-too-large', 'stock', "'99999999999999999999999999999999999999' is out of range of bigint"],
  ]);
});

test('an attribute that the contract does not know is drift', async () => {
  await table('drifted', [{ sku: 'a', colour: 'red' }]);
  await expect(
    extract({ ...source, config: { ...declared.config, table: 'drifted', segments: 1 } as never }),
  ).rejects.toThrow('colour');
});

test('a table that does not exist is named, and no retry asks again', async () => {
  await expect(
    extract({ ...source, config: { ...declared.config, table: 'nowhere', segments: 1 } as never }),
  ).rejects.toMatchObject({ name: 'SourceRefused', message: expect.stringContaining('nowhere') });
});

const wireOf = (value: AttributeValue): WireValue =>
  JSON.parse(
    JSON.stringify(value, (_name, one) => (one instanceof Uint8Array ? Buffer.from(one).toString('base64') : one)),
  );

test('any key goes back to DynamoDB as it came', () => {
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.string().map((S) => ({ S })),
    fc.integer().map((n) => ({ N: String(n) })),
    fc.uint8Array({ minLength: 1 }).map((B) => ({ B })),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 2, noNullPrototype: true }), (given) => {
      const wire = Object.fromEntries(Object.entries(given).map(([name, one]) => [name, wireOf(one)]));
      expect(fromJson(wire as JsonKey)).toEqual(given);
    }),
  );
});

test("any item is the row that the SDK makes of it, with each number in DynamoDB's own spelling", () => {
  const number = fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.stringMatching(/^-?[1-9]\d{0,37}(\.\d{1,20})?$/),
    fc.constantFrom('0', '-0', '1.10', '1E+2', '1e-130', '9007199254740993'),
  );
  // The SDK makes it the row's prototype.
  const name = fc.string().filter((text) => text !== '__proto__');
  const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string().map((S) => ({ S })),
      number.map((N) => ({ N })),
      fc.boolean().map((BOOL) => ({ BOOL })),
      fc.constant({ NULL: true as const }),
      fc.uint8Array().map((B) => ({ B })),
      fc.uniqueArray(fc.string(), { minLength: 1 }).map((SS) => ({ SS })),
      fc.uniqueArray(number, { minLength: 1 }).map((NS) => ({ NS })),
      fc.array(fc.uint8Array(), { minLength: 1, maxLength: 3 }).map((BS) => ({ BS })),
      fc.array(tie('value'), { maxLength: 4 }).map((L) => ({ L })),
      fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }).map((M) => ({ M })),
    ),
  }));
  const spelled = (one: unknown): unknown => {
    if (typeof one === 'number') return { isLosslessNumber: true, value: String(one) };
    if (one instanceof Set) return [...one].map(spelled);
    if (Array.isArray(one)) return one.map(spelled);
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return one;
    return Object.fromEntries(Object.entries(one).map(([name, member]) => [name, spelled(member)]));
  };
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (item) => {
      const wire = Object.fromEntries(Object.entries(item).map(([name, one]) => [name, wireOf(one)]));
      const bySdk = unmarshall(item, { wrapNumbers: (text) => ({ isLosslessNumber: true, value: text }) as never });
      expect(spelled(readItem(wire))).toEqual(spelled(bySdk));
    }),
  );
  const row = readItem(JSON.parse('{"__proto__":{"M":{"sku":{"S":"a"}}}}'));
  expect([Object.keys(row), row.sku]).toEqual([['__proto__'], undefined]);
});

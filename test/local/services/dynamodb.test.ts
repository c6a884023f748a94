import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDynamoDbService } from '../../../lib/local/services/dynamodb';
import { type TestCloud, testCloud } from '../cloud';

let cloud: TestCloud;
const run = (operation: string, input: object = {}) => cloud.run('dynamodb', operation, input);
const TABLE = {
  TableName: 'ledger',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'openPk', 'dueAt'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open',
      KeySchema: [
        { AttributeName: 'openPk', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};
const key = (n: number) => ({ pk: { S: 'statement' }, sk: { S: `s${n}` } });

beforeEach(async () => {
  cloud = await testCloud({ services: () => [createDynamoDbService()] });
  await run('CreateTable', TABLE);
});
afterEach(() => cloud.stop());

test('a new table is usable at once, in the region and account of the cloud', async () => {
  const { Table } = await run('DescribeTable', { TableName: 'ledger' });

  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/ledger',
    CreationDateTime: expect.any(Date),
    GlobalSecondaryIndexes: [{ IndexName: 'open', IndexStatus: 'ACTIVE' }],
  });
  await expect(run('CreateTable', TABLE)).rejects.toMatchObject({ code: 'ResourceInUseException' });
});

test('of fifty racing conditional writes one wins', async () => {
  const attempts = Array.from({ length: 50 }, (_, n) =>
    run('PutItem', {
      TableName: 'ledger',
      Item: { ...key(1), owner: { N: String(n) } },
      ConditionExpression: 'attribute_not_exists(pk)',
    }).then(
      () => n,
      (error) => error.code,
    ),
  );

  const results = await Promise.all(attempts);

  const winners = results.filter((result) => typeof result === 'number');
  expect(winners).toHaveLength(1);
  expect(new Set(results.filter((result) => typeof result === 'string'))).toEqual(
    new Set(['ConditionalCheckFailedException']),
  );
  expect((await run('GetItem', { TableName: 'ledger', Key: key(1) })).Item.owner).toEqual({ N: String(winners[0]) });
});

test('of fifty racing increments none is lost', async () => {
  await Promise.all(
    Array.from({ length: 50 }, () =>
      run('UpdateItem', {
        TableName: 'ledger',
        Key: key(1),
        UpdateExpression: 'ADD submissions :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    ),
  );

  expect((await run('GetItem', { TableName: 'ledger', Key: key(1) })).Item.submissions).toEqual({ N: '50' });
});

test('an index holds the items that have its key, in its order', async () => {
  const dueAt = ['2026-01-03', '2026-01-01', undefined, '2026-01-02'];
  await Promise.all(
    dueAt.map((due, n) =>
      run('PutItem', {
        TableName: 'ledger',
        Item: { ...key(n), ...(due ? { openPk: { S: 'statement' }, dueAt: { S: due } } : {}) },
      }),
    ),
  );
  await run('UpdateItem', { TableName: 'ledger', Key: key(0), UpdateExpression: 'REMOVE openPk, dueAt' });

  const { Items } = await run('Query', {
    TableName: 'ledger',
    IndexName: 'open',
    KeyConditionExpression: 'openPk = :open AND dueAt <= :now',
    ExpressionAttributeValues: { ':open': { S: 'statement' }, ':now': { S: '2026-01-09' } },
  });

  expect(Items.map((item: { sk: unknown }) => item.sk)).toEqual([{ S: 's1' }, { S: 's3' }]);
});

test('items survive a restart, bytes and all', async () => {
  const item = {
    ...key(1),
    bytes: { B: new Uint8Array([0, 1, 255]) },
    set: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
    nested: { M: { B: { S: 'not binary' }, list: { L: [{ B: new Uint8Array([7]) }, { N: '1.50' }, { NULL: true }] } } },
  };
  await run('PutItem', { TableName: 'ledger', Item: item });

  await cloud.restart();

  const { Item } = await run('GetItem', { TableName: 'ledger', Key: key(1) });
  expect(Item).toEqual({
    ...item,
    nested: { M: { ...item.nested.M, list: { L: [{ B: new Uint8Array([7]) }, { N: '1.5' }, { NULL: true }] } } },
  });
});

test('IAM is asked about tables and indexes', () => {
  const service = createDynamoDbService();
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  const access = (operation: string, input: object) => service.operations[operation]?.authorize(input, context);
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:table';

  expect(access('GetItem', { TableName: 'ledger' })).toEqual([
    { action: 'dynamodb:GetItem', resource: `${table}/ledger` },
  ]);
  expect(access('Query', { TableName: 'ledger', IndexName: 'open' })).toEqual([
    { action: 'dynamodb:Query', resource: `${table}/ledger/index/open` },
  ]);
  expect(access('BatchWriteItem', { RequestItems: { a: [], b: [] } })).toEqual([
    { action: 'dynamodb:BatchWriteItem', resource: `${table}/a` },
    { action: 'dynamodb:BatchWriteItem', resource: `${table}/b` },
  ]);
});

test('IAM is told the partition keys that a request touches', async () => {
  const service = createDynamoDbService();
  await cloud.stop();
  cloud = await testCloud({ services: () => [service] });
  await run('CreateTable', {
    TableName: 'keyed',
    AttributeDefinitions: ['pk', 'sk', 'open'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'open',
        KeySchema: [{ AttributeName: 'open', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  const keys = (operation: string, input: object) =>
    service.operations[operation]
      ?.authorize({ TableName: 'keyed', ...input }, context)
      .map((request) => request.context?.['dynamodb:LeadingKeys']);
  const item = { pk: { S: 'a' }, sk: { S: '1' } };

  expect(keys('GetItem', { Key: item })).toEqual([['a']]);
  expect(keys('PutItem', { Item: { ...item, more: { N: '1' } } })).toEqual([['a']]);
  expect(keys('Scan', {})).toEqual([undefined]);
  const values = { ExpressionAttributeValues: { ':a': { S: 'x' }, ':b': { S: 'y' } } };
  expect(keys('Query', { KeyConditionExpression: 'pk = :a AND begins_with(sk, :b)', ...values })).toEqual([['x']]);
  expect(
    keys('Query', {
      IndexName: 'open',
      KeyConditionExpression: '#o = :b',
      ExpressionAttributeNames: { '#o': 'open' },
      ...values,
    }),
  ).toEqual([['y']]);
  expect(keys('BatchGetItem', { RequestItems: { keyed: { Keys: [item, { pk: { S: 'b' } }] } } })).toEqual([['a', 'b']]);
  expect(
    keys('BatchWriteItem', {
      RequestItems: { keyed: [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: { pk: { S: 'c' } } } }] },
    }),
  ).toEqual([['a', 'c']]);
});

test('an expression that has come before is as strict, and takes the values that come with it', async () => {
  const put = (n: number, condition: object) =>
    run('PutItem', { TableName: 'ledger', Item: { ...key(1), n: { N: String(n) } }, ...condition }).then(
      () => 'put',
      ({ code, message }) => (code === 'ValidationException' ? message : code),
    );
  const above = (than: object, names: object = { '#n': 'n' }) => ({
    ConditionExpression: 'attribute_not_exists(#n) OR #n < :than',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ':than': than },
  });
  const between = (from: string, to: string) => ({
    ConditionExpression: 'n BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':from': { N: from }, ':to': { N: to } },
  });

  expect(await put(1, above({ N: '1' }))).toBe('put');
  expect(await put(5, above({ N: '5' }))).toBe('put');
  expect(await put(3, above({ N: '3' }))).toBe('ConditionalCheckFailedException');
  expect(await put(3, above({ S: '3' }))).toBe('ConditionalCheckFailedException');
  expect(await put(3, above({ N: '3' }, { '#n': 'm' }))).toBe('put');
  expect(await put(3, above({ N: '3' }, { '#n': 'n', '#m': 'm' }))).toMatch(/unused in expressions: keys: {#m}/);
  expect(await put(4, between('1', '5'))).toBe('put');
  expect(await put(4, between('5', '1'))).toMatch(/upper bound to be greater than or equal/);
  expect(await put(4, between('7', '9'))).toBe('ConditionalCheckFailedException');
});

test('a value that two expressions of a request use is used in one of them alone as well', async () => {
  const values = { ExpressionAttributeValues: { ':one': { N: '1' } } };
  const update = (condition: object) =>
    run('UpdateItem', { TableName: 'ledger', Key: key(1), ...condition, ...values }).then(
      () => 'updated',
      ({ code }) => code,
    );
  const set = { UpdateExpression: 'SET n = :one' };
  const where = { ConditionExpression: 'attribute_not_exists(n) OR n = :one' };

  expect(await update({ ...set, ...where })).toBe('updated');
  expect(await update({ ...where, UpdateExpression: 'REMOVE m' })).toBe('updated');
  expect(await update({ ...set, ConditionExpression: 'attribute_exists(n)' })).toBe('updated');
});

test('what dynalite lacks is not there', () => {
  expect(Object.keys(createDynamoDbService().operations)).not.toContain('TransactWriteItems');
});

test('a request passes through with the answer of DynamoDB', async () => {
  const service = createDynamoDbService();
  await cloud.stop();
  cloud = await testCloud({ services: () => [service] });
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' };

  const input = { TableName: 'none', Key: { a: { S: 'b' } } };
  const answer = await service.raw?.({ headers, input, bytes: JSON.stringify(input).length }, context);

  expect(answer?.status).toBe(400);
  expect(answer?.headers['x-amz-crc32']).toBeDefined();
  expect(JSON.parse(String(answer?.body)).__type).toBe('com.amazonaws.dynamodb.v20120810#ResourceNotFoundException');
});

test('what is replaced goes from the disk, whatever was queried meanwhile', async () => {
  const MB = 1024 * 1024;
  const kept = () => diskUse(join(cloud.stateDir, 'dynamodb'));
  for (let round = 0; round < 25; round++) {
    const blob = randomBytes(150_000).toString('base64');
    for (let n = 0; n < 10; n++) await run('PutItem', { TableName: 'ledger', Item: { ...key(n), blob: { S: blob } } });
    const query = {
      TableName: 'ledger',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': key(0).pk },
    };
    // To its end, and given up after its first item.
    expect((await run('Query', query)).Items.length).toBeGreaterThan(1);
    expect((await run('Query', { ...query, Limit: 1 })).Items).toHaveLength(1);
    expect((await run('Scan', { TableName: 'ledger', Limit: 2 })).Items).toHaveLength(2);
  }

  // 50 MB were written, 2 are there.
  expect(kept() / MB).toBeLessThan(20);
});

const diskUse = (folder: string): number =>
  (readdirSync(folder, { encoding: 'utf8', recursive: true }) as string[])
    .map((name) => statSync(join(folder, name)))
    .reduce((bytes, one) => bytes + (one.isFile() ? one.size : 0), 0);

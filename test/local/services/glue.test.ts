import fc from 'fast-check';
import { createGlueService } from '../../../lib/local/services/glue';
import { parsePartitionExpression } from '../../../lib/local/services/glue/partition-expression';
import { type TestCloud, testClock, testCloud } from '../cloud';

let cloud: TestCloud;
const run = (operation: string, input: object = {}) => cloud.run('glue', operation, input);
const TABLE = { DatabaseName: 'lake', TableName: 'orders' };
const column = (Name: string, Type = 'string') => ({ Name, Type });
const partition = (day: string, load: string, location = `s3://lake/${day}/${load}`) => ({
  Values: [day, load],
  StorageDescriptor: { Location: location, Columns: [column('id', 'bigint')] },
});
const create = (...partitions: object[]) => run('BatchCreatePartition', { ...TABLE, PartitionInputList: partitions });
const values = async (Expression?: string) =>
  (await run('GetPartitions', { ...TABLE, Expression })).Partitions.map(({ Values }: { Values: string[] }) =>
    Values.join('/'),
  );

beforeEach(async () => {
  cloud = await testCloud({ services: () => [createGlueService()], clock: testClock() });
  await run('CreateDatabase', { DatabaseInput: { Name: 'Lake', Description: 'd' } });
  await run('CreateTable', {
    DatabaseName: 'lake',
    TableInput: {
      Name: 'Orders',
      PartitionKeys: [column('ordered_on'), column('_load_id')],
      StorageDescriptor: { Location: 's3://lake/orders/' },
    },
  });
});
afterEach(() => cloud.stop());

test('databases and tables are found by any case, and survive a restart', async () => {
  await run('UpdateTable', { DatabaseName: 'lake', TableInput: { Name: 'orders', Description: 'new' } });
  await cloud.restart();

  expect(await run('GetDatabase', { Name: 'LAKE' })).toEqual({
    Database: { Name: 'lake', Description: 'd', CreateTime: new Date('2026-01-01'), CatalogId: '000000000000' },
  });
  expect((await run('GetTable', { DatabaseName: 'lake', Name: 'ORDERS' })).Table).toMatchObject({
    Name: 'orders',
    DatabaseName: 'lake',
    Description: 'new',
    VersionId: '1',
    PartitionKeys: [],
  });
  expect((await run('GetTables', { DatabaseName: 'lake', Expression: 'ord.*' })).TableList).toHaveLength(1);
  expect((await run('GetDatabases')).DatabaseList).toHaveLength(1);
});

test('partitions are created once; a batch reports what is there already', async () => {
  await run('CreatePartition', { ...TABLE, PartitionInput: partition('2026-01-01', 'a') });

  const { Errors } = await create(partition('2026-01-01', 'a'), partition('2026-01-02', 'b'));

  expect(Errors).toEqual([
    {
      PartitionValues: ['2026-01-01', 'a'],
      ErrorDetail: { ErrorCode: 'AlreadyExistsException', ErrorMessage: 'Partition already exists.' },
    },
  ]);
  await expect(
    run('CreatePartition', { ...TABLE, PartitionInput: partition('2026-01-02', 'b') }),
  ).rejects.toMatchObject({ code: 'AlreadyExistsException' });
  expect(await values()).toEqual(['2026-01-01/a', '2026-01-02/b']);
});

test('of racing creators of a partition one wins', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () =>
      run('CreatePartition', { ...TABLE, PartitionInput: partition('2026-01-01', 'a') }),
    ),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a partition swaps its location, or its values', async () => {
  await create(partition('2026-01-01', 'a'), partition('2026-01-02', 'b'));

  await run('UpdatePartition', {
    ...TABLE,
    PartitionValueList: ['2026-01-01', 'a'],
    PartitionInput: partition('2026-01-01', 'a', 's3://lake/new'),
  });
  const { Errors } = await run('BatchUpdatePartition', {
    ...TABLE,
    Entries: [
      { PartitionValueList: ['2026-01-02', 'b'], PartitionInput: partition('2026-01-03', 'c') },
      { PartitionValueList: ['none', 'none'], PartitionInput: partition('none', 'none') },
    ],
  });
  await cloud.restart();

  expect(
    (await run('GetPartition', { ...TABLE, PartitionValues: ['2026-01-01', 'a'] })).Partition.StorageDescriptor
      .Location,
  ).toBe('s3://lake/new');
  expect(await values()).toEqual(['2026-01-01/a', '2026-01-03/c']);
  expect(Errors).toEqual([
    {
      PartitionValueList: ['none', 'none'],
      ErrorDetail: expect.objectContaining({ ErrorCode: 'EntityNotFoundException' }),
    },
  ]);
});

test('partitions are deleted one by one, in batches, and with their table', async () => {
  await create(partition('1', 'a'), partition('2', 'b'), partition('3', 'c'));
  await run('DeletePartition', { ...TABLE, PartitionValues: ['1', 'a'] });
  const { Errors } = await run('BatchDeletePartition', {
    ...TABLE,
    PartitionsToDelete: [{ Values: ['2', 'b'] }, { Values: ['1', 'a'] }],
  });

  expect(Errors).toEqual([
    { PartitionValues: ['1', 'a'], ErrorDetail: expect.objectContaining({ ErrorCode: 'EntityNotFoundException' }) },
  ]);
  expect(await values()).toEqual(['3/c']);
  await run('DeleteTable', { DatabaseName: 'lake', Name: 'orders' });
  await expect(values()).rejects.toMatchObject({ code: 'EntityNotFoundException' });
  await run('CreateTable', { DatabaseName: 'lake', TableInput: { Name: 'orders', PartitionKeys: [column('d')] } });
  expect(await values()).toEqual([]);
});

test('many partitions come in pages', async () => {
  for (let batch = 0; batch < 12; batch++) {
    await create(...Array.from({ length: 100 }, (_, n) => partition(`${batch}`, `${n}`)));
  }
  const first = await run('GetPartitions', TABLE);
  const second = await run('GetPartitions', { ...TABLE, NextToken: first.NextToken });

  expect([first.Partitions.length, second.Partitions.length, second.NextToken]).toEqual([1_000, 200, undefined]);
});

describe('an expression', () => {
  const columns = [
    { name: 'year', type: 'int' },
    { name: 'day', type: 'date' },
    { name: 'name', type: 'string' },
  ];
  const matches = (expression: string, row = ['2026', '2026-01-05', "O'Neil_x"]) =>
    parsePartitionExpression(expression, columns)(row);

  test.each<[string, boolean]>([
    ['year = 2026', true],
    ["year = '2026' AND name = 'x'", false],
    ["year < 10 OR day >= '2026-01-01'", true],
    ["day BETWEEN '2026-01-01' AND '2026-01-31'", true],
    ["day NOT BETWEEN '2026-01-01' AND '2026-01-31'", false],
    ["name in ('a', 'O''Neil_x')", true],
    ["name not in ('a', 'b')", true],
    ["name LIKE 'O%x'", true],
    ["NOT (year = 2026 and name like 'a%')", true],
    ["day = date '2026-01-05'", true],
    ['(((year>=2026)))', true],
    ['`year` != 2026', false],
    ['"YEAR" <> 2025', true],
  ])('%s is %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  test.each(['year =', 'month = 1', "year = 1 name = 'x'", "name ~ 'x'", "name = 'x", '(year = 1'])(
    '%s is refused',
    (expression) => {
      expect(() => matches(expression)).toThrow('Unsupported expression');
    },
  );

  test('of equalities finds a partition by any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, other) => {
        const expression = `name = '${value.replaceAll("'", "''")}'`;
        expect(matches(expression, ['1', 'd', other])).toBe(value === other);
        expect(matches(expression, ['1', 'd', value])).toBe(true);
      }),
    );
  });
});

test('IAM is asked about catalog, database and table', () => {
  const arn = 'arn:aws:glue:us-east-1:000000000000';
  const context = { cloud, principal: { kind: 'admin' as const }, requestId: 'r' };
  expect(createGlueService().operations.CreatePartition?.authorize(TABLE, context)).toEqual(
    [`${arn}:catalog`, `${arn}:database/lake`, `${arn}:table/lake/orders`].map((resource) => ({
      action: 'glue:CreatePartition',
      resource,
    })),
  );
});

test('what AWS refuses is refused', async () => {
  await expect(run('CreateDatabase', { DatabaseInput: { Name: 'LAKE' } })).rejects.toMatchObject({
    code: 'AlreadyExistsException',
  });
  await expect(run('CreateTable', { DatabaseName: 'lake', TableInput: { Name: 'ORDERS' } })).rejects.toMatchObject({
    code: 'AlreadyExistsException',
  });
  await expect(run('GetTable', { DatabaseName: 'none', Name: 'orders' })).rejects.toThrow('Database none not found.');
  await expect(run('GetTable', { DatabaseName: 'lake', Name: 'none' })).rejects.toThrow('Table none not found.');
  await expect(run('CreatePartition', { ...TABLE, PartitionInput: { Values: ['one'] } })).rejects.toMatchObject({
    code: 'InvalidInputException',
  });
  await expect(create()).rejects.toMatchObject({ code: 'InvalidInputException' });
});

/** A DynamoDB table → Parquet in S3, beside the SDK's client reading the same segments of it alone, alternating. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { bundle } from '../../lib/constructs/bundle';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import type { DynamoDbEvent } from './handlers/dynamodb/handler';
import { BENCH_RUN } from './run';
import { type Compared, compare, openTaskBench } from './tasks';

const SEGMENTS = 2;
const WRITERS = 8;
const BATCH_ITEMS = 25;

export async function measureDynamoDb(sizes: readonly number[], repeats: number): Promise<Compared[]> {
  const bench = await openTaskBench('dynamodb', 'test/bench/dynamodb-server.ts');
  const client = new DynamoDBClient(bench.client);
  const handler = bundle('dynamodb', 'test/bench/handlers');
  try {
    const results: Compared[] = [];
    for (const rows of sizes) {
      const table = `products-${rows}`;
      await fill(client, table, rows);
      const run = async (reader: DynamoDbEvent['reader']) => {
        const measured = await bench.run(handler, eventFor(reader, table));
        if (measured.output.rows !== rows) throw new Error(`${reader} read ${measured.output.rows} of ${rows} items.`);
        return measured;
      };
      const compared = await compare(
        rows,
        repeats,
        () => run('sdk'),
        () => run('stepwell'),
      );
      results.push(compared);
    }
    return results;
  } finally {
    client.destroy();
    await bench.close();
  }
}

async function fill(client: DynamoDBClient, table: string, rows: number): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'sku', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'sku', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  let next = 0;
  const writer = async () => {
    while (next < rows) {
      const from = next;
      next = Math.min(rows, from + BATCH_ITEMS);
      let requests: WriteRequest[] = Array.from({ length: next - from }, (_, n) => ({
        PutRequest: { Item: itemOf(from + n) },
      }));
      while (requests.length > 0) {
        const { UnprocessedItems } = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
        );
        requests = UnprocessedItems?.[table] ?? [];
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

/** As a shop's catalogue: some attributes are missing, one is nested, one a set. */
function itemOf(n: number): Record<string, AttributeValue> {
  return {
    sku: { S: `SKU-${String((n * 7919) % 1e9).padStart(9, '0')}-${n}` },
    title: { S: `${n % 10 === 0 ? 'Größe' : 'Size'} ${n % 50}, product number ${n}` },
    price: { N: `${n % 1000}.${String(n % 100).padStart(2, '0')}` },
    stock: { N: String((n * 31) % 5000) },
    weight: { N: String((n % 999) / 8) },
    active: { BOOL: n % 7 !== 0 },
    ...(n % 5 === 0 ? {} : { category: { S: `category ${n % 97}` } }),
    ...(n % 3 === 0 ? {} : { tags: { SS: [`t${n % 11}`, `u${n % 13}`] } }),
    size: { M: { unit: { S: 'cm' }, width: { N: String(n % 300) }, height: { N: String(n % 200) } } },
    note: n % 4 === 0 ? { NULL: true } : { S: 'keep dry, this side up' },
    changed_at: { S: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString() },
  };
}

const of = (name: string, type: ColumnType, from?: string): ContractColumn => ({
  name,
  type,
  nullable: name !== 'sku',
  key: name === 'sku',
  ...(from === undefined ? {} : { from }),
});

const eventFor = (reader: DynamoDbEvent['reader'], table: string): DynamoDbEvent => ({
  reader,
  input: {
    action: 'extract',
    run: BENCH_RUN,
    source: {
      name: 'products',
      columns: [
        of('sku', { type: 'text', length: 40 }),
        of('title', { type: 'text' }),
        of('price', { type: 'decimal', precision: 12, scale: 2 }),
        of('stock', { type: 'bigint' }),
        of('weight', { type: 'double' }),
        of('active', { type: 'boolean' }),
        of('category', { type: 'text' }),
        of('tags', { type: 'json' }),
        of('unit', { type: 'text' }, 'size.unit'),
        of('width', { type: 'integer' }, 'size.width'),
        of('note', { type: 'text' }),
        of('changed_at', { type: 'timestamp' }),
      ],
      onDrift: 'ignore',
      onBadRow: { maxCount: 0 },
      config: { kind: 'dynamoDb', table, segments: SEGMENTS, consistentRead: false },
    },
    partition: { id: '0', values: { segment: 0 } },
    partitions: SEGMENTS,
    checkpoint: null,
  },
});

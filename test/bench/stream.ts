/** Records of a stream → DynamoDB, staged files and their log, beside a function that only puts them into the table, alternating. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bundle } from '../../lib/constructs/bundle';
import type { StreamPlan } from '../../lib/tasks/stream';
import type { StreamEvent } from './handlers/stream/handler';
import { type Compared, compare, openTaskBench } from './tasks';

const TEXT = { type: 'text' } as const;
const TIME = { type: 'timestamp' } as const;
const column = (name: string, type: typeof TEXT | typeof TIME, from?: string) => ({
  name,
  type,
  nullable: false,
  key: false,
  ...(from === undefined ? {} : { from }),
});

const planFor = (table: string): StreamPlan => ({
  stream: 'users',
  source: 'records',
  columns: [
    column('event', TEXT),
    column('user_id', TEXT, 'login.uuid'),
    column('name', TEXT, 'name.first'),
    column('received_at', TIME),
  ],
  onDrift: 'ignore',
  dedupe: { by: ['event'], withinSeconds: 600 },
  receivedAt: 'received_at',
  prefix: 'streams/bench/',
  retentionHours: 24,
  live: [
    {
      kind: 'dynamoTable',
      id: `dynamoTable:${table}`,
      model: 'records',
      columns: [
        { name: 'user_id', type: TEXT, nullable: false },
        { name: 'name', type: TEXT, nullable: false },
        { name: 'received_at', type: TIME, nullable: false },
      ],
      write: { mode: 'merge', keys: ['user_id'], newestBy: 'received_at' },
      evolve: false,
      table,
      key: { partitionKey: 'user_id' },
    },
  ],
});

export async function measureStream(sizes: readonly number[], repeats: number): Promise<Compared[]> {
  const bench = await openTaskBench('stream', 'test/bench/dynamodb-server.ts');
  const client = new DynamoDBClient(bench.client);
  const handler = bundle('stream', 'test/bench/handlers');
  const create = (TableName: string, keys: readonly string[]) =>
    client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  try {
    await create('ledger', ['pk', 'sk']);
    const results: Compared[] = [];
    let tables = 0;
    for (const records of sizes) {
      const run = async (consumer: StreamEvent['consumer']) => {
        // Each into an empty table of its own.
        const table = `users-${tables++}`;
        await create(table, ['user_id']);
        const measured = await bench.run(handler, { consumer, plan: planFor(table), records });
        if (measured.output.rows !== records)
          throw new Error(`${consumer} took ${measured.output.rows} of ${records}.`);
        return measured;
      };
      results.push(
        await compare(
          records,
          repeats,
          () => run('bare'),
          () => run('stepwell'),
        ),
      );
    }
    return results;
  } finally {
    client.destroy();
    await bench.close();
  }
}

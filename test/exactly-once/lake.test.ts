/** "Parquet of a lake partition is half replaced": what a reader of a partition sees at each moment of its replacement. */
import { CreateTableCommand as CreateLedgerCommand } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, CreateTableCommand, GetPartitionsCommand } from '@aws-sdk/client-glue';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { publishLake } from '../../lambdas/publish-lake/publish';
import { stageLake } from '../../lambdas/publish-lake/stage';
import { stagedLake } from '../../lambdas/publish-lake/staged-lake';
import { readDocument } from '../../lambdas/shared/manifest';
import type { LakeSink, Run } from '../../lib/tasks/common';
import { LAKE, RUN, type Staging, startStaging, WORK } from '../lambdas/staging';

let staging: Staging;

beforeAll(async () => {
  staging = await startStaging();
  await staging.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'orders' } }));
  await staging.glue.send(
    new CreateTableCommand({
      DatabaseName: 'orders',
      TableInput: {
        Name: 'daily',
        PartitionKeys: [{ Name: 'day', Type: 'date' }],
        StorageDescriptor: { Location: `s3://${LAKE}/orders/daily/`, Columns: [{ Name: 'id', Type: 'bigint' }] },
      },
    }),
  );
  await staging.dynamoDb.send(
    new CreateLedgerCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
});
afterAll(() => staging.close());

const SINK: LakeSink = {
  kind: 'lake',
  id: 'lake:daily',
  model: 'orders',
  columns: [
    { name: 'id', type: { type: 'bigint' }, nullable: true },
    { name: 'day', type: { type: 'date' }, nullable: true },
  ],
  write: { mode: 'replace' },
  evolve: false,
  database: 'orders',
  table: 'daily',
  partitionBy: ['day'],
};
const OLD = ['2026-01-01: 1 2', '2026-01-02: 3'];
const NEW = ['2026-01-01: 11 12 13', '2026-01-02: 14'];

/** As Athena reads: each partition's location from the catalog, then every file that lies there. */
async function read(): Promise<string[]> {
  const { Partitions = [] } = await staging.glue.send(
    new GetPartitionsCommand({ DatabaseName: 'orders', TableName: 'daily' }),
  );
  const lines: string[] = [];
  for (const { Values, StorageDescriptor } of Partitions) {
    const Prefix = StorageDescriptor!.Location!.replace(`s3://${LAKE}/`, '');
    const { Contents = [] } = await staging.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix }));
    const parts = Contents.map(({ Key }) => ({ key: Key!, etag: '', length: 0, rows: 0, format: 'parquet' as const }));
    const ids = (await staging.rows(parts, LAKE)).map(({ id }) => Number(id)).sort((a, b) => a - b);
    lines.push(`${Values!.join('/')}: ${ids.join(' ')}`);
  }
  return lines.sort();
}

/** A client that looks at the table before and after each call that writes. */
function watched<C extends { send: unknown }>(client: C, seen: string[][], dieAt?: string): C {
  let writes = 0;
  return Object.assign(Object.create(client), {
    send: async (command: { constructor: { name: string } }) => {
      const { name } = command.constructor;
      if (/^(Get|Head|List)/.test(name)) return (client.send as (c: unknown) => unknown)(command);
      seen.push(await read());
      if (dieAt === name && ++writes === 2) throw new Error('killed');
      const answer = await (client.send as (c: unknown) => Promise<unknown>)(command);
      seen.push(await read());
      return answer;
    },
  });
}

async function stage(run: Run, attempt: string, values: string, seen: string[][] = [], dieAt?: string) {
  const select = `select id::bigint as id, day::date as day from (values ${values}) t(id, day)`;
  const manifest = await staging.stage('orders', { orders: { columns: SINK.columns, selects: [select] } });
  const loaded = await stageLake(
    { run, sink: SINK, action: 'stage', manifests: [manifest] },
    { s3: watched(staging.s3, seen, dieAt), workBucket: WORK, lakeBucket: LAKE, attempt },
  );
  return readDocument(staging.s3, WORK, loaded.manifest!, stagedLake);
}

const publish = (run: Run, staged: Awaited<ReturnType<typeof stage>>, seen: string[][] = []) =>
  publishLake(run, SINK, staged, {
    glue: watched(staging.glue, seen),
    dynamoDb: staging.dynamoDb,
    ledgerTable: 'ledger',
    lakeBucket: LAKE,
    now: '2026-01-05T14:00:00Z',
  });

test('a reader of a partition sees all of the old rows or all of the new ones, whatever dies in between', async () => {
  await publish(RUN, await stage(RUN, 'a', "(1, '2026-01-01'), (2, '2026-01-01'), (3, '2026-01-02')"));
  expect(await read()).toEqual(OLD);
  const next = {
    ...RUN,
    runId: 'run-2',
    loadKey: 'orders:next',
    loadId: 'feedfeedfeedfeed',
    arrival: `${RUN.arrival}1`,
  };
  const values = "(11, '2026-01-01'), (12, '2026-01-01'), (13, '2026-01-01'), (14, '2026-01-02')";

  // The first attempt dies after its first file, the second stages all; nothing of either shows before it is published.
  const whileStaging: string[][] = [];
  await expect(stage(next, 'a', values, whileStaging, 'PutObjectCommand')).rejects.toThrow('killed');
  const staged = await stage(next, 'b', values, whileStaging);
  const whilePublishing: string[][] = [];
  await publish(next, staged, whilePublishing);

  expect(whileStaging.length).toBeGreaterThan(4);
  for (const table of whileStaging) expect(table).toEqual(OLD);
  expect(whilePublishing.length).toBeGreaterThan(0);
  for (const table of whilePublishing) {
    expect(table).toHaveLength(2);
    for (const partition of table) expect([...OLD, ...NEW]).toContain(partition);
  }
  expect(await read()).toEqual(NEW);
  expect(await publish(next, staged)).toMatchObject({ changed: false });
});

/**
 * Tables without transactions, the lake's and DynamoDB's: whatever loads come, in whichever order, again, anew, late in a generation that is over,
 * or killed half way, the table is what the same plain model says as of the databases.
 */
import {
  CreateTableCommand as CreateDynamoTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, CreateTableCommand, GetPartitionsCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { stageItems } from '../../lambdas/load-dynamodb/stage';
import { publishDynamo } from '../../lambdas/publish-dynamodb/publish';
import { publishLake } from '../../lambdas/publish-lake/publish';
import { stageLake } from '../../lambdas/publish-lake/stage';
import { stagedLake } from '../../lambdas/publish-lake/staged-lake';
import { quoteText, sqlType } from '../../lambdas/shared/duckdb';
import { readDocument } from '../../lambdas/shared/manifest';
import { LEASE_MS } from '../../lambdas/shared/table-lock';
import type { DynamoSink, LakeSink, ManifestRef, OutputColumn, Run, WriteMode } from '../../lib/tasks/common';
import type { Published } from '../../lib/tasks/publish';
import { LAKE, type Staging, startStaging, WORK } from '../lambdas/staging';
import { COLUMNS, day, type Item, KEYS, Model, runOf, type Shown, type Step, show, steps } from './write-modes';

const RUNS = Number(process.env.RUNS ?? 2);

let staging: Staging;
let tables = 0;
let attempts = 0;
/** Locks of attempts that were killed run out before the next step. */
let now = Date.now();

beforeAll(async () => {
  staging = await startStaging();
  await staging.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'orders' } }));
  await createDynamoTable('ledger', ['pk', 'S'], ['sk', 'S']);
});
afterAll(() => staging.close());

type Key = readonly [name: string, type: 'S' | 'N'];
const createDynamoTable = (TableName: string, ...keys: Key[]) =>
  staging.dynamoDb.send(
    new CreateDynamoTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  );

const publisher = () => ({
  ledger: { client: staging.dynamoDb, table: 'ledger' },
  attempt: `attempt-${attempts++}`,
  now: () => now,
});

function stageRows(rows: readonly Item[], columns: readonly OutputColumn[] = COLUMNS): Promise<ManifestRef> {
  const literal = (value: unknown) => (value === null ? 'NULL' : quoteText(String(value)));
  const names = ['id', 'region', 'note', 'other', 'version', 'gone'] as const;
  const values = rows.map((row) => `(${names.map((name) => literal(row[name])).join(', ')})`);
  const select = columns.map(({ name, type }) => `CAST(${name} AS ${sqlType(type)}) AS ${name}`).join(', ');
  const selects =
    rows.length === 0 ? [] : [`SELECT ${select} FROM (VALUES ${values.join(', ')}) t(${names.join(', ')})`];
  return staging.stage('orders', { orders: { columns, selects } });
}

/** Publishes the steps in turn, and compares with the model. */
async function agree(
  write: WriteMode,
  sequence: readonly Step[],
  table: string,
  publish: (run: Run, step: Step) => Promise<void>,
  read: () => Promise<Shown[]>,
): Promise<void> {
  const model = new Model(write);
  for (const [execution, step] of sequence.entries()) {
    model.publish(step);
    now += 2 * LEASE_MS;
    await publish(runOf(table, step, execution), step);
  }
  expect(await read()).toEqual(model.table());
}

describe('the lake', () => {
  /** The day stands for the time: that is what a lake is partitioned by. */
  const columns = COLUMNS.map((column) =>
    column.name === 'version' ? { ...column, type: { type: 'date' as const } } : column,
  );
  const dated = (row: Item): Item => ({ ...row, version: row.version?.slice(0, 10) ?? null });

  async function newTable(write: LakeSink['write'], partitionBy: string[]): Promise<LakeSink> {
    const table = `t${tables++}`;
    const keys = [...partitionBy, ...(write.mode === 'append' ? ['_load_id'] : [])];
    await staging.glue.send(
      new CreateTableCommand({
        DatabaseName: 'orders',
        TableInput: {
          Name: table,
          PartitionKeys: keys.map((Name) => ({ Name, Type: Name === 'version' ? 'date' : 'string' })),
          StorageDescriptor: { Location: `s3://${LAKE}/orders/${table}/`, Columns: [{ Name: 'id', Type: 'bigint' }] },
        },
      }),
    );
    return {
      kind: 'lake',
      id: `lake:${table}`,
      model: 'orders',
      columns,
      write,
      evolve: false,
      database: 'orders',
      table,
      partitionBy,
    };
  }

  /** As Athena does: what the catalog names, and every file that lies there. */
  async function read({ table, partitionBy }: LakeSink): Promise<Shown[]> {
    const at = { DatabaseName: 'orders', TableName: table };
    const { Partitions = [] } = await staging.glue.send(new GetPartitionsCommand(at));
    const { Table } = await staging.glue.send(new GetTableCommand({ DatabaseName: 'orders', Name: table }));
    const places =
      (Table!.PartitionKeys ?? []).length === 0
        ? [{ values: [], location: Table!.StorageDescriptor!.Location! }]
        : Partitions.map(({ Values, StorageDescriptor }) => ({
            values: Values!,
            location: StorageDescriptor!.Location!,
          }));
    const found = await Promise.all(
      places.map(async ({ values, location }) => {
        const Prefix = location.replace(`s3://${LAKE}/`, '');
        const { Contents = [] } = await staging.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix }));
        const parts = Contents.map(({ Key }) => ({
          key: Key!,
          etag: '',
          length: 0,
          rows: 0,
          format: 'parquet' as const,
        }));
        const inPath = Object.fromEntries(
          partitionBy.map((name, index) => [
            name,
            values[index] === '__HIVE_DEFAULT_PARTITION__' ? null : values[index],
          ]),
        );
        return (await staging.rows(parts, LAKE)).map((row) => show({ ...row, ...inPath } as never));
      }),
    );
    return found.flat().sort();
  }

  /** A client that dies at its nth write. */
  const mortal = <C extends { send: unknown }>(client: C, nth: number): C =>
    Object.assign(Object.create(client), {
      send: async (command: { constructor: { name: string } }) => {
        if (!/^(Get|Head|List)/.test(command.constructor.name) && --nth === 0) throw new Error('killed');
        return (client.send as (command: unknown) => unknown)(command);
      },
    });

  const MODES: [string, LakeSink['write'], string[]][] = [
    ['append', { mode: 'append' }, ['version', 'region']],
    ['append without partitions', { mode: 'append' }, []],
    ['replace', { mode: 'replace' }, ['region']],
    ['replace without partitions', { mode: 'replace' }, []],
    ['replace of an interval', { mode: 'replace', interval: 'version' }, ['version']],
  ];
  test.each(MODES)(
    '%s: the table is what the model says',
    async (_name, write, partitionBy) => {
      const deaths = fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 7, maxLength: 7 });
      await fc.assert(
        fc.asyncProperty(steps(write), deaths, async (sequence, dying) => {
          const sink = await newTable(write, partitionBy);
          const dates: Step[] = sequence.map((step) => ({ ...step, rows: step.rows.map(dated) }));
          const publish = async (run: Run, step: Step) => {
            const manifest = await stageRows(step.rows, columns);
            const stage = (s3 = staging.s3) =>
              stageLake(
                { run, sink, action: 'stage', manifests: [manifest] },
                { s3, workBucket: WORK, lakeBucket: LAKE, attempt: `stage-${attempts++}` },
              );
            const nth = dying[dates.indexOf(step)]!;
            if (nth > 0) await stage(mortal(staging.s3, nth)).catch(() => {});
            const loaded = await stage();
            const staged = await readDocument(staging.s3, WORK, loaded.manifest!, stagedLake);
            const once = (glue = staging.glue) =>
              publishLake(run, sink, staged, { ...publisher(), glue, s3: staging.s3, lakeBucket: LAKE });
            if (nth > 0) await once(mortal(staging.glue, nth)).catch(() => {});
            for (let time = 0; time < step.times; time++) await once();
          };
          await agree(write, dates, sink.table, publish, () => read(sink));
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    150_000 * RUNS,
  );
});

describe('a DynamoDB table', () => {
  async function newTable(write: WriteMode): Promise<DynamoSink> {
    const table = `items${tables++}`;
    await createDynamoTable(table, ['id', 'N'], ['region', 'S']);
    const key = { partitionKey: 'id', sortKey: 'region' };
    return {
      kind: 'dynamoTable',
      id: `dynamoTable:${table}`,
      model: 'orders',
      columns: COLUMNS,
      write,
      evolve: false,
      table,
      key,
    };
  }

  async function read({ table }: DynamoSink): Promise<Shown[]> {
    const found: Shown[] = [];
    // As readers are told to.
    const scan = {
      TableName: table,
      FilterExpression: 'attribute_not_exists(#deleted)',
      ExpressionAttributeNames: { '#deleted': '_deleted' },
    };
    for await (const { Items = [] } of paginateScan({ client: staging.dynamoDb }, scan)) {
      for (const { version, ...item } of Items.map((one) => unmarshall(one))) {
        const at = version === undefined ? null : String(version).replace('T', ' ').slice(0, 19);
        found.push(show({ gone: null, ...item, version: at } as never));
      }
    }
    return found.sort();
  }

  const stage = async (run: Run, sink: DynamoSink, rows: readonly Item[]): Promise<ManifestRef> => {
    const loaded = await stageItems(
      { run, sink, manifests: [await stageRows(rows)] },
      { s3: staging.s3, workBucket: WORK, attempt: `stage-${attempts++}`, chunkItems: 4 },
    );
    return loaded.manifest!;
  };

  /** DynamoDB for an attempt that is killed at its nth write of an item. */
  function mortal(nth: number): DynamoDBClient {
    const send = async (command: unknown) => {
      if (command instanceof PutItemCommand && --nth <= 0) throw new Error('killed');
      return staging.dynamoDb.send(command as never);
    };
    return { send } as never;
  }

  /** `looks`: how often an invocation asks for the time that is left until there is none. */
  async function publish(
    run: Run,
    sink: DynamoSink,
    staged: ManifestRef,
    { client = staging.dynamoDb, looks = Number.POSITIVE_INFINITY } = {},
  ): Promise<Published & { invocations: number }> {
    for (let checkpoint = null, invocations = 1; ; invocations++) {
      let left = looks;
      const output = await publishDynamo(
        { run, sink, staged, checkpoint },
        { ...publisher(), client, s3: staging.s3, workBucket: WORK, remainingMs: () => (left-- > 0 ? 900_000 : 0) },
      );
      if (output.published) return { ...output.published, invocations };
      checkpoint = JSON.parse(JSON.stringify(output.checkpoint));
    }
  }

  const MODES: [string, DynamoSink['write']][] = [
    ['merge by newestBy', { mode: 'merge', keys: KEYS, newestBy: 'version' }],
    ['merge by arrival', { mode: 'merge', keys: KEYS }],
    ['merge by newestBy with deletions', { mode: 'merge', keys: KEYS, newestBy: 'version', deletedBy: 'gone' }],
    ['merge by arrival with deletions', { mode: 'merge', keys: KEYS, deletedBy: 'gone' }],
    ['replace', { mode: 'replace' }],
  ];
  test.each(MODES)(
    '%s: the table is what the model says',
    async (_name, write) => {
      const deaths = fc.array(fc.constantFrom(0, 0, 1, 3, 8), { minLength: 7, maxLength: 7 });
      const looks = fc.constantFrom(Number.POSITIVE_INFINITY, 3, 10);
      await fc.assert(
        fc.asyncProperty(steps(write), deaths, looks, async (sequence, dying, looks) => {
          const sink = await newTable(write);
          const key = (row: Item) => `${row.id} ${row.region}`;
          // Two rows of one key cannot both be there, which `replace` says before anything is written.
          const distinct: Step[] = sequence.map((step) => ({
            ...step,
            rows: step.rows.filter((row, index) => step.rows.findIndex((other) => key(other) === key(row)) === index),
          }));
          await agree(
            write,
            distinct,
            sink.table,
            async (run, step) => {
              const staged = await stage(run, sink, step.rows);
              const nth = dying[distinct.indexOf(step)]!;
              if (nth > 0) await publish(run, sink, staged, { client: mortal(nth) }).catch(() => {});
              for (let time = 0; time < step.times; time++) await publish(run, sink, staged, { looks });
            },
            () => read(sink),
          );
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    150_000 * RUNS,
  );

  const row = (id: number, note: string, load = 0, gone: boolean | null = null): Item => ({
    id,
    region: 'a',
    note,
    other: null,
    version: day(load),
    gone,
  });
  const shown = (...rows: Item[]) => rows.map((one) => show(one)).sort();
  const load = (sink: DynamoSink, n: number, execution: number, generation = 0) =>
    runOf(sink.table, { load: n, generation, rows: [] }, execution);

  test('what a run has begun to write, the next run of the same load finishes, whatever it has extracted itself', async () => {
    const sink = await newTable({ mode: 'merge', keys: KEYS, newestBy: 'version' });
    const before = load(sink, 0, 0);
    await publish(before, sink, await stage(before, sink, [row(1, 'there'), row(9, 'there')]));
    const [first, second] = [load(sink, 1, 1), load(sink, 1, 2)];
    const begun = await stage(
      first,
      sink,
      [1, 2, 3, 4, 5, 6].map((id) => row(id, 'first', 1)),
    );
    await expect(publish(first, sink, begun, { client: mortal(4) })).rejects.toThrow('killed');

    // The first execution has ended; its lock runs out.
    const later = await stage(second, sink, [row(2, 'second', 2), row(7, 'second', 2)]);
    await expect(publish(second, sink, later)).rejects.toMatchObject({ name: 'StillRunning' });
    now += 2 * LEASE_MS;
    expect(await publish(second, sink, later)).toMatchObject({ rows: 6, changed: true });
    expect(await publish(first, sink, begun)).toMatchObject({ rows: 6, changed: false });

    const all = [1, 2, 3, 4, 5, 6].map((id) => row(id, 'first', 1));
    expect(await read(sink)).toEqual(shown(...all, row(9, 'there')));

    // What was begun so long ago that it has expired cannot be finished.
    const [third, fourth] = [load(sink, 2, 3), load(sink, 2, 4)];
    const expiring = await stage(third, sink, [row(1, 'third', 3), row(8, 'third', 3)]);
    await expect(publish(third, sink, expiring, { client: mortal(2) })).rejects.toThrow('killed');
    await staging.s3.send(new DeleteObjectCommand({ Bucket: WORK, Key: expiring.key }));
    now += 2 * LEASE_MS;
    const anew = await stage(fourth, sink, [row(1, 'fourth', 3)]);
    expect(await publish(fourth, sink, anew)).toMatchObject({ rows: 1, changed: true });
    expect((await read(sink))[0]).toContain('fourth');
  });

  test('a replacement that is overtaken while it sleeps between two invocations begins anew, and has all its rows', async () => {
    const sink = await newTable({ mode: 'replace' });
    const [older, newer] = [load(sink, 0, 0), load(sink, 1, 1)];
    const rows = [1, 2, 3, 4, 5, 6].map((id) => row(id, 'newer', 1));
    const staged = await stage(newer, sink, rows);
    const environment = { client: staging.dynamoDb, s3: staging.s3, workBucket: WORK };
    let left = 5;
    const first = await publishDynamo(
      { run: newer, sink, staged, checkpoint: null },
      { ...publisher(), ...environment, remainingMs: () => (left-- > 0 ? 900_000 : 0) },
    );
    expect(first.checkpoint).toMatchObject({ phase: 'items', rows: expect.any(Number) });
    // So long that its lock runs out.
    now += 2 * LEASE_MS;
    await publish(older, sink, await stage(older, sink, [row(9, 'older')]));
    now += 2 * LEASE_MS;
    const rest = await publishDynamo(
      { run: newer, sink, staged, checkpoint: first.checkpoint },
      { ...publisher(), ...environment, remainingMs: () => 900_000 },
    );

    expect(rest.published).toMatchObject({ rows: 6, changed: true });
    expect(await read(sink)).toEqual(shown(...rows));
  });

  test('a table that has another key than the sink refuses items, in words, and for good', async () => {
    const table = `items${tables++}`;
    await createDynamoTable(table, ['other', 'N']);
    const sink: DynamoSink = { ...(await newTable({ mode: 'merge', keys: KEYS })), table };
    const run = load(sink, 0, 0);

    await expect(publish(run, sink, await stage(run, sink, [row(1, 'a')]))).rejects.toMatchObject({
      name: 'StatementFailed',
      message: expect.stringContaining(`DynamoDB refused an item of the table ${table}: One`),
    });
  });

  test('a generation that is over writes nothing more, and takes nothing from the one after it', async () => {
    const sink = await newTable({ mode: 'merge', keys: KEYS, deletedBy: 'gone' });
    const [old, again] = [load(sink, 0, 0), load(sink, 0, 1, 1)];
    const first = await stage(old, sink, [row(1, 'old'), row(2, 'old'), row(3, 'old', 0, true)]);
    await publish(old, sink, first);
    const corrected = await stage(again, sink, [row(1, 'new'), row(3, 'new')]);

    expect(await publish(again, sink, corrected, { looks: 2 })).toMatchObject({ rows: 2, changed: true });
    expect(await publish(old, sink, first)).toMatchObject({ rows: 2, changed: false });
    expect(await read(sink)).toEqual(shown(row(1, 'new'), row(3, 'new')));
  });

  test('what DynamoDB would refuse is said before anything is written', async () => {
    const sink = await newTable({ mode: 'replace' });
    const refusal = async (...rows: Item[]) => {
      const run = load(sink, 0, attempts);
      return stage(run, sink, rows).then(
        () => 'nothing',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    };

    expect([
      await refusal(row(1, 'a'), row(1, 'b')),
      await refusal({ ...row(1, 'a'), region: '' }),
      await refusal({ ...row(1, 'a'), region: null as never }),
      await refusal({ ...row(1, 'a'), region: 'x'.repeat(1025) }),
      await refusal({ ...row(1, 'a'), note: 'é'.repeat(204_800) }),
    ]).toEqual([
      `ModelFailed: Model orders does not fit into the DynamoDB table ${sink.table}: 2 rows have the key 1 / a, and DynamoDB has one item for a key. Nothing was published. Make one row of them in the model, or use merge(key, { newestBy }).`,
      expect.stringContaining('the row with id 1, region : column region is an empty text, which cannot be a key.'),
      expect.stringContaining('the row with id 1, region NULL: column region is NULL, and an item has a key.'),
      expect.stringContaining('column region is a key of 1025 bytes, and DynamoDB takes 1024 at most.'),
      expect.stringMatching(/the row with id 1, region a: is an item of \d+ bytes, and DynamoDB takes 409600 at most/),
    ]);
    expect(await read(sink)).toEqual([]);
  });
});

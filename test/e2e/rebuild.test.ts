/** A stream's tables made anew from where all its records are kept: as they were, whatever has become of them meanwhile. */
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { planOf } from '../../lib/operate/deployed-plan';
import { tablesIn } from '../../lib/operate/tables';
import {
  aggregate,
  append,
  definePipeline,
  double,
  dynamoTable,
  hours,
  json,
  key,
  kinesis,
  lake,
  landedFiles,
  merge,
  minutes,
  ndjson,
  postgres,
  published,
  quarantine,
  redshift,
  s3Arrival,
  seconds,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../lib/pipeline';
import { stepwell } from '../cli/stepwell';
import { until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const feed = definePipeline({
  name: 'kept-feed',
  trigger: s3Arrival('kept-feed/*.ndjson'),
  sources: {
    answers: landedFiles({
      glob: 'kept-feed/*.ndjson',
      format: ndjson(),
      columns: {
        user_id: text(40).notNull(),
        login: json().notNull(),
        country: text(2),
        score: double(),
        registered_at: timestamp(),
        received_at: timestamp().notNull(),
      },
    }),
  },
  models: { raw_users: sql.text('SELECT user_id, login, country, score, registered_at, received_at FROM answers') },
  sinks: [
    postgres({ model: 'raw_users', table: 'kept.raw_users', write: append() }),
    kinesis({ model: 'raw_users', stream: 'kept-users', partitionBy: 'user_id' }),
    kinesis({ model: 'raw_users', stream: 'kept-counts', partitionBy: 'user_id' }),
  ],
});

const users = definePipeline({
  name: 'kept-users',
  trigger: streamOf('kept-users', { batch: 100, window: seconds(1), publishEvery: seconds(1) }),
  sources: {
    records: streamRecords({
      columns: {
        user_id: key.text(40).from('login.uuid'),
        country: text(2),
        score: double(),
        registered_at: timestamp(),
        received_at: timestamp().notNull(),
      },
      late: { by: 'registered_at', allow: hours(1) },
      dedupe: { by: 'user_id', within: minutes(10) },
      receivedAt: 'received_at',
      rebuildFrom: published('kept-feed', 'raw_users'),
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: {
    seen: sql.text('SELECT user_id, country, received_at, CAST(received_at AS DATE) AS received_on FROM records'),
  },
  sinks: [
    dynamoTable({
      model: 'records',
      table: 'kept-users',
      write: merge('user_id', { newestBy: 'received_at' }),
      live: true,
    }),
    lake({ model: 'seen', table: 'seen', write: append(), partitionBy: ['received_on'] }),
    postgres({ model: 'seen', table: 'kept.seen', write: append() }),
    redshift({ model: 'seen', table: 'kept.seen', write: append() }),
    redshift({ model: 'seen', table: 'kept.users', write: merge('user_id', { newestBy: 'received_at' }) }),
    postgres({ model: 'seen', table: 'kept.users', write: merge('user_id', { newestBy: 'received_at' }) }),
  ],
});

const counts = definePipeline({
  name: 'kept-counts',
  trigger: streamOf('kept-counts', { window: seconds(0), publishEvery: seconds(1) }),
  sources: {
    people: streamRecords({
      columns: {
        user_id: key.text(40).from('login.uuid'),
        country: text(2),
        received_at: timestamp().notNull(),
      },
      receivedAt: 'received_at',
      rebuildFrom: published('kept-feed', 'raw_users'),
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: { latest: sql.text('SELECT user_id, received_at FROM people') },
  sinks: [postgres({ model: 'latest', table: 'kept.people', write: merge('user_id', { newestBy: 'received_at' }) })],
  aggregates: [
    aggregate({
      by: ['country'],
      window: seconds(2),
      count: 'people',
      max: { latest: 'received_at' },
      table: 'people_by_country',
    }),
  ],
});

let cloud: PipelinesCloud;

beforeAll(async () => {
  cloud = await startPipelines([feed, users, counts]);
});
afterAll(() => cloud?.stop());

const say = (...args: string[]) => stepwell(...args, '--state-dir', cloud.cloud.context.stateDir);
const rebuild = (...args: string[]) => say('rebuild', 'kept-users', ...args);
const SPAN = ['--from', '2026-11-01', '--to', '2026-11-03'] as const;

interface Answer {
  readonly login: object;
  readonly score: number;
  readonly registered_at: string;
}

const answer = (
  user: string,
  received_at: string,
  country = 'NL',
  { login = { uuid: user }, score = 1, registered_at = received_at }: Partial<Answer> = {},
) => JSON.stringify({ user_id: user, login, country, score, registered_at, received_at });

/** Of the span: six good records, two duplicates, a bad one, a late one and one that no item can be of; and one of after it. */
const ANSWERS = [
  answer('ada', '2026-11-01T08:00:00Z'),
  answer('ada', '2026-11-01T08:05:00Z', 'DE'),
  answer('ada', '2026-11-01T08:20:00.5Z', 'FR'),
  answer('bob', '2026-11-01T23:59:59.999Z'),
  answer('bob', '2026-11-02T00:04:00Z', 'BE'),
  answer('cleo', '2026-11-02T10:00:00Z'),
  answer('cleo', '2026-11-02T10:00:01Z', 'NL', { login: {} }),
  answer('dirk', '2026-11-02T10:00:02Z'),
  answer('dirk', '2026-11-02T11:00:02Z', 'DK'),
  answer('emil', '2026-11-02T11:30:00Z', 'NL', { score: 1e200 }),
  answer('gus', '2026-11-02T12:00:00Z', 'NL', { registered_at: '2026-11-02T09:00:00Z' }),
  answer('later', '2026-11-05T10:00:00Z'),
];

async function tables() {
  const select = (table: string, database: 'aurora' | 'redshift' = 'aurora') =>
    cloud.query(database, `SELECT user_id, country, received_at, received_on FROM ${table} ORDER BY 1, 3`);
  const items = await cloud.items('kept-users');
  return {
    seen: await select('kept.seen'),
    users: await select('kept.users'),
    warehouse: await select('kept.seen', 'redshift'),
    warehouseUsers: await select('kept.users', 'redshift'),
    lake: (await cloud.lake('kept_users', 'seen'))
      .map(({ user_id, country, received_at, received_on }) => ({ user_id, country, received_at, received_on }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    live: items
      .map(({ user_id, country, received_at }) => [user_id?.S, country?.S, received_at?.S])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
  };
}

let before: Awaited<ReturnType<typeof tables>>;

test('records go through the stream into the tables', async () => {
  await cloud.drop('kept-feed', 'kept-feed/1.ndjson', ANSWERS.join('\n'));

  await until(async () => {
    const none = { seen: [], users: [], warehouse: [], warehouseUsers: [], lake: [], live: [] };
    before = await tables().catch(() => none);
    const counts = Object.values(before).map(({ length }) => length);
    return String(counts) === '7,5,7,5,7,5' || undefined;
  });

  expect(before.seen.map(({ user_id, received_at }) => [user_id, received_at])).toEqual([
    ['ada', '2026-11-01 08:00:00'],
    ['ada', '2026-11-01 08:20:00.5'],
    ['bob', '2026-11-01 23:59:59.999'],
    ['cleo', '2026-11-02 10:00:00'],
    ['dirk', '2026-11-02 10:00:02'],
    ['dirk', '2026-11-02 11:00:02'],
    ['later', '2026-11-05 10:00:00'],
  ]);
});

test('a rebuild says what it would do, and does nothing before it is allowed to', async () => {
  const dry = await rebuild('--from', '2026-11-01T06:00Z', '--to', '2026-11-02T07:00Z', '--dry-run', '--json');
  const asked = await rebuild(...SPAN);
  const tooLate = await rebuild('--from', '2026-11-01', '--to', '2999-01-01');
  const none = await rebuild('--from', '2026-10-01', '--to', '2026-10-02');
  const undeclared = await say('rebuild', 'kept-feed', ...SPAN);

  expect(JSON.parse(dry.stdout)).toMatchObject({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-03T00:00:00.000Z',
    kept: 'kept.raw_users',
    records: 11,
    tables: expect.arrayContaining([
      { sink: 'lake:seen', what: 'the partitions of these days are swapped' },
      { sink: 'postgres:kept.seen', what: 'the rows of this span are replaced' },
      { sink: 'postgres:kept.users', what: 'rows are written again, newer ones stay' },
      { sink: 'redshift:kept.seen', what: 'the rows of this span are replaced' },
      { sink: 'redshift:kept.users', what: 'rows are written again, newer ones stay' },
      { sink: 'dynamoTable:kept-users', what: 'rows are written again, newer ones stay' },
    ]),
  });
  expect([asked, tooLate, none, undeclared].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
  expect(asked.stderr).toContain('There is nobody to ask: say so with --yes.');
  expect(tooLate.stderr).toContain('which is still to come');
  expect(none.stderr).toContain('kept.raw_users, where the records of kept-users are kept, has none');
  expect(undeclared.stderr).toContain('does not say where all its records are kept');
});

test('a batch that was given up is taken first: behind the rebuild its records would be there twice', async () => {
  const { stream } = pipelineNamed(await deployed({ client: cloud.client }), 'kept-users');
  const batch = await batchOn('kept-users');
  const sqs = new SQSClient(cloud.client);
  const MessageBody = JSON.stringify({
    requestContext: { condition: 'RetryAttemptsExhausted' },
    KinesisBatchInfo: batch,
  });
  await sqs.send(new SendMessageCommand({ QueueUrl: stream!.givenUpQueueUrl, MessageBody }));
  sqs.destroy();

  const refused = await rebuild(...SPAN, '--yes');
  const byHand = await cloud.start('kept-users', { rebuild: { from: SPAN[1], to: SPAN[3] } });
  const taken = await say('redrive', 'kept-users', '--given-up');

  const remedy = 'npx stepwell redrive kept-users --given-up';
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(remedy) });
  expect(byHand).toMatchObject({ status: 'FAILED', error: 'SourceRefused', message: expect.stringContaining(remedy) });
  expect(taken).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('taken') });
  expect(await tables()).toEqual(before);
});

/** What the records of a shard are, as Lambda tells of them. */
async function batchOn(StreamName: string) {
  const kinesis = new KinesisClient({ ...cloud.client, requestHandler: new NodeHttpHandler() });
  try {
    const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
    for (const { ShardId } of Shards) {
      const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
      const { Records: [first, ...others] = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      if (first === undefined) continue;
      const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
      return {
        shardId: ShardId,
        startSequenceNumber: first.SequenceNumber,
        endSequenceNumber: (others.at(-1) ?? first).SequenceNumber,
        approximateArrivalOfFirstRecord: first.ApproximateArrivalTimestamp,
        batchSize: others.length + 1,
        streamArn: summary.StreamDescriptionSummary!.StreamARN,
      };
    }
    throw new Error(`There are no records on ${StreamName}.`);
  } finally {
    kinesis.destroy();
  }
}

test('tables that were damaged and emptied are as they were, but for what lies outside of the span', async () => {
  await cloud.query('aurora', "DELETE FROM kept.seen WHERE user_id IN ('ada', 'cleo')");
  await cloud.query('aurora', "UPDATE kept.seen SET country = 'XX'");
  await cloud.query(
    'aurora',
    "INSERT INTO kept.seen SELECT 'nobody', country, received_at, received_on, _load_id, _loaded_at, _arrival FROM kept.seen WHERE user_id = 'bob'",
  );
  await cloud.query('aurora', "DELETE FROM kept.users WHERE user_id <> 'later'");
  await cloud.query('redshift', "DELETE FROM kept.seen WHERE user_id = 'ada'");
  await cloud.query('redshift', "UPDATE kept.seen SET country = 'XX' WHERE user_id <> 'later'");
  await cloud.query('redshift', "DELETE FROM kept.users WHERE user_id = 'bob'");

  const { exitCode, stdout } = await rebuild(...SPAN, '--yes');
  const after = await tables();

  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('kept-users from 2026-11-01T00:00:00.000Z')]);
  const outside = (rows: typeof after.seen) => rows.filter(({ user_id }) => user_id === 'later');
  expect(outside(after.seen)).toEqual([{ ...outside(before.seen)[0], country: 'XX' }]);
  await cloud.query('aurora', "UPDATE kept.seen SET country = 'NL' WHERE user_id = 'later'");
  expect(await tables()).toEqual(before);
});

test('a rebuild that fails goes on where it failed', async () => {
  const database = (sql: string) => cloud.query('aurora', sql);
  await database("DELETE FROM kept.users WHERE user_id = 'ada'");
  await database(
    "CREATE FUNCTION kept.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END'",
  );
  await database('CREATE TRIGGER refuse BEFORE INSERT ON kept.seen EXECUTE FUNCTION kept.refuse()');

  const { exitCode, stdout } = await rebuild(...SPAN, '--yes', '--json');
  await database('DROP TRIGGER refuse ON kept.seen');
  const [failed] = JSON.parse(stdout) as [{ runId: string; error: { cause: string } }];
  const redriven = await say('redrive', 'kept-users', failed.runId);

  expect([exitCode, failed.error.cause]).toEqual([1, expect.stringContaining('not now')]);
  expect([redriven.exitCode, redriven.stdout]).toEqual([0, expect.stringContaining('postgres:kept.seen: 6 rows')]);
  expect(await tables()).toEqual(before);
});

test('what was staged before a rebuild is not appended once more', async () => {
  const runs = JSON.parse((await say('runs', 'kept-users', '--json')).stdout) as { runId: string; gathered?: object }[];

  const { exitCode, stdout } = await say('rerun', runs.find(({ gathered }) => gathered)!.runId);

  expect([exitCode, stdout]).toEqual([1, expect.stringContaining('npx stepwell rebuild kept-users --from')]);
  expect(await tables()).toEqual(before);
});

test('done twice, and while new records come, it changes nothing', async () => {
  const fed = cloud.drop('kept-feed', 'kept-feed/2.ndjson', answer('eve', '2026-11-05T11:00:00Z'));
  const { exitCode } = await rebuild(...SPAN, '--yes');
  await fed;
  await until(async () => (await tables()).seen.length === 8 || undefined);

  const after = await tables();

  expect(exitCode).toBe(0);
  const known = (rows: readonly unknown[]) => rows.filter((row) => !JSON.stringify(row).includes('"eve"'));
  expect(Object.fromEntries(Object.entries(after).map(([name, rows]) => [name, known(rows)]))).toEqual(before);
  expect(after.lake.length).toBe(8);
});

test('aggregates are counted anew in the windows in which records came on the stream', async () => {
  const received = new Date(Date.now() - 1_000).toISOString();
  const fed = await cloud.drop('kept-feed', 'kept-feed/3.ndjson', answer('fay', received, 'IS'));
  expect(fed.status).toBe('SUCCEEDED');
  const table = 'people_by_country';
  const items = async () =>
    (await cloud.items(table))
      .map(({ group, window, country, people, latest }) => [group?.S, window?.S, country?.S, people?.N, latest?.S])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1));
  const before = await until(async () => {
    const seen = await items();
    return seen.some(([group]) => group === 'IS') && seen.reduce((sum, [, , , people]) => sum + Number(people), 0) >= 12
      ? seen
      : undefined;
  });
  const client = new DynamoDBClient(cloud.client);
  const [one, ...others] = await cloud.items(table);
  const { group, window } = one!;
  await client.send(new DeleteItemCommand({ TableName: table, Key: { group: group!, window: window! } }));
  await client.send(new PutItemCommand({ TableName: table, Item: { ...others[0], people: { N: '77' } } }));
  await client.send(new PutItemCommand({ TableName: table, Item: { ...one, group: { S: 'XX' } } }));
  client.destroy();
  expect(await items()).not.toEqual(before);

  const span = ['--from', new Date(Date.parse(received) - 3_600_000).toISOString()];
  const dry = await say('rebuild', 'kept-counts', ...span, '--dry-run', '--json');
  const { exitCode } = await say('rebuild', 'kept-counts', ...span, '--yes');

  expect(JSON.parse(dry.stdout).tables).toContainEqual({
    sink: `aggregate:${table}`,
    what: 'windows that begin in this span are counted anew',
  });
  expect(exitCode).toBe(0);
  expect(await items()).toEqual(before);
  const plan = await planOf(
    { client: cloud.client },
    pipelineNamed(await deployed({ client: cloud.client }), 'kept-counts'),
  );
  expect(tablesIn([plan]).map(({ id }) => id)).toEqual(['aurora:kept.people', `dynamodb:${table}`]);
});

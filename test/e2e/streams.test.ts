/**
 * Records of a stream while things go wrong: duplicates, others out of order, poison, one of a megabyte; the function is killed in the middle of
 * its work, a shard is split, nothing is consumed for a while. In the end each sink has what it would have had, had all gone well.
 */
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { BatchItem } from '../../lambdas/shared/stream/batch-items';
import { unpackSequences } from '../../lambdas/shared/stream/sequence-set';
import { pricesOf } from '../../lib/cost/prices';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { reckon } from '../../lib/operate/cost/reckon';
import { takeAgain } from '../../lib/operate/given-up';
import { streamState } from '../../lib/operate/stream';
import { mappingOf } from '../../lib/operate/stream-mapping';
import type { RejectedRow } from '../../lib/tasks/common';
import { createKiller, type Killer, refusePuts } from './killer';
import { movedClock } from './moved-clock';
import { randomOf, whole } from './order-files';
import { pause, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';
import { type Expected, people, recordsOf, type Sent, visits } from './streams/people';

/** `npm run test:faults` has 100,000, and other ones each time. */
const RECORDS = Number(process.env.RECORDS ?? 1_000);
const SEED = Number(process.env.SEED ?? (process.env.RECORDS ? Math.floor(Math.random() * 1e6) : 7));
const KILLS = Math.max(4, Math.round(RECORDS / 2_500));
const random = randomOf(SEED);

// Nothing here is measured: a busy machine may take its time.
jest.setTimeout(1_800_000 + 36 * RECORDS);

const clock = movedClock();
let cloud: PipelinesCloud;
let killer: Killer;
let kinesis: KinesisClient;
let lambda: LambdaClient;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  cloud = await startPipelines([people, visits], join(__dirname, 'streams'), undefined, undefined, clock);
  killer = createKiller(cloud.cloud);
  kinesis = new KinesisClient({ ...cloud.client, requestHandler: new NodeHttpHandler() });
  lambda = new LambdaClient(cloud.client);
  cloudWatch = new CloudWatchClient(cloud.client);
});
afterAll(async () => {
  for (const client of [kinesis, lambda, cloudWatch]) client?.destroy();
  await cloud?.stop();
});

const output = (name: string) =>
  Object.values(cloud.cloud.outputs).find((outputs) => outputs[name] !== undefined)![name]!;

/** What is refused is put again, as a producer does. */
async function put(records: readonly Sent[], StreamName = 'people'): Promise<void> {
  for (let rest = [...records]; rest.length > 0; ) {
    const some = rest.slice(0, 500);
    const { Records = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: some.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
      }),
    );
    // From the first one that was refused: what comes later of a user must not go before it.
    const first = Records.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
    put.accepted += Records.filter(({ ErrorCode }) => ErrorCode === undefined).length;
    const again =
      first < 0 ? [] : some.slice(first).filter((_, index) => Records[first + index]!.ErrorCode !== undefined);
    rest = [...again, ...rest.slice(some.length)];
    if (again.length > 0) await pause(200);
  }
}
put.accepted = 0;

/** Records of which it is decided what becomes of them. Not by a scan: most of the ledger is an item for each record. */
async function decided(): Promise<number> {
  const client = new DynamoDBClient(cloud.client);
  const batches = new Map<string, number>();
  const look = async (pk: string, visit: (item: Record<string, unknown>) => void) => {
    const ofKey = {
      TableName: output('LedgerTableName'),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ConsistentRead: true,
    };
    for await (const { Items = [] } of paginateQuery({ client }, ofKey))
      for (const item of Items) visit(unmarshall(item));
  };
  const note = ({ shard, revision, decided: packed }: BatchItem) =>
    batches.set(`${shard} ${revision}`, unpackSequences(packed).length);
  const shards = new Set<string>();
  await look('stream#people', ({ sk, latest }) => {
    if (!String(sk).startsWith('shard#')) return;
    shards.add(String(sk).slice('shard#'.length));
    note(latest as BatchItem);
  });
  for (const shard of shards) await look(`stream#people#${shard}`, (item) => note(item as unknown as BatchItem));
  client.destroy();
  return [...batches.values()].reduce((sum, one) => sum + one, 0);
}

async function splitShard(): Promise<void> {
  const StreamName = 'people';
  const { StreamDescriptionSummary: stream } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
  await kinesis.send(
    new UpdateStreamModeCommand({ StreamARN: stream!.StreamARN, StreamModeDetails: { StreamMode: 'PROVISIONED' } }),
  );
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const { ShardId, HashKeyRange: range } = Shards[0]!;
  const middle = (BigInt(range!.StartingHashKey!) + BigInt(range!.EndingHashKey!)) / 2n;
  const split = { StreamName, ShardToSplit: ShardId, NewStartingHashKey: String(middle) };
  await until(() =>
    kinesis.send(new SplitShardCommand(split)).then(
      () => true,
      (error: Error) => {
        if (error.name !== 'ResourceInUseException') throw error;
        return undefined;
      },
    ),
  );
}

async function consuming(Enabled: boolean): Promise<void> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  for (const { UUID, EventSourceArn } of EventSourceMappings) {
    if (EventSourceArn?.includes(':kinesis:'))
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  }
}

let isPut = false;

/** Kills the function again and again, each time at another call. */
async function killAgainAndAgain(): Promise<number> {
  const name = cloud.functionOf('people', 'Consume')!;
  let kills = 0;
  while (kills < KILLS) {
    killer.reset();
    killer.aim(name, { nth: whole(random, 1, 60), lost: random() < 0.5 });
    const end = await until(async () => killer.hit(name) ?? ((await isDone()) ? 'done' : undefined));
    if (killer.hit(name) !== undefined) kills++;
    if (end === 'done') break;
  }
  return kills;
}
/** Looking through the ledger takes the cloud's time: not more than once in a while. */
const isDone = async () => {
  if (!isPut) return false;
  await pause(500);
  return (await decided()) === put.accepted;
};

async function quarantined(): Promise<RejectedRow[]> {
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const rows: RejectedRow[] = [];
  const Bucket = output('WorkBucketName');
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket, Prefix: 'quarantine/people/' },
  )) {
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const lines = (await Body!.transformToString()).trimEnd().split('\n');
      rows.push(...lines.map((line) => JSON.parse(line)));
    }
  }
  s3.destroy();
  return rows;
}

async function sinksOf() {
  const users = await cloud.query('aurora', 'SELECT user_id, country, points FROM app.people ORDER BY user_id');
  return { users, live: await itemsOf('people'), events: await cloud.lake('people', 'people_events') };
}

const byKey = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join(' ')).toSorted();

function expectedRows({ events, users }: Expected) {
  return {
    events: byKey([...events].map(([event, { user, points, note }]) => [event, user, points, note])),
    users: byKey([...users].map(([user, { country, points }]) => [user, country, points])),
  };
}

test(`${RECORDS} records are in each sink once, whatever goes wrong, and bad ones in quarantine (seed ${SEED})`, async () => {
  const { sent, expected } = recordsOf(RECORDS, random);
  const third = Math.ceil(sent.length / 3);
  const killing = killAgainAndAgain();
  await put(sent.slice(0, third));
  await splitShard();
  await put(sent.slice(third, 2 * third));
  await consuming(false);
  await put(sent.slice(2 * third));
  isPut = true;
  await consuming(true);
  expect(put.accepted).toBe(sent.length);

  await until(async () => (await isDone()) || undefined);
  const kills = await killing;
  expect(kills).toBeGreaterThan(0);
  const runsHaveLoaded = async () => (await cloud.lake('people', 'people_events')).length >= expected.events.size;
  await until(async () => {
    // All of the table is read.
    await pause(1_000 + RECORDS / 10);
    return (await runsHaveLoaded()) || undefined;
  });
  const runs = await cloud.runsOf('people', 1);
  expect(runs.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);

  const { users, live, events } = await sinksOf();
  const rows = expectedRows(expected);
  expect(byKey(events.map(({ event, user_id, points, note_length }) => [event, user_id, points, note_length]))).toEqual(
    rows.events,
  );
  expect(byKey(users.map(({ user_id, country, points }) => [user_id, country, points]))).toEqual(rows.users);
  expect(byKey(live.map(({ user_id, country, points }) => [user_id, country, points]))).toEqual(rows.users);

  const bad = await quarantined();
  expect(bad.map(({ raw }) => raw).toSorted()).toEqual(expected.bad.toSorted());
  expect(
    bad.filter(({ shard, sequence }) => !/^shardId-\d{12}$/.test(shard ?? '') || !/^\d+$/.test(sequence ?? '')),
  ).toEqual([]);
});

async function itemsOf(TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const client = new DynamoDBClient(cloud.client);
  for await (const page of paginateScan({ client }, { TableName }))
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
  client.destroy();
  return items;
}

test('aggregates have each good record once, in the window in which it came, though the function is killed', async () => {
  const { sent, expected } = recordsOf(200, random);
  const name = cloud.functionOf('visits', 'Consume')!;
  killer.reset();
  killer.aim(name, { nth: 12, lost: true });
  const began = Date.now();
  await put(sent.slice(0, 120), 'visits');
  await until(async () => killer.hit(name));
  killer.reset();
  await put(sent.slice(120), 'visits');
  const counted = async () => {
    const items = await itemsOf('visits_by_country');
    return items.reduce((sum, { visits: of }) => sum + Number(of), 0) >= expected.events.size ? items : undefined;
  };
  const items = await until(async () => {
    await pause(300);
    return counted();
  });

  const byCountry = (rows: readonly { country: unknown; visits: number; scored: number }[]) => {
    const sums: Record<string, [number, number]> = {};
    for (const { country, visits: of, scored } of rows) {
      const [before, points] = sums[String(country ?? null)] ?? [0, 0];
      sums[String(country ?? null)] = [before + of, points + scored];
    }
    return sums;
  };
  const ofEvents = [...expected.events.values()].map(({ country, points }) => ({ country, visits: 1, scored: points }));
  expect(byCountry(items as never)).toEqual(byCountry(ofEvents));
  for (const { window } of items) {
    const [start, shard] = String(window).split('#');
    expect(shard).toMatch(/^shardId-\d{12}$/);
    expect(Date.parse(start!) % 2_000).toBe(0);
    expect(Date.parse(start!)).toBeGreaterThan(began - 2_000);
  }
});

test('a consumer that is off, then fails, for more than an hour: an alarm tells, and each record is counted once when it came', async () => {
  const began = clock.now();
  const MINUTE = 60_000;
  const name = cloud.functionOf('visits', 'Consume')!;
  const change = async (table: string) => {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    const Variables = { ...Environment!.Variables, LEDGER_TABLE: table };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables } }));
    return Environment!.Variables!.LEDGER_TABLE!;
  };
  /** Each begins in a time in which others have come; one has been registered for too long when the producer gets it. */
  const some = (portion: number): Sent[] =>
    Array.from({ length: 20 }, (_, index) => {
      const received = clock.now() - index * 4 * MINUTE;
      const registered = received - (index === 7 ? 61 : 59) * MINUTE;
      const id = `down-${portion}-${index}`;
      const body = {
        event: id,
        login: { uuid: id },
        location: { country: index % 3 === 0 ? 'is' : 'ie' },
        points: 20 + index,
        received_at: new Date(received).toISOString(),
        registered: { date: new Date(registered).toISOString() },
      };
      return { partitionKey: id, data: Buffer.from(JSON.stringify(body)) };
    });

  await consuming(false);
  await put(some(1), 'visits');
  clock.moveTo(began + 30 * MINUTE);
  const table = await change('no-such-table');
  await consuming(true);
  await put(some(2), 'visits');
  await until(async () => (await errorsOf(name)) > 0 || undefined);
  clock.moveTo(began + 61 * MINUTE);
  await put(some(3), 'visits');
  await until(async () => {
    await pause(100);
    return (await alarmState('stepwell-visits-stream-late')) === 'ALARM' || undefined;
  });
  await change(table);

  const expected = await onStream('visits', began);
  const windows = new Set([...expected.keys()].map((key) => key.split(' ')[0]!));
  expect(Date.parse([...windows].toSorted().at(-1)!) - Date.parse([...windows].toSorted()[0]!)).toBeGreaterThanOrEqual(
    60 * MINUTE,
  );
  const counted = async () => {
    const found = new Map<string, readonly [number, number]>();
    for (const { window, country, visits: of, scored } of await itemsOf('visits_by_country')) {
      const [start, shard] = String(window).split('#');
      const key = `${start} ${shard} ${country}`;
      if (!expected.has(key)) continue;
      const [before, points] = found.get(key) ?? [0, 0];
      found.set(key, [before + Number(of), points + Number(scored)]);
    }
    return found;
  };
  const all = await until(async () => {
    await pause(200);
    const found = await counted();
    return found.size === expected.size ? found : undefined;
  });
  expect(all).toEqual(expected);
  const users = (await itemsOf('visitors')).flatMap(({ user_id }) =>
    String(user_id).startsWith('down-') ? [String(user_id)] : [],
  );
  expect(users).toHaveLength(3 * 19);
  expect(users.filter((user) => user.endsWith('-7'))).toEqual([]);
});

const errorsOf = async (FunctionName: string): Promise<number> => {
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
      StartTime: new Date(clock.now() - 60_000),
      EndTime: new Date(clock.now() + 60_000),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
};

async function alarmState(name: string): Promise<string | undefined> {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  return MetricAlarms[0]?.StateValue;
}

/** What the stream itself has since then: by window of two seconds, shard and country, how many good records, and their points. */
async function onStream(StreamName: string, since: number): Promise<Map<string, readonly [number, number]>> {
  const found = new Map<string, readonly [number, number]>();
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  for (const { ShardId } of Shards) {
    const from = { StreamName, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(since) } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    for (const { Data, ApproximateArrivalTimestamp } of Records) {
      const { location, points, received_at, registered } = JSON.parse(Buffer.from(Data!).toString());
      if (Date.parse(received_at) - Date.parse(registered.date) > 3_600_000) continue;
      const start = Math.floor(ApproximateArrivalTimestamp!.getTime() / 2_000) * 2_000;
      const key = `${new Date(start).toISOString().replace('.000Z', 'Z')} ${ShardId} ${location.country.toUpperCase()}`;
      const [visitsOf, scored] = found.get(key) ?? [0, 0];
      found.set(key, [visitsOf + 1, scored + points]);
    }
  }
  return found;
}

const visitOf = (id: string, country: string): Sent => ({
  partitionKey: id,
  data: Buffer.from(
    JSON.stringify({
      event: id,
      login: { uuid: id },
      location: { country },
      points: 20,
      note: 'hello',
      received_at: '2026-11-01T10:00:00Z',
      registered: { date: '2026-11-01T10:00:00Z' },
    }),
  ),
});
const someOf = (count: number, country: string): Sent[] =>
  Array.from({ length: count }, (_, index) => visitOf(`${country}-${index}`, country));

async function visitsOf(wanted: string): Promise<number> {
  const items = await itemsOf('visits_by_country');
  return items.reduce((sum, { country, visits: of }) => sum + (country === wanted ? Number(of) : 0), 0);
}

/** A mapping takes a change only when it has made the one before. */
const changed = <T>(change: () => Promise<T>): Promise<T> =>
  until(() =>
    change().catch((error: Error) => {
      if (!['ResourceInUseException', 'ResourceConflictException'].includes(error.name)) throw error;
      return undefined;
    }),
  );

test('counts of a window whose end was given up are in their table once somebody looks, though nothing comes any more', async () => {
  const { mappingId } = (await deployed({ client: cloud.client })).pipelines.find(({ name }) => name === 'visits')!
    .stream!;
  await changed(() =>
    lambda.send(
      new UpdateEventSourceMappingCommand({
        UUID: mappingId,
        MaximumRetryAttempts: 0,
        BisectBatchOnFunctionError: false,
      }),
    ),
  );
  const name = cloud.functionOf('visits', 'Consume')!;
  const before = await errorsOf(name);
  const refusal = refusePuts(cloud.cloud, 'visits_by_country');
  await put(someOf(10, 'lu'), 'visits');
  await until(async () => {
    await pause(100);
    return (await errorsOf(name)) > before || undefined;
  });
  refusal.ends();
  expect(await visitsOf('LU')).toBe(0);
  clock.moveTo(clock.now() + 30 * 60_000);
  await until(async () => {
    await pause(200);
    return (await visitsOf('LU')) >= 10 || undefined;
  });
  expect(await visitsOf('LU')).toBe(10);
});

test('what was given up is taken again, once, and counted in its windows, also when a mapping that was made anew has taken it', async () => {
  const stream = (await deployed({ client: cloud.client })).pipelines.find(({ name }) => name === 'visits')!.stream!;
  const connection = { client: cloud.client, target: { kind: 'local', endpoint: '', stateDir: '' } } as const;
  const sent = someOf(40, 'fr');
  const refusal = refusePuts(cloud.cloud, output('LedgerTableName'));
  await put(sent, 'visits');
  const { givenUp } = await until(async () => {
    await pause(200);
    const state = await streamState(
      connection,
      await deployed(connection),
      pipelineNamed(await deployed(connection), 'visits') as never,
    );
    return state.givenUp > 0 ? state : undefined;
  });
  expect(givenUp).toBeGreaterThan(0);
  refusal.ends();
  const queue = new SQSClient(cloud.client);
  const QueueUrl = stream.givenUpQueueUrl;
  const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  const send = () => queue.send(new SendMessageCommand({ QueueUrl, MessageBody: Messages[0]!.Body! }));

  const again = await takeAgain(connection, stream, { dropExpired: false });
  expect(again.map(({ outcome }) => outcome)).toEqual(again.map(() => 'taken'));
  // A queue may deliver a message twice.
  await send();
  const [repeated] = await takeAgain(connection, stream, { dropExpired: false });
  expect(repeated).toMatchObject({ outcome: 'taken', why: 'RetryAttemptsExhausted' });
  expect(await takeAgain(connection, stream, { dropExpired: false })).toEqual([]);
  await until(async () => {
    await pause(200);
    return (await visitsOf('FR')) >= sent.length || undefined;
  });
  const all = await visitsTaken();
  expect(await visitsOf('FR')).toBe(sent.length);

  // As a deployment replaces it: it takes the stream from its beginning, in other batches and windows, while a note waits.
  await send();
  const { EventSourceArn, FunctionArn } = await mappingOf(cloud.client, stream);
  await changed(() => lambda.send(new DeleteEventSourceMappingCommand({ UUID: stream.mappingId })));
  await gone(stream.mappingId);
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn,
      FunctionName: FunctionArn,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 30,
      TumblingWindowInSeconds: 4,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  await put(someOf(10, 'be'), 'visits');
  await until(async () => {
    await pause(200);
    return (await visitsOf('BE')) >= 10 || undefined;
  });
  const [repeatedAgain] = await takeAgain(connection, { ...stream, mappingId: UUID! }, { dropExpired: false });
  expect(repeatedAgain).toMatchObject({ outcome: 'taken' });
  expect(await visitsTaken()).toBe(all + 10);
  expect(await visitsOf('FR')).toBe(sent.length);
  const visitors = await itemsOf('visitors');
  expect(
    visitors
      .filter(({ country }) => country === 'FR')
      .map(({ user_id }) => user_id)
      .toSorted(),
  ).toEqual(sent.map(({ partitionKey }) => partitionKey).toSorted());
});

const visitsTaken = async () =>
  (await itemsOf('visits_by_country')).reduce((sum, { visits: of }) => sum + Number(of), 0);

const gone = (UUID: string): Promise<true> =>
  until(() =>
    lambda.send(new GetEventSourceMappingCommand({ UUID })).then(
      () => undefined,
      (error: Error) => {
        if (error.name !== 'ResourceNotFoundException') throw error;
        return true as const;
      },
    ),
  );

test('what was put on a stream is in the cost of its pipeline', async () => {
  const stacks = await deployed({ client: cloud.client });
  const connection = { client: cloud.client, target: { kind: 'local', endpoint: '', stateDir: '' } } as const;
  const { lines } = await reckon({
    connection,
    stacks,
    pipeline: pipelineNamed(stacks, 'visits'),
    prices: pricesOf('us-east-1'),
    foundation: {},
    from: new Date(clock.now() - 3 * 3_600_000),
    to: new Date(clock.now()),
  });
  const amountOf = (wanted: string) => lines.find(({ what }) => what === wanted)?.amount ?? 0;
  // 240 records of a KB at most, but one of a megabyte; some have come again.
  expect(amountOf('records put')).toBeGreaterThanOrEqual(240 + 1_000);
  expect(amountOf('records read')).toBeGreaterThan(1_000);
  expect(amountOf('records kept')).toBe(amountOf('records put') * 6 * 24);
});

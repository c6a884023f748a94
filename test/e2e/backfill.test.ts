/** Backfills by the commands that a person has, to the end: what is in the tables is what the source has, whatever happened on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  apiKey,
  append,
  cron,
  csv,
  definePipeline,
  double,
  httpApi,
  integer,
  key,
  landedFiles,
  merge,
  postgres,
  replace,
  s3Arrival,
  seconds,
  sql,
  timestamp,
} from '../../lib/pipeline';
import { json, stepwell } from '../cli/stepwell';
import { mails } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const ORIGIN = 'https://readings.example.com';

const readings = definePipeline({
  name: 'readings',
  trigger: cron('0 1 * * *', { catchUp: 'none' }),
  retry: { attempts: 1, interval: seconds(1) },
  sources: {
    meter: httpApi({
      url: `${ORIGIN}/readings`,
      query: { from: '{cursor.from}', to: '{cursor.to}' },
      auth: apiKey('meter', { query: 'key' }),
      cursor: { column: 'taken_at', initialValue: '2026-02-09T01:00:00Z' },
      columns: { id: key.bigint(), taken_at: timestamp().notNull(), reading: double().notNull() },
    }),
  },
  models: { measured: sql.text('SELECT id, taken_at, reading FROM meter') },
  sinks: [
    postgres({ model: 'measured', table: 'meter.merged', write: merge(['id']) }),
    postgres({ model: 'measured', table: 'meter.days', write: replace({ interval: 'taken_at' }) }),
  ],
});

/** One run at a time, and none left out. */
const metered = definePipeline({
  name: 'metered',
  trigger: cron('0 1 * * *', { catchUp: 'all' }),
  overlap: 'queue',
  retry: { attempts: 1, interval: seconds(1) },
  sources: {
    meter: httpApi({
      url: `${ORIGIN}/readings`,
      query: { from: '{interval.start}', to: '{interval.end}' },
      auth: apiKey('meter', { query: 'key' }),
      columns: { id: key.bigint(), taken_at: timestamp().notNull(), reading: double().notNull() },
    }),
  },
  models: { measured: sql.text('SELECT id, taken_at, reading FROM meter') },
  sinks: [postgres({ model: 'measured', table: 'metered.merged', write: merge(['id']) })],
});

/** Its files are there before it is. */
const parcels = definePipeline({
  name: 'parcels',
  trigger: s3Arrival('parcels/**/*.csv'),
  sources: {
    list: landedFiles({
      glob: 'parcels/**/*.csv',
      format: csv(),
      columns: { id: key.bigint(), grams: integer().notNull() },
    }),
  },
  models: { weighed: sql.text('SELECT id, grams FROM list') },
  sinks: [
    postgres({ model: 'weighed', table: 'parcels.latest', write: merge(['id']) }),
    postgres({ model: 'weighed', table: 'parcels.all_lines', write: append() }),
  ],
  alerts: { email: ['parcels@example.com'] },
  budget: { monthly: 0.1 },
});
const FILES = 120;
const fileKey = (file: number) => `parcels/2026-0${1 + (file % 4)}/${String(file).padStart(3, '0')}.csv`;

const HOUR_MS = 3_600_000;
/** A reading every six hours, by the hours since 1970. */
function readingsOf(from: string, to: string): { id: number; taken_at: string; reading: number }[] {
  const rows: { id: number; taken_at: string; reading: number }[] = [];
  for (let hour = Math.ceil(Date.parse(from) / HOUR_MS); hour * HOUR_MS < Date.parse(to); hour++)
    if (hour % 6 === 0) rows.push({ id: hour, taken_at: new Date(hour * HOUR_MS).toISOString(), reading: hour / 4 });
  return rows;
}

let folder: string;
let server: Server;
let cloud: PipelinesCloud;
/** beginnings of intervals for which the API refuses */
const broken = new Set<string>();
/** of each request, in their order */
const asked: string[] = [];
/** requests wait while there is one */
let gate: Promise<void> | undefined;
let waiting = 0;
let mostWaiting = 0;

beforeAll(async () => {
  process.env.NO_COLOR = '1';
  process.env.CI = 'true';
  folder = mkdtempSync(join(tmpdir(), 'stepwell-backfill-'));
  server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const [from = '', to = ''] = [url.searchParams.get('from')!, url.searchParams.get('to')!];
    asked.push(from);
    mostWaiting = Math.max(mostWaiting, ++waiting);
    await gate;
    waiting--;
    const status = broken.has(from) ? 404 : 200;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? readingsOf(from, to) : { error: 'lost' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.env.STEPWELL_ORIGINS = JSON.stringify({ [ORIGIN]: `http://127.0.0.1:${port}` });
  cloud = await startPipelines([readings, metered], folder, folder);
  await cloud.putSecret('meter', { apiKey: 'k' });
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  await cloud?.stop();
  server?.close();
  server?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const target = () => ['--state-dir', cloud.cloud.context.stateDir];
const say = (...args: string[]) => stepwell(...args, ...target());
// biome-ignore lint/suspicious/noExplicitAny: documents of the CLI
const ask = (...args: string[]): Promise<any> => json(...args, ...target());

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function ledgerItem(pk: string, sk: string): Promise<Record<string, unknown> | undefined> {
  const client = new DynamoDBClient(cloud.client);
  const TableName = Object.values(cloud.cloud.outputs).find((one) => one.LedgerTableName)!.LedgerTableName!;
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
  );
  client.destroy();
  return Item && unmarshall(Item);
}

async function changeItem(pk: string, sk: string, changes: object): Promise<void> {
  const client = new DynamoDBClient(cloud.client);
  const TableName = Object.values(cloud.cloud.outputs).find((one) => one.LedgerTableName)!.LedgerTableName!;
  const Item = marshall({ ...(await ledgerItem(pk, sk)), ...changes });
  await client.send(new PutItemCommand({ TableName, Item }));
  client.destroy();
}

/** Both tables hold the readings of these spans, each once, and nothing else. */
async function expectReadings(...spans: (readonly [from: string, to: string])[]): Promise<void> {
  const expected = spans.flatMap(([from, to]) => readingsOf(from, to));
  for (const table of ['merged', 'days']) {
    const rows = await cloud.query('aurora', `SELECT id, reading FROM meter.${table} ORDER BY id`);
    expect(rows).toEqual(expected.map(({ id, reading }) => ({ id: String(id), reading: String(reading) })));
  }
}

const FORWARD = ['2026-02-09T01:00:00Z', '2026-02-10T01:00:00Z'] as const;
const WEEK = ['--from', '2026-01-01', '--to', '2026-01-08'];
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}T01:00:00Z`;

test('a week with an interval that fails: the others are loaded, and that one alone is run again', async () => {
  await cloud.start('readings', { schedule: { time: '2026-02-10T01:00:00Z' } });
  const initialLoad = await ledgerItem('pipeline#readings', 'initial-load');
  broken.add('2026-01-03T01:00:00.000Z');

  const plan = await ask('backfill', 'readings', ...WEEK, '--dry-run');
  const first = await say('backfill', 'readings', ...WEEK, '--json');

  expect(plan).toMatchObject({ pipeline: 'readings', runs: 7, from: '2026-01-01T00:00:00.000Z' });
  expect(plan.loads[0]).toEqual({
    interval: { start: '2026-01-01T01:00:00.000Z', end: '2026-01-02T01:00:00.000Z' },
    state: 'missing',
    runId: null,
    runs: true,
  });
  const ended = JSON.parse(first.stdout);
  expect(first.exitCode).toBe(1);
  expect(ended).toMatchObject({ status: 'FAILED', runs: 7, counts: { succeeded: 6, skipped: 0, failed: 1 } });
  expect(ended.failures).toEqual([
    expect.objectContaining({
      interval: { start: '2026-01-03T01:00:00.000Z', end: '2026-01-04T01:00:00.000Z' },
      error: 'SourceRefused',
      cause: expect.stringContaining('404'),
    }),
  ]);
  await expectReadings([day(1), day(3)], [day(4), day(8)], FORWARD);

  broken.clear();
  asked.length = 0;
  const again = await say('backfill', 'rerun', ended.id, '--json');

  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'SUCCEEDED', runs: 1, rerunOf: ended.id });
  expect(asked).toEqual(['2026-01-03T01:00:00.000Z']);
  await expectReadings([day(1), day(8)], FORWARD);
  expect(await ledgerItem('pipeline#readings', 'initial-load')).toEqual(initialLoad);
  expect(await ask('backfill', 'list', 'readings')).toMatchObject([
    { status: 'SUCCEEDED', runs: 1, counts: { succeeded: 1 } },
    { id: ended.id, status: 'FAILED', runs: 7 },
  ]);
  const done = await say('backfill', 'rerun', again.stdout.match(/"id": "(\w+)"/)![1]!);
  expect(done).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there is nothing to run again') });
});

test('what is loaded is left alone, or loaded again in its place, the newest first', async () => {
  const none = await say('backfill', 'readings', ...WEEK);
  expect(none).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('There is nothing to run.') });
  expect(none.stdout).toContain('7 loaded already: left alone (--reprocess all loads again).');

  asked.length = 0;
  const all = ['--from', '2026-01-01', '--to', '2026-01-04', '--reprocess', 'all', '--order', 'newest'];
  const answer = await say('backfill', 'readings', ...all, '--max-active', '1');

  expect(answer.stdout).toMatch(
    /✓ Backfill \w{8} of readings, 2026-01-01T00:00Z to 2026-01-04T00:00Z: 3 runs succeeded\./,
  );
  expect(answer.exitCode).toBe(0);
  expect(asked).toEqual([3, 2, 1].map((n) => day(n).replace('Z', '.000Z')));
  await expectReadings([day(1), day(8)], FORWARD);
});

test('a paused backfill starts nothing more, outlives a restart of the cloud, and goes on when it is resumed', async () => {
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const span = ['--from', '2026-01-08', '--to', '2026-01-14'];
  const { id } = await ask('backfill', 'readings', ...span, '--max-active', '2', '--no-wait');
  await until(() => waiting === 2);

  expect(await say('backfill', 'pause', id)).toMatchObject({ exitCode: 0 });
  expect(await say('backfill', 'pause', id)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is paused already'),
  });
  for (let file = 0; file < FILES; file++)
    await cloud.put(fileKey(file), `id,grams\n${2 * file},${file}\n${2 * file + 1},${file}\n`);
  await cloud.put('parcels/2025-12/other.csv', 'id,grams\n-1,1\n');
  await cloud.put('parcels/2026-01/read me.txt', 'not a list');
  // with both runs in the middle of their requests
  await cloud.stop();
  cloud = await startPipelines([readings, metered, parcels], folder, folder);
  await until(() => waiting >= 4);
  asked.length = 0;
  gate = undefined;
  open();
  const held = async () => Object.keys((await ledgerItem('backfills', `backfill#${id}`))!.tokens as object);
  await until(async () => (await held()).length === 2);
  const paused = await ask('backfill', 'show', id);
  expect(paused).toMatchObject({ status: 'PAUSED', progress: { succeeded: 2, failed: 0, running: 2, pending: 2 } });
  expect(asked).toEqual([]);
  const overlapping = await say('backfill', 'readings', '--from', '2026-01-10', '--to', '2026-01-20', '--no-wait');
  expect(overlapping).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`The backfill ${id} of readings`) });

  expect(await say('backfill', 'resume', id)).toMatchObject({ exitCode: 0 });
  await until(async () => (await ask('backfill', 'show', id)).status !== 'RUNNING');

  expect(await ask('backfill', 'show', id)).toMatchObject({ status: 'SUCCEEDED', counts: { succeeded: 6, failed: 0 } });
  expect(await say('backfill', 'resume', id)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`The backfill ${id} has ended already`),
  });
  await expectReadings([day(1), day(14)], FORWARD);
});

test('a cancelled backfill stops its runs; what was not run is, when it is asked for', async () => {
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const { id } = await ask(
    'backfill',
    'readings',
    '--from',
    '2026-01-14',
    '--to',
    '2026-01-18',
    '--max-active',
    '2',
    '--no-wait',
  );
  await until(() => waiting === 2);
  const running = await ask('backfill', 'readings', '--from', '2026-01-13', '--to', '2026-01-18', '--dry-run');
  expect(running.loads.map(({ state }: { state: string }) => state)).toEqual([
    'loaded',
    'running',
    'running',
    'missing',
    'missing',
  ]);

  const cancelled = await say('backfill', 'cancel', id);
  const twice = await say('backfill', 'cancel', id);
  gate = undefined;
  open();

  expect(cancelled.stdout).toContain('0 of 4 runs succeeded, 0 failed, 2 under way were stopped.');
  expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('was cancelled already') });
  expect((await ask('runs', 'readings', '--limit', '2')).map(({ status }: { status: string }) => status)).toEqual(
    Array(2).fill('ABORTED'),
  );
  await expectReadings([day(1), day(14)], FORWARD);

  expect(await say('backfill', 'rerun', id)).toMatchObject({ exitCode: 0 });
  await expectReadings([day(1), day(18)], FORWARD);
});

test('while a backfill runs, what has failed by then is named, and how many runs there are at a time is changed', async () => {
  const hold = () => {
    let open = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { held, open };
  };
  const [first, others] = [hold(), hold()];
  broken.add('2026-01-18T01:00:00.000Z');
  gate = first.held;
  const span = ['--from', '2026-01-18', '--to', '2026-01-24'];
  const { id } = await ask('backfill', 'readings', ...span, '--max-active', '1', '--no-wait');
  await until(() => waiting === 1);
  gate = others.held;
  first.open();
  await until(async () => (await ask('backfill', 'show', id)).progress?.failed === 1);

  const shown = await say('backfill', 'show', id);
  const { failures } = await ask('backfill', 'show', id);
  expect(failures).toMatchObject([{ interval: { start: '2026-01-18T01:00:00.000Z' }, error: 'SourceRefused' }]);
  expect(shown.stdout).toMatch(/2026-01-18 01:00.* {2}\w{8} {2}SourceRefused: .*404/);

  await until(() => waiting === 1);
  const more = await say('backfill', 'set', id, '--max-active', '3');
  await until(() => waiting === 3);
  expect(more).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('runs 3 at a time from now on') });
  expect((await ask('backfill', 'show', id)).maxActive).toBe(3);
  const refused = [
    await say('backfill', 'resume', id, '--max-active', '2'),
    await say('backfill', 'set', 'nowhere', '--max-active', '2'),
    await say('backfill', 'set', id, '--max-active', 'many'),
  ];
  expect(refused.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  expect(refused[0]!.stderr).toContain(
    `is not paused. To change how many runs there are at a time: npx stepwell backfill set`,
  );

  gate = undefined;
  others.open();
  await until(async () => (await ask('backfill', 'show', id)).status !== 'RUNNING');
  broken.clear();
  expect(await say('backfill', 'set', id, '--max-active', '2')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('has ended already'),
  });
  expect(await say('backfill', 'rerun', id)).toMatchObject({ exitCode: 0 });
  await expectReadings([day(1), day(24)], FORWARD);
});

test('objects that were there before the pipeline are loaded, many in a run, each once; and again in the sets that they were loaded in', async () => {
  const sum = async (table: string) =>
    (
      await cloud.query('aurora', `SELECT count(*) AS rows, sum(grams) AS grams, sum(id) AS ids FROM parcels.${table}`)
    )[0];
  const ids = Array.from({ length: 2 * FILES }, (_, id) => id);
  const expected = {
    rows: String(ids.length),
    grams: String(ids.reduce((total, id) => total + Math.floor(id / 2), 0)),
    ids: String(ids.reduce((total, id) => total + id, 0)),
  };

  const plan = await ask('backfill', 'parcels', '--objects', 'parcels/2026-*/*', '--dry-run');
  const first = await say(
    'backfill',
    'parcels',
    '--objects',
    'parcels/2026-*/*.csv',
    '--files-per-run',
    '30',
    '--json',
  );

  expect(plan.runs).toBe(FILES);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(first.stdout)).toMatchObject({
    runs: 4,
    objects: 'parcels/2026-*/*.csv',
    counts: { succeeded: 4, skipped: 0, failed: 0 },
  });
  expect([await sum('latest'), await sum('all_lines')]).toEqual([expected, expected]);

  const again = await say('backfill', 'parcels', '--objects', 'parcels/2026-*/*.csv');
  expect(again.stdout).toContain('There is nothing to run.');
  const all = await ask('backfill', 'parcels', '--objects', fileKey(7), '--reprocess', 'all');
  expect(all).toMatchObject({ runs: 1, counts: { succeeded: 1 } });
  expect((await ask('runs', 'parcels', '--limit', '1'))[0]).toMatchObject({ objects: { length: 30 }, generation: 1 });
  expect([await sum('latest'), await sum('all_lines')]).toEqual([expected, expected]);
});

test('a budget that is spent is told by one mail, by what the log of the functions says', async () => {
  const [events, logs, lambda] = [
    new EventBridgeClient(cloud.client),
    new CloudWatchLogsClient(cloud.client),
    new LambdaClient(cloud.client),
  ];
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const rule = Rules.find(({ Description }) => Description === 'Compares what parcels costs with its budget')!;
  const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: rule.Name }));
  const { Arn: FunctionName, Input = '' } = Targets[0]!;
  // what a function did some time ago: an hour on 10 GB
  const stream = { logGroupName: '/stepwell/parcels/check', logStreamName: 'earlier' };
  await logs.send(new CreateLogStreamCommand(stream));
  const message =
    'REPORT RequestId: 00000000-0000-4000-8000-000000000000\tDuration: 3599999.50 ms\tBilled Duration: 3600000 ms\tMemory Size: 10240 MB\tMax Memory Used: 90 MB';
  await logs.send(
    new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now() - 10 * 60_000, message }] }),
  );

  for (const _ of [1, 2]) {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(Input) }),
    );
    expect([FunctionError, JSON.parse(Buffer.from(Payload!).toString())]).toEqual([
      undefined,
      { usd: expect.closeTo(0.48, 1) },
    ]);
  }

  const told = mails(cloud.cloud.context.stateDir, 'parcels', 'has spent its budget');
  expect(told).toHaveLength(1);
  expect(told[0]!.text).toContain('npx stepwell cost parcels --month 20');
  expect((await ask('cost', 'parcels')).budget).toMatchObject({ monthly: 0.1, usd: expect.closeTo(0.48, 1) });
  for (const client of [events, logs, lambda]) client.destroy();
});

const march = (n: number) => `2026-03-${String(n).padStart(2, '0')}T01:00:00.000Z`;
/** Who asks from now on waits until this is called. */
function closeGate(): () => void {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  gate = closed;
  return () => {
    if (gate === closed) gate = undefined;
    open();
  };
}
const runsOf = (
  pipeline: string,
): Promise<{ runId: string; status: string; waits?: object; interval: { end: string } }[]> => ask('runs', pipeline);
const ended = (pipeline: string) =>
  until(async () => (await runsOf(pipeline)).every(({ status }) => status !== 'RUNNING'));
async function expectMetered(...spans: (readonly [from: string, to: string])[]): Promise<void> {
  const rows = await cloud.query('aurora', 'SELECT id FROM metered.merged ORDER BY id');
  expect(rows).toEqual(spans.flatMap(([from, to]) => readingsOf(from, to)).map(({ id }) => ({ id: String(id) })));
}

test('after an outage the missed intervals run by themselves, one run at a time, each once', async () => {
  asked.length = 0;
  mostWaiting = 0;
  await cloud.start('metered', { schedule: { time: march(2) } });
  await cloud.start('metered', { schedule: { time: march(6) } });
  await cloud.start('metered', { schedule: { time: march(6) } });
  await until(async () => (await runsOf('metered')).filter(({ status }) => status === 'SUCCEEDED').length === 5);

  expect([...asked].sort()).toEqual([1, 2, 3, 4, 5].map(march));
  expect(mostWaiting).toBe(1);
  await expectMetered([march(1), march(6)]);
  expect(await ledgerItem('turn#metered', 'holders')).toMatchObject({ holders: [] });
  expect(await ledgerItem('pipeline#metered', 'forward')).toMatchObject({ through: march(6) });
});

test('runs that wait are named with what they wait for; one that fails lets the next go on, and is redriven in its turn', async () => {
  const open = closeGate();
  asked.length = 0;
  mostWaiting = 0;
  broken.add(march(10));
  const stepFunctions = new SFNClient(cloud.client);
  const begun = async (n: number): Promise<string> => {
    const { executionArn } = await stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: cloud.cloud.outputs['Stepwell-Metered']!.StateMachineArn!,
        input: JSON.stringify({ interval: { start: march(n), end: march(n + 1) } }),
      }),
    );
    return executionArn!.split(':').at(-1)!;
  };
  const waitOf = async (runId: string) => (await ask('show', runId)).waits;
  const first = await begun(10);
  await until(() => waiting === 1);
  const third = await begun(14);
  await until(async () => (await waitOf(third)) !== undefined);
  const { id } = await ask('backfill', 'metered', '--from', '2026-03-07', '--to', '2026-03-08', '--no-wait');
  await until(async () => (await runsOf('metered'))[0]!.waits !== undefined);
  const second = await begun(12);
  await until(async () => (await waitOf(second)) !== undefined);

  // The oldest first, and the runs of a backfill last.
  expect(await waitOf(second)).toMatchObject({ behind: first, place: 1 });
  expect(await waitOf(third)).toMatchObject({ behind: second, place: 2 });
  const listed = await say('runs', 'metered');
  expect(listed.stdout).toContain(`waits for ${second.slice(0, 8)}`);
  expect((await say('show', third)).stdout).toMatch(new RegExp(`Waits +for its turn since .*, behind run ${second}`));

  // The first fails; while the next is at work it is not redriven.
  const again = closeGate();
  open();
  await until(async () => (await ask('show', first)).status === 'FAILED');
  await until(async () => asked.includes(march(12)));
  broken.clear();
  const refused = await say('redrive', 'metered', first);
  again();
  await ended('metered');
  await until(async () => (await ask('backfill', 'show', id)).status === 'SUCCEEDED');
  const redriven = await say('redrive', 'metered', first);

  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain(`gave its turn on when it ended, and run ${second} has it now`);
  expect(redriven).toMatchObject({ exitCode: 0 });
  expect(asked).toEqual([march(10), march(12), march(14), march(7), march(10)]);
  expect(mostWaiting).toBe(1);
  await expectMetered(
    [march(1), march(6)],
    [march(7), march(8)],
    [march(10), march(11)],
    [march(12), march(13)],
    [march(14), march(15)],
  );
  expect(await ledgerItem('turn#metered', 'holders')).toMatchObject({ holders: [] });
});

test('a schedule that is resumed starts what its catchUp says, and does not catch up what was left out', async () => {
  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  await say('pause', 'readings');
  const left = await ask('resume', 'readings', '--since', since);
  await say('pause', 'metered');
  const none = await ask('resume', 'metered', '--since', since, '--missed', 'none');

  expect(left).toMatchObject({ started: [], left: { length: expect.any(Number) } });
  expect(left.left.length).toBeGreaterThanOrEqual(2);
  expect(none.started).toEqual([]);
  const forward = await ledgerItem('pipeline#metered', 'forward');
  expect(Date.now() - Date.parse(forward!.through as string)).toBeLessThan(86_400_000);
});

test('a schedule that is late is stood in for by the sweeper, and a turn of a run that has ended goes on', async () => {
  const old = (await runsOf('metered'))[0]!.runId;
  const machine = cloud.cloud.outputs['Stepwell-Metered']!.StateMachineArn!;
  const owner = `${machine.replace(':stateMachine:', ':execution:')}:${old}`;
  const overdue = new Date(Date.now() - 60_000).toISOString();
  const { through: latest } = (await ledgerItem('pipeline#metered', 'forward')) as { through: string };
  const through = new Date(Date.parse(latest) - 2 * 86_400_000).toISOString();
  await changeItem('pipeline#metered', 'forward', { through, openPk: 'schedule', dueAt: overdue });
  const holder = { owner, runId: old, redrives: 0, since: overdue, until: overdue };
  await changeItem('turn#metered', 'holders', { holders: [holder], openPk: 'turn', dueAt: overdue });
  const catchUps = async () =>
    (await runsOf('metered')).flatMap(({ runId }) =>
      /^[0-9a-f]{8}-\d{8}T010000Z-catch-up$/.test(runId) ? [runId] : [],
    );
  const before = new Set(await catchUps());
  const sweeper = Object.values(cloud.cloud.resources('Stepwell-Foundation')).find(
    ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId.includes('-Sweep'),
  )!;
  const lambda = new LambdaClient(cloud.client);
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: sweeper.physicalId, Payload: Buffer.from('{}') }),
  );

  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ turns: 1, lateSchedules: 1 });
  const come = async () => ((await ledgerItem('pipeline#metered', 'forward')) as { through: string }).through;
  await until(async () => (await come()) > through);
  // Yesterday's alone, while today's is not late yet.
  const days = (Date.parse(await come()) - Date.parse(through)) / 86_400_000;
  await until(async () => (await catchUps()).filter((runId) => !before.has(runId)).length === days);
  await ended('metered');
  expect(await ledgerItem('turn#metered', 'holders')).toMatchObject({ holders: [] });
});

test.each([
  [['backfill', 'parcels', ...WEEK], "Files start the pipeline 'parcels', so its runs have no intervals. Name files"],
  [['backfill', 'readings', '--objects', 'a/*.csv'], "A schedule starts the pipeline 'readings', no file"],
  [['backfill', 'parcels', '--objects', 'parcels/2024-*/*.csv'], "matches 'parcels/2024-*/*.csv'. Files of 'parcels'"],
  [['backfill', 'parcels', '--objects', '**/*.txt'], '1 object in s3://'],
  [['backfill', 'parcels', '--objects', 's3://b/a.csv'], 'a pattern is a key, without its bucket'],
  [['backfill', 'nothing', ...WEEK], "There is no pipeline 'nothing'"],
  [['backfill', 'readings'], "Say which intervals of 'readings'"],
  [['backfill', 'readings', '--from', '2026-02-01', '--to', '2026-01-01'], 'is not before --to 2026-01-01'],
  [['backfill', 'readings', '--from', '2026-01-01', '--to', '2126-01-01'], 'is not over yet. The last that is: --to 2'],
  [
    ['backfill', 'readings', '--from', '2026-01-01T00:30Z', '--to', '2026-01-08'],
    'It fires at 2025-12-31T01:00Z and 2026-01-01T01:00Z.',
  ],
  [['backfill', 'show', 'zzzz'], "There is no backfill 'zzzz'. See: npx stepwell backfill list"],
  [['backfill', 'readings', ...WEEK, '--max-active', '0'], 'It is a whole number from 1 to 100.'],
])('%j is refused', async (args, message) => {
  const { exitCode, stderr, stdout } = await say(...args);

  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

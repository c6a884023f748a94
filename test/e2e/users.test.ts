/** Users from the API onto the stream, and from there into each table: as an independent computation of the API's answers has them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { encode } from '../../lambdas/shared/stream/wire';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { lookAtWaiting } from '../../lib/operate/gathering';
import { RANDOMUSER_ORIGIN, SOMETHING_WRONG, startRandomUserServer } from '../../lib/samples/randomuser/server';
import type { RandomUser } from '../../lib/samples/randomuser/users';
import type { Reply, SampleServer } from '../../lib/samples/server';
import { ALL } from '../../lib/tasks/gather';
import users from '../../state-machines/users/pipeline';
import feed from '../../state-machines/users-feed/pipeline';
import { stepwell } from '../cli/stepwell';
import { mails } from './orders-cloud';
import { type PipelinesCloud, type Row, startPipelines } from './pipelines-cloud';
import { ask, byId, rawRows, sqlTime, userRow } from './users-expected';

let server: SampleServer;
let instead: ((url: URL) => Reply | undefined) | undefined;
let cloud: PipelinesCloud;
let s3: S3Client;

beforeAll(async () => {
  server = await startRandomUserServer({ usersPerMinute: 1_000_000, instead: (url) => instead?.(url) });
  process.env.STEPWELL_ORIGINS = JSON.stringify({ [RANDOMUSER_ORIGIN]: server.url });
  cloud = await startPipelines([feed, users], ({ name }) => join(PROJECT_ROOT, 'state-machines', name));
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  await cloud.putSecret('users-pii', { key: 'a key of thirty-two characters..' });
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  s3?.destroy();
  await cloud?.stop();
  await server?.close();
});

/** Quarters of an hour that have ended, the latest first. */
const QUARTER_MS = 15 * 60_000;
const began = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS;
const intervalOf = (back: number) => ({
  start: new Date(began - (back + 1) * QUARTER_MS).toISOString(),
  end: new Date(began - back * QUARTER_MS).toISOString(),
});
const first = intervalOf(0);
const second = intervalOf(1);
const third = intervalOf(2);

const feedOf = (interval: typeof first) => cloud.start('users-feed', { interval });

async function until<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lines that lie in the landing bucket, as they came. */
async function staged(): Promise<string[]> {
  const Bucket = cloud.cloud.outputs['Stepwell-Foundation']!.LandingBucketName!;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'streams/users/' }));
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return gunzipSync(await Body!.transformToByteArray()).toString();
    }),
  );
  return files.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

/** Has the staged lines loaded now, not in five minutes. */
async function publish(lines: number, runs: number) {
  await until(staged, (seen) => seen.length >= lines);
  const stacks = await deployed({ client: cloud.client });
  await until(
    async () => {
      await lookAtWaiting({ client: cloud.client }, pipelineNamed(stacks, 'users'), { group: ALL, release: true });
      return cloud.runsOf('users', 0);
    },
    (seen) => seen.length >= runs,
  );
  return (await cloud.runsOf('users', runs)).at(-1)!;
}

const tables = async () => ({
  aurora: byId(await cloud.query('aurora', 'SELECT * FROM app.users')),
  lake: byId(await cloud.lake('users', 'users')),
});

/** What DynamoDB has, with the values as the databases write them. */
async function live(): Promise<Row[]> {
  const items = (await cloud.items('users')).map((item) => unmarshall(item, { wrapNumbers: true }));
  return byId(
    items.map((item) =>
      Object.fromEntries(
        Object.entries(item)
          .filter(([name]) => !name.startsWith('_'))
          .map(([name, value]) => [name, String((value as { value?: string }).value ?? value)]),
      ),
    ),
  );
}

const numbersAlike = ({ latitude, longitude, ...row }: Row): Row => ({
  ...row,
  latitude: String(Number(latitude)),
  longitude: String(Number(longitude)),
});
const plain = (rows: readonly Row[]): Row[] =>
  rows.map(({ national_id, received_at, registered_at, ...row }) =>
    numbersAlike({
      ...row,
      received_at: sqlTime(received_at!),
      registered_at: sqlTime(registered_at!),
    }),
  );
const expected = async (...intervals: (typeof first)[]): Promise<Row[]> => {
  const rows = await Promise.all(
    intervals.map(async ({ start, end }) =>
      (await ask(server.url, start)).flatMap(({ results }) => results.map((user) => userRow(user, end))),
    ),
  );
  return byId(rows.flat());
};
const rawTable = () => cloud.query('aurora', 'SELECT * FROM raw.random_users ORDER BY raw_id');
const sameDocuments = (rows: readonly Row[]) =>
  byId(rows, 'raw_id').map((row) => ({ ...row, body: JSON.parse(row.body!) }));

test('what the API answers is kept as it came, in the live table within seconds, and in lake and Aurora once it is published', async () => {
  const run = await feedOf(first);
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: 300, rejected: 0, warnings: [] } });
  expect(run.output.published).toContainEqual({ sink: 'kinesis:users', rows: 300, changed: true });
  expect(sameDocuments(await rawTable())).toEqual(
    sameDocuments(rawRows(await ask(server.url, first.start), first.end)),
  );

  const rows = (await expected(first)).map(numbersAlike);
  expect(plain(await until(live, (seen) => seen.length >= 300))).toEqual(rows);

  expect(await publish(300, 1)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 300, rejected: 0 } });
  const { aurora, lake } = await tables();
  expect(plain(aurora)).toEqual(rows);
  expect(plain(lake)).toEqual(rows);
  const hashes = aurora.map(({ national_id }) => national_id).filter((one) => one !== null);
  expect(hashes.length).toBeGreaterThan(100);
  expect(hashes.every((one) => /^[0-9a-f]{64}$/.test(one!))).toBe(true);
});

test('an API that repeats itself adds to the raw table and to nothing else', async () => {
  const before = await tables();
  const again = (await ask(server.url, first.start))[0]!.results;
  // Each page of the interval has the users of a page that has been read, and one that is new.
  const [fresh] = (await ask(server.url, second.start))[1]!.results;
  instead = () => ({
    body: { results: [...again, fresh], info: { seed: 'x', results: 101, page: 1, version: '1.4' } },
  });
  try {
    expect(await feedOf(second)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 303, rejected: 0 } });
  } finally {
    instead = undefined;
  }
  expect(await rawTable()).toHaveLength(603);
  expect(await publish(301, 2)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 1, rejected: 0 } });

  const after = await tables();
  const id = fresh!.login.uuid;
  const rest = (rows: readonly Row[]) => rows.filter(({ user_id }) => user_id !== id);
  expect({ aurora: rest(after.aurora), lake: rest(after.lake) }).toEqual(before);
  expect(after.aurora).toHaveLength(301);
  expect(after.lake).toHaveLength(301);
  expect(await live()).toHaveLength(301);
});

test('an API that fails: what passes is waited for, what stays fails the run, and later all is there once', async () => {
  const before = await staged();
  let requests = 0;
  instead = () => ({ status: 200, body: { error: SOMETHING_WRONG } });
  expect(await feedOf(third)).toMatchObject({
    status: 'FAILED',
    error: 'UnreadableAnswer',
    message: expect.stringContaining('Uh oh, something has gone wrong'),
  });
  expect(await rawTable()).toHaveLength(603);

  instead = () => {
    requests++;
    if (requests % 3 === 1) return { status: 500, body: { error: SOMETHING_WRONG } };
    return requests % 3 === 2 ? { status: 429, headers: { 'retry-after': '0' }, body: { error: 'Whoa' } } : undefined;
  };
  expect(await feedOf(third)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 300, rejected: 0 } });
  instead = undefined;
  expect(requests).toBe(9);
  expect(await rawTable()).toHaveLength(903);

  expect(await publish(before.length + 300, 3)).toMatchObject({ status: 'SUCCEEDED', output: { rows: 300 } });
  const rows = (await expected(first, third)).map(numbersAlike);
  const ids = new Set(rows.map(({ user_id }) => user_id));
  const mine = (all: readonly Row[]) => plain(all).filter(({ user_id }) => ids.has(user_id!));
  const { aurora, lake } = await tables();
  expect(mine(aurora)).toEqual(rows);
  expect(mine(lake)).toEqual(rows);
  expect(mine(await live())).toEqual(rows);

  expect(await feedOf(third)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'duplicate' } });
});

test('bad records keep none of their batch from the tables, and who looks finds where they were and what to do', async () => {
  const before = await staged();
  const { start, end } = intervalOf(3);
  const [asked] = await ask(server.url, start);
  const [one, other, unclear, foreign] = asked!.results as [RandomUser, RandomUser, RandomUser, RandomUser];
  const record = (body: object) => JSON.stringify({ received_at: end, body });
  const versionId = randomUUID();
  const kinesis = new KinesisClient({ ...cloud.client, requestHandler: new NodeHttpHandler() });
  const put = await kinesis.send(
    new PutRecordsCommand({
      StreamName: 'users',
      Records: [
        Buffer.from(record(one)),
        Buffer.from(record({ ...unclear, registered: { date: 'lately' } })),
        encode(record(foreign), { versionId }),
        Buffer.from(record(other)),
      ].map((Data) => ({ PartitionKey: 'of one shard', Data })),
    }),
  );
  kinesis.destroy();
  const published = await publish(before.length + 4, 4);

  expect(published).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2, rejected: 2 } });
  const ids = new Set([one, other, unclear, foreign].map(({ login }) => login.uuid));
  const mine = (rows: readonly Row[]) => plain(rows).filter(({ user_id }) => ids.has(user_id!));
  const rows = byId([one, other].map((user) => numbersAlike(userRow(user, end))));
  const { aurora, lake } = await tables();
  expect([mine(await live()), mine(aurora), mine(lake)]).toEqual([rows, rows, rows]);

  const say = (...args: string[]) => stepwell(...args, '--state-dir', cloud.cloud.context.stateDir);
  const [{ runId }] = JSON.parse((await say('runs', 'users', '--limit', '1', '--json')).stdout) as [{ runId: string }];
  const bad = JSON.parse((await say('quarantine', 'show', runId, '--json')).stdout) as { rows: object[] };
  const [, second, third] = put.Records!.map(({ ShardId: shard, SequenceNumber: sequence }) => ({ shard, sequence }));
  expect(bad.rows).toHaveLength(2);
  expect(bad.rows).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...second, column: 'registered_at', reason: expect.stringContaining("'lately'") }),
      expect.objectContaining({
        ...third,
        column: null,
        reason: expect.stringContaining(`names schema version ${versionId}, which the schema registry does not know`),
        raw: expect.not.stringContaining(foreign.phone),
      }),
    ]),
  );
  const list = await say('quarantine', 'list', 'users');
  expect(list.stdout).toMatch(new RegExp(`${runId.slice(0, 8)} .*\\b2\\b.*\\bopen\\b`));
  const shown = await say('show', runId);
  const rowsShown = await say('quarantine', 'show', runId);
  const mail = await until(
    async () => mails(cloud.cloud.context.stateDir, 'users has put 2 bad rows of 4 into quarantine'),
    (found) => found.length > 0,
  );
  for (const said of [shown.stdout, rowsShown.stdout]) {
    expect(said).toContain(`${third!.shard}, sequence number ${third!.sequence}`);
    expect(said).toContain('which the schema registry does not know');
  }
  expect(mail[0]!.text).toContain(`sequence number ${third!.sequence} of ${third!.shard}`);
  for (const said of [rowsShown.stdout, mail[0]!.text]) {
    expect(said).toMatch(/has\srefused.+stays\sbad\..+\n {2}npx stepwell rebuild users --from <day>/s);
    expect(said).toContain('npx stepwell quarantine replay');
  }
});

/** A sink of Amazon Keyspaces in the local cloud: plainly off where no Cassandra is, and written once there is one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCassandra } from '../../lib/local/cassandra/jars';
import {
  append,
  csv,
  decimal,
  definePipeline,
  key,
  keyspaces,
  kinesis,
  lake,
  landedFiles,
  merge,
  postgres,
  published,
  s3Arrival,
  seconds,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../lib/pipeline';
import { stepwell } from '../cli/stepwell';
import { startTestCassandra, type TestCassandra } from '../fixtures/cassandra';
import { until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const pipeline = definePipeline({
  name: 'profiles',
  trigger: s3Arrival('profiles/*.csv'),
  sources: {
    landed: landedFiles({
      glob: 'profiles/*.csv',
      format: csv(),
      columns: { user_id: key.text(20), city: text(20), spent: decimal(12, 2), updated: timestamp() },
    }),
  },
  models: { profiles: sql.text('SELECT * FROM landed') },
  sinks: [
    lake({ model: 'profiles', table: 'profiles', write: append(), partitionBy: [] }),
    keyspaces({
      model: 'profiles',
      table: 'people.profiles',
      write: merge(['city', 'user_id'], { newestBy: 'updated' }),
    }),
  ],
});

/** Records that a stream writes live, and where all of them are kept. */
const feed = definePipeline({
  name: 'members-feed',
  trigger: s3Arrival('members/*.csv'),
  sources: {
    landed: landedFiles({
      glob: 'members/*.csv',
      format: csv(),
      columns: { user_id: text(20), city: text(20), received_at: timestamp().notNull() },
    }),
  },
  models: { raw_members: sql.text('SELECT * FROM landed') },
  sinks: [
    postgres({ model: 'raw_members', table: 'kept.raw_members', write: append() }),
    kinesis({ model: 'raw_members', stream: 'members', partitionBy: 'user_id' }),
  ],
});
const members = definePipeline({
  name: 'members',
  trigger: streamOf('members', { window: seconds(0), publishEvery: seconds(1) }),
  sources: {
    records: streamRecords({
      columns: { user_id: key.text(20), city: text(20), received_at: timestamp().notNull() },
      receivedAt: 'received_at',
      rebuildFrom: published('members-feed', 'raw_members'),
    }),
  },
  models: { seen: sql.text('SELECT user_id, city, received_at FROM records') },
  sinks: [
    postgres({ model: 'seen', table: 'kept.seen', write: append() }),
    keyspaces({
      model: 'records',
      table: 'people.members',
      write: merge('user_id', { newestBy: 'received_at' }),
      live: true,
    }),
  ],
});

const HEADER = 'user_id,city,spent,updated\n';
const FIRST = `${HEADER}ann,Rome,1.50,2026-01-02 10:00:00\nben,Oslo,,2026-01-02 11:00:00\n`;
const NOTE = 'Nothing was written to keyspaces:people.profiles: no Cassandra is there. Have one: npm run cassandra';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-keyspaces-'));
const { STEPWELL_CASSANDRA: before } = process.env;
let cassandra: TestCassandra | undefined;
let cloud: PipelinesCloud | undefined;

beforeAll(() => {
  delete process.env.STEPWELL_CASSANDRA;
});
afterAll(async () => {
  if (before === undefined) delete process.env.STEPWELL_CASSANDRA;
  else process.env.STEPWELL_CASSANDRA = before;
  await cloud?.stop();
  await cassandra?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('without a Cassandra the run succeeds, its other sinks are written, and it says what was not, and why', async () => {
  cloud = await startPipelines([pipeline], undefined, folder);
  const run = await cloud.drop('profiles', 'profiles/1.csv', FIRST);

  expect(run).toMatchObject({ status: 'SUCCEEDED' });
  expect(run.output.notes).toEqual([expect.stringContaining(NOTE)]);
  expect(run.output.published).toEqual(
    expect.arrayContaining([
      { sink: 'lake:profiles', rows: 2, changed: true },
      { sink: 'keyspaces:people.profiles', rows: 0, changed: false, off: expect.stringContaining('no Cassandra') },
    ]),
  );
  await cloud.stop();
  cloud = undefined;
});

(findCassandra() ? test : test.skip)(
  'with one that comes later its keyspace and table are made, what is loaded again is written, and older rows change nothing',
  async () => {
    cassandra = await startTestCassandra();
    process.env.STEPWELL_CASSANDRA = cassandra.server.address;
    cloud = await startPipelines([pipeline, feed, members], undefined, folder);
    const rows = async () =>
      (await cassandra!.rows('SELECT city, user_id, spent, updated FROM people.profiles')).map((row) =>
        [row.city, row.user_id, row.spent, (row.updated as Date).toISOString()].map(String).join(' '),
      );
    expect(await rows()).toEqual([]);

    const run = await cloud.drop(
      'profiles',
      'profiles/2.csv',
      `${HEADER}ann,Rome,2.50,2026-01-03 10:00:00\ncat,Oslo,3,2026-01-01 10:00:00\n`,
    );
    expect(run.output.published).toContainEqual({ sink: 'keyspaces:people.profiles', rows: 2, changed: true });
    expect(run.output.notes).toBeUndefined();
    const late = await cloud.drop('profiles', 'profiles/3.csv', FIRST.replace('Oslo,,', 'Oslo,7,'));
    expect(late).toMatchObject({ status: 'SUCCEEDED' });
    expect((await rows()).sort()).toEqual([
      'Oslo ben 7.00 2026-01-02T11:00:00.000Z',
      'Oslo cat 3.00 2026-01-01T10:00:00.000Z',
      'Rome ann 2.50 2026-01-03T10:00:00.000Z',
    ]);
  },
);

(findCassandra() ? test : test.skip)(
  'rows that a stream has written are as they were after a rebuild, and what lies outside of its span is left alone',
  async () => {
    const table = async () =>
      (await cassandra!.rows('SELECT user_id, city, received_at FROM people.members'))
        .map(({ user_id, city, received_at }) => `${user_id} ${city} ${(received_at as Date).toISOString()}`)
        .sort();
    const fed = await cloud!.drop(
      'members-feed',
      'members/1.csv',
      [
        'user_id,city,received_at',
        'ann,Rome,2026-01-02 10:00:00',
        'ann,Bern,2026-01-02 12:00:00',
        'ben,Oslo,2026-01-02 11:00:00',
        'cat,Oslo,2026-01-02 11:30:00',
        'dan,Graz,2026-01-09 11:00:00',
      ].join('\n'),
    );
    expect(fed).toMatchObject({ status: 'SUCCEEDED' });
    const before = [
      'ann Bern 2026-01-02T12:00:00.000Z',
      'ben Oslo 2026-01-02T11:00:00.000Z',
      'cat Oslo 2026-01-02T11:30:00.000Z',
      'dan Graz 2026-01-09T11:00:00.000Z',
    ];
    await until(async () => (await table()).join() === before.join() || undefined);

    for (const damage of [
      "DELETE FROM people.members WHERE user_id = 'ben'",
      "UPDATE people.members SET city = 'XX' WHERE user_id = 'ann'",
      "UPDATE people.members SET city = 'YY' WHERE user_id = 'dan'",
    ])
      await cassandra!.client.execute(damage, [], { prepare: false });
    const say = (...args: string[]) => stepwell(...args, '--state-dir', cloud!.cloud.context.stateDir);
    const span = ['--from', '2026-01-01', '--to', '2026-01-05'];
    const dry = await say('rebuild', 'members', ...span, '--dry-run', '--json');
    const { exitCode } = await say('rebuild', 'members', ...span, '--yes');

    expect(JSON.parse(dry.stdout)).toMatchObject({
      records: 4,
      tables: expect.arrayContaining([
        { sink: 'keyspaces:people.members', what: 'rows are written again, newer ones stay' },
      ]),
    });
    expect(exitCode).toBe(0);
    expect(await table()).toEqual([...before.slice(0, 3), before[3]!.replace('Graz', 'YY')]);
  },
);

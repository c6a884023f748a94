/** Files of a schedule's runs: many small ones by the date in their keys, a large one in ranges, those of the day before. */
import { gzipSync } from 'node:zlib';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { AwsError } from '../../lib/local/service';
import { localClientOptions } from '../../lib/operate/local';
import {
  append,
  bigint,
  cron,
  csv,
  decimal,
  definePipeline,
  key,
  landedFiles,
  minutes,
  ndjson,
  postgres,
  replace,
  seconds,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import { createKiller, type Killer } from './killer';
import { mails, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const people = { id: key.bigint(), name: text(40), balance: decimal(12, 2) };
const daily = definePipeline({
  name: 'daily-files',
  trigger: cron('0 1 * * *'),
  sources: {
    clicks: landedFiles({
      glob: 'clicks/{yyyy}/{MM}/{dd}/*.ndjson.gz',
      format: ndjson(),
      columns: { id: key.bigint(), page: text(20), seen_at: timestamp() },
    }),
    registry: landedFiles({ glob: 'people/{yyyy}-{MM}-{dd}.csv', format: csv(), rangeMiB: 1, columns: people }),
    registry_before: landedFiles({
      glob: 'people/{yyyy}-{MM}-{dd}.csv',
      format: csv(),
      rangeMiB: 1,
      intervalsBack: 1,
      optional: true,
      columns: people,
    }),
  },
  models: {
    clicks_seen: sql.text('SELECT id, page, seen_at, _file AS file, _row AS place FROM clicks'),
    growth: sql.text(`SELECT now.people, now.people - before.people AS more, now.balance
      FROM (SELECT count(*) AS people, sum(balance) AS balance FROM registry) AS now,
        (SELECT count(*) AS people FROM registry_before) AS before`),
  },
  sinks: [
    postgres({ model: 'clicks_seen', table: 'files.clicks_seen', write: append() }),
    postgres({ model: 'growth', table: 'files.growth', write: append() }),
  ],
  retry: { attempts: 3, interval: seconds(1), maxInterval: seconds(2) },
  timeout: minutes(10),
  alerts: { email: ['data@example.com'] },
});

const lines = { id: bigint(), page: text(20) };
const tolerant = definePipeline({
  name: 'tolerant-files',
  trigger: cron('0 1 * * *'),
  sources: {
    good: landedFiles({ glob: 'may-fail/{yyyy}/{MM}/{dd}/*.gz', format: ndjson(), tolerate: 0.4, columns: lines }),
  },
  models: { kept: sql.text('SELECT * FROM good') },
  sinks: [postgres({ model: 'kept', table: 'tolerant.kept', write: replace() })],
});

const DAY = { start: '2026-01-05T01:00:00.000Z', end: '2026-01-06T01:00:00.000Z' };
const DAY_BEFORE = { start: '2026-01-04T01:00:00.000Z', end: '2026-01-05T01:00:00.000Z' };
const FILES = 300;
const CLICKS = 7;
const PEOPLE = 60_000;

let cloud: PipelinesCloud;
let killer: Killer;

beforeAll(async () => {
  cloud = await startPipelines([daily, tolerant]);
  killer = createKiller(cloud.cloud);
  await Promise.all(
    Array.from({ length: FILES }, (_, file) => {
      const rows = Array.from({ length: CLICKS }, (_, n) => {
        const id = file * CLICKS + n;
        return `{"id":${id},"page":"/${id % 5}","seen_at":"2026-01-05T12:00:00Z"}\n`;
      });
      return cloud.put(`clicks/2026/01/05/part-${String(file).padStart(3, '0')}.ndjson.gz`, gzipSync(rows.join('')));
    }),
  );
  await cloud.put(
    'clicks/2026/01/04/other.ndjson.gz',
    gzipSync('{"id":-1,"page":"/","seen_at":"2026-01-04T12:00:00Z"}\n'),
  );
  await cloud.put('people/2026-01-05.csv', registry(PEOPLE));
  await cloud.put('people/2026-01-04.csv', registry(PEOPLE - 1000));
});
afterAll(() => cloud?.stop());

const balance = (id: number) => (id % 1000) + 0.25;
/** Names with line ends in them, so that a line end is not the end of a record. */
const registry = (count: number) =>
  `id,name,balance\n${Array.from({ length: count }, (_, id) => `${id},"Some,\n""${id}"" Body",${balance(id)}\n`).join('')}`;

const functionOf = (pipeline: string) =>
  Object.values(cloud.cloud.resources(pipeline)).find(
    ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId.includes('ExtractFilesFunction'),
  )!.physicalId;
const nameOf = (arn: string) => arn.split(':function:').at(-1)!;

test('an interval without files fails and names them; nothing is published', async () => {
  const run = await cloud.start('daily-files', {
    interval: { start: '2025-06-01T01:00:00Z', end: '2025-06-02T01:00:00Z' },
  });
  expect(run).toMatchObject({ status: 'FAILED', error: 'MissingFiles' });
  expect(run.message).toMatch(
    /Nothing in s3:\/\/.* matches (clicks\/2025\/06\/01\/\*\.ndjson\.gz|people\/2025-06-01\.csv)/,
  );
});

test('every row of hundreds of files and of a large one is there once, though functions die in the middle', async () => {
  const name = nameOf(functionOf('Stepwell-DailyFiles'));
  killer.reset();
  // a batch of small files, while it reads them
  killer.aim(name, { nth: 40, lost: true });

  const run = await cloud.start('daily-files', { interval: DAY });

  expect(run).toMatchObject({ status: 'SUCCEEDED' });
  expect(killer.hit(name)).toBeDefined();
  const seen = await cloud.query('aurora', 'SELECT * FROM files.clicks_seen ORDER BY id');
  expect(seen).toEqual(
    Array.from({ length: FILES * CLICKS }, (_, id) => ({
      id: String(id),
      page: `/${id % 5}`,
      seen_at: '2026-01-05 12:00:00',
      file: `clicks/2026/01/05/part-${String(Math.floor(id / CLICKS)).padStart(3, '0')}.ndjson.gz`,
      place: String((id % CLICKS) + 1),
    })),
  );
  const total = Array.from({ length: PEOPLE }, (_, id) => balance(id)).reduce((sum, one) => sum + one, 0);
  expect(await cloud.query('aurora', 'SELECT * FROM files.growth')).toEqual([
    { people: String(PEOPLE), more: '1000', balance: total.toFixed(2) },
  ]);
});

test('files that come too late are read when the interval is done again', async () => {
  expect(await cloud.start('daily-files', { interval: DAY })).toMatchObject({ output: { outcome: 'duplicate' } });
  await cloud.put(
    'clicks/2026/01/05/late.ndjson.gz',
    gzipSync('{"id":1000000,"page":"/","seen_at":"2026-01-05T12:00:00Z"}\n'),
  );
  const run = await cloud.start('daily-files', { interval: DAY, reprocess: true });
  expect(run).toMatchObject({ status: 'SUCCEEDED' });
  const [count] = await cloud.query('aurora', 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM files.clicks_seen');
  expect(count).toEqual({ n: String(FILES * CLICKS + 1), ids: String(FILES * CLICKS + 1) });
});

test('an optional source may have nothing for an interval', async () => {
  expect(await cloud.start('daily-files', { interval: DAY_BEFORE })).toMatchObject({ status: 'SUCCEEDED' });
  const grown = await cloud.query('aurora', 'SELECT people, more FROM files.growth ORDER BY people');
  expect(grown[0]).toEqual({ people: String(PEOPLE - 1000), more: String(PEOPLE - 1000) });
});

test('where it is tolerated, a broken file is left out, the run says so, and can be run again for that file alone', async () => {
  const file = (id: number) => gzipSync(`{"id":${id},"page":"/"}\n`);
  for (const id of [1, 2, 3]) await cloud.put(`may-fail/2026/01/05/${id}.gz`, file(id));
  await cloud.put('may-fail/2026/01/05/broken.gz', file(4).subarray(0, 20));

  const run = await cloud.start('tolerant-files', { interval: DAY });

  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    output: { rows: 3, failed: [{ source: 'good', error: 'UnreadableFile' }] },
  });
  expect(run.output.failed[0].cause).toContain('may-fail/2026/01/05/broken.gz');
  const kept = () => cloud.query('aurora', 'SELECT id FROM tolerant.kept ORDER BY id');
  expect(await kept()).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);

  // Put right, it is read alone, and loaded with what the run has of the others.
  await cloud.put('may-fail/2026/01/05/broken.gz', file(4));
  await cloud.put('may-fail/2026/01/05/3.gz', file(33));
  const rerun = await cloud.start('tolerant-files', { rerun: { runId: await latestRun('tolerant-files') } });
  expect(rerun).toMatchObject({ status: 'SUCCEEDED', output: { rows: 4 } });
  expect(await kept()).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }, { id: '4' }]);
});

test('a broken file that is not tolerated is named in the mail, and in the ledger', async () => {
  const interval = { start: '2026-01-07T01:00:00.000Z', end: '2026-01-08T01:00:00.000Z' };
  await cloud.put('people/2026-01-07.csv', registry(3));
  await cloud.put(
    'clicks/2026/01/07/a.ndjson.gz',
    gzipSync('{"id":1,"page":"/","seen_at":"2026-01-07T12:00:00Z"}\n').subarray(0, 30),
  );
  expect(await cloud.start('daily-files', { interval })).toMatchObject({ status: 'FAILED' });
  const mail = await until(() => mails(cloud.cloud.context.stateDir, 'clicks/2026/01/07/a.ndjson.gz')[0]);
  expect(mail.text).toContain('the gzip file ends too early, as after a broken upload');
});

async function latestRun(pipeline: string): Promise<string> {
  const client = new SFNClient(localClientOptions(cloud.cloud.endpoint));
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  const { stateMachineArn } = stateMachines.find(({ name }) => name === `stepwell-${pipeline}`)!;
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
  client.destroy();
  return executions[0]!.name!;
}

test("the function lists and reads its own sources' prefixes only", async () => {
  const [, role] = Object.entries(cloud.cloud.resources('Stepwell-TolerantFiles')).find(
    ([id, { type }]) => type === 'AWS::IAM::Role' && id.startsWith('ExtractFiles'),
  )!;
  const roleArn = `arn:aws:iam::000000000000:role/${role.physicalId}`;
  const principal = { kind: 'role', roleArn, sessionName: 'test' } as const;
  const outputs = Object.values(cloud.cloud.outputs).find(({ LandingBucketName }) => LandingBucketName)!;
  const Bucket = outputs.LandingBucketName!;
  const call = (operation: string, input: object) =>
    cloud.cloud.context.call(principal, 's3', operation, { Bucket, ...input });

  await expect(call('ListObjectVersions', { Prefix: 'may-fail/2026/01/05/' })).resolves.toBeDefined();
  for (const Prefix of ['clicks/2026/01/05/', 'may-fail/', 'may-fail/all/01/05/', '']) {
    await expect(call('ListObjectVersions', { Prefix })).rejects.toThrow(AwsError);
  }
  await expect(call('ListObjectsV2', { Prefix: 'may-fail/2026/01/05/' })).rejects.toThrow(AwsError);
  await expect(call('GetObject', { Key: 'people/2026-01-05.csv' })).rejects.toThrow(AwsError);
});

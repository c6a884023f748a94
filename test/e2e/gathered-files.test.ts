/** Arrivals that are gathered: batches of small files, a day that is whole with its marker, one that is late. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  append,
  bigint,
  csv,
  definePipeline,
  fileCount,
  landedFiles,
  marker,
  ndjson,
  postgres,
  quiet,
  s3Arrival,
  seconds,
  sql,
  text,
} from '../../lib/pipeline';
import { stepwell } from '../cli/stepwell';
import { mails, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const columns = { id: bigint(), name: text(40) };
const DAY = '{yyyy}/{MM}/{dd}';
/** More than the ledger's item of a run names. */
const PARTS = 210;

const clicks = definePipeline({
  name: 'batched-clicks',
  trigger: s3Arrival('clicks/**/*.ndjson', { batch: { maxFiles: 20, window: seconds(8) } }),
  sources: { clicks: landedFiles({ glob: 'clicks/**/*.ndjson', format: ndjson(), columns }) },
  models: { seen: sql.text('SELECT id, name, _file AS file FROM clicks') },
  sinks: [postgres({ model: 'seen', table: 'gathered.clicks', write: append() })],
});

const sales = definePipeline({
  name: 'whole-sales',
  trigger: s3Arrival(`sales/${DAY}/*.csv`, `tills/${DAY}/*.csv`, {
    whole: marker(`sales/${DAY}/_SUCCESS`),
    deadline: { by: '06:00', timezone: 'Europe/Berlin' },
  }),
  sources: {
    sales: landedFiles({ glob: `sales/${DAY}/*.csv`, format: csv(), columns }),
    tills: landedFiles({ glob: `tills/${DAY}/*.csv`, format: csv(), columns }),
  },
  models: {
    both_kinds: sql.text(
      "SELECT id, name, 'sale' AS kind FROM sales UNION ALL SELECT id, name, 'till' AS kind FROM tills",
    ),
  },
  sinks: [postgres({ model: 'both_kinds', table: 'gathered.sales', write: append() })],
  alerts: { email: ['data@example.com'] },
});

const parts = definePipeline({
  name: 'counted-parts',
  trigger: s3Arrival('parts/*.csv', { whole: fileCount(PARTS) }),
  sources: { parts: landedFiles({ glob: 'parts/*.csv', format: csv(), columns }) },
  models: { all_parts: sql.text('SELECT id, name FROM parts') },
  sinks: [postgres({ model: 'all_parts', table: 'gathered.parts', write: append() })],
});

const feed = definePipeline({
  name: 'quiet-feed',
  trigger: s3Arrival('feed/*.csv', { whole: quiet(seconds(3)) }),
  sources: { feed: landedFiles({ glob: 'feed/*.csv', format: csv(), columns }) },
  models: { fed: sql.text('SELECT id, name FROM feed') },
  sinks: [postgres({ model: 'fed', table: 'gathered.feed', write: append() })],
});

let cloud: PipelinesCloud;

beforeAll(async () => {
  cloud = await startPipelines([clicks, sales, parts, feed]);
});
afterAll(() => cloud?.stop());

const say = (...args: string[]) => stepwell(...args, '--state-dir', cloud.cloud.context.stateDir);

const countOf = async (table: string): Promise<number> => {
  const [there] = await cloud.query('aurora', `SELECT to_regclass('gathered.${table}') IS NOT NULL AS there`);
  if (there!.there !== 't') return 0;
  return Number((await cloud.query('aurora', `SELECT count(*) AS n FROM gathered.${table}`))[0]!.n);
};

async function namesOf(pipeline: string): Promise<string[]> {
  const sfn = new SFNClient(cloud.client);
  const stateMachineArn = Object.values(cloud.cloud.outputs).find((outputs) =>
    outputs.StateMachineArn?.endsWith(`stepwell-${pipeline}`),
  )!.StateMachineArn;
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  sfn.destroy();
  return executions.map(({ name }) => name!);
}

test('many small files make a few runs, and each is loaded once', async () => {
  const FILES = 50;
  await Promise.all(
    Array.from({ length: FILES }, (_, id) => cloud.put(`clicks/${id % 3}/${id}.ndjson`, `{"id":${id},"name":"n"}\n`)),
  );
  await until(async () => (await countOf('clicks')) >= FILES || undefined);
  const runs = await cloud.runsOf('batched-clicks', 3);
  expect(runs.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  expect(runs.length).toBeLessThan(FILES / 2);
  expect(await cloud.query('aurora', 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM gathered.clicks')).toEqual([
    { n: '50', ids: '50' },
  ]);
});

test('the files of a day are loaded together when the marker is there; one that comes later has a run of its own', async () => {
  await cloud.put('sales/2026/03/01/a.csv', 'id,name\n1,a\n');
  await cloud.put('tills/2026/03/01/b.csv', 'id,name\n2,b\n');
  await cloud.put('sales/2026/03/02/other.csv', 'id,name\n9,z\n');
  await cloud.put('sales/2026/03/01/_SUCCESS', '');
  const [first] = await cloud.runsOf('whole-sales', 1);
  expect(first).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2 } });
  expect(await cloud.query('aurora', 'SELECT id, kind FROM gathered.sales ORDER BY id')).toEqual([
    { id: '1', kind: 'sale' },
    { id: '2', kind: 'till' },
  ]);
  await cloud.put('sales/2026/03/01/late.csv', 'id,name\n3,c\n');
  // Another marker says that this is all of it, so that nobody waits for more.
  await cloud.put('sales/2026/03/01/_SUCCESS', 'again');
  const [, second, ...more] = await cloud.runsOf('whole-sales', 2);
  expect(more).toEqual([]);
  expect(second).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      rows: 1,
      notes: [expect.stringContaining('1 file of 2026-03-01 came when the run of that date had started')],
    },
  });
  expect((await namesOf('whole-sales')).every((name) => /^[0-9a-f]{8}-gathered-2026-03-01-[12]$/.test(name))).toBe(
    true,
  );
});

test('a day that is not whole by its deadline is mailed once', async () => {
  const lambda = new LambdaClient(cloud.client);
  const tell = async () => {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: cloud.functionOf('whole-sales', 'Gather'),
        Payload: Buffer.from(JSON.stringify({ deadline: { time: '2026-03-03T05:00:00Z' } })),
      }),
    );
    expect(FunctionError).toBeUndefined();
    return JSON.parse(Buffer.from(Payload!).toString()) as unknown;
  };
  expect(await tell()).toEqual({ late: 1 });
  expect(await tell()).toEqual({ late: 1 });
  lambda.destroy();
  await until(() => mails(cloud.cloud.context.stateDir, 'waits still')[0]);
  const told = mails(cloud.cloud.context.stateDir, 'waits still');
  expect(told.map(({ subject }) => subject)).toEqual([
    '[Stepwell] whole-sales waits still: the files of 2026-03-02 are not whole by 06:00 (Europe/Berlin)',
  ]);
});

test('what waits of a day is loaded when a person wants it', async () => {
  const wrong = await say('run', 'whole-sales', '--waiting', '2026-03-05');
  expect(wrong).toMatchObject({ exitCode: 2 });
  expect(wrong.stderr).toContain(
    "Nothing waits of 2026-03-05 for 'whole-sales'. There are: 1 file of 2026-03-02 since",
  );
  const said = await say('run', 'whole-sales', '--waiting', '2026-03-02');
  expect(said.stdout).toContain('A run starts for 1 file of 2026-03-02 since');
  const run = (await cloud.runsOf('whole-sales', 3)).at(-1);
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    output: { rows: 1, notes: ['1 file of 2026-03-02: a person had them loaded before they were whole.'] },
  });
});

test('so many files are whole, and are loaded again together', async () => {
  await Promise.all(Array.from({ length: PARTS }, (_, id) => cloud.put(`parts/${id}.csv`, `id,name\n${id},part\n`)));
  expect(await cloud.runsOf('counted-parts', 1)).toMatchObject([{ status: 'SUCCEEDED', output: { rows: PARTS } }]);
  const [name] = await namesOf('counted-parts');
  const listed = await say('runs', 'counted-parts');
  expect(listed.stdout).toContain(`${PARTS} files`);
  expect((await say('rerun', name!)).exitCode).toBe(0);
  const [, again] = await cloud.runsOf('counted-parts', 2);
  expect(again).toMatchObject({ status: 'SUCCEEDED', output: { rows: PARTS } });
  expect(await countOf('parts')).toBe(PARTS);
});

test('a paused pipeline gathers nothing, and loses nothing', async () => {
  expect((await say('pause', 'whole-sales')).exitCode).toBe(0);
  for (const id of [11, 12]) await cloud.put(`sales/2026/04/01/${id}.csv`, `id,name\n${id},n\n`);
  await cloud.put('sales/2026/04/01/_SUCCESS', '');
  const resumed = await say('resume', 'whole-sales');
  expect(resumed.stdout).toContain('3 files came since');
  const run = (await cloud.runsOf('whole-sales', 4)).at(-1);
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2 } });
  expect((await say('resume', 'whole-sales')).stdout).toContain('was not paused');
});

test('a file that fails its run is put again, and the others of the run come along', async () => {
  await cloud.put('sales/2026/05/01/a.csv', 'id,name\n21,a\n');
  await cloud.put('sales/2026/05/01/b.csv', 'number,name\n22,b\n');
  await cloud.put('sales/2026/05/01/_SUCCESS', '');
  const failed = (await cloud.runsOf('whole-sales', 5)).at(-1);
  expect(failed).toMatchObject({ status: 'FAILED' });
  const mail = await until(() => mails(cloud.cloud.context.stateDir, 'whole-sales failed')[0]);
  expect(mail.text).toContain(
    'put it into the landing bucket again under its key: the other files of the run are loaded with it',
  );
  await cloud.put('sales/2026/05/01/b.csv', 'id,name\n22,b\n');
  await cloud.put('sales/2026/05/01/_SUCCESS', 'again');
  const mended = (await cloud.runsOf('whole-sales', 6)).at(-1);
  expect(mended).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      rows: 2,
      notes: [
        '1 file of 2026-05-01 came when the run of that date had started: this run is of them, and of those that came along.',
        '1 file came along from a run that failed, as another of its files was put again.',
      ],
    },
  });
  const [name] = (await namesOf('whole-sales')).filter((one) => one.includes('2026-05-01-1'));
  const refused = await say('redrive', 'whole-sales', name!);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toContain('have been taken over by the run');
});

test('files are whole when no other has come for a while, by a timer', async () => {
  for (const name of ['a', 'b']) await cloud.put(`feed/${name}.csv`, `id,name\n1,${name}\n`);
  await until(async () => (await countOf('feed')) === 2 || undefined);
  expect((await cloud.runsOf('quiet-feed', 1)).every(({ status }) => status === 'SUCCEEDED')).toBe(true);
});

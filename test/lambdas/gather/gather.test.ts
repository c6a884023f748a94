/** Files that come in any way find their way into one run each. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LATE_WINDOW_MS } from '../../../lambdas/gather/judge';
import { queryOpen } from '../../../lambdas/shared/ledger';
import type { GatherPlan } from '../../../lib/tasks/gather';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { created, type Gathering, gathering, lookAgain } from './gathering';

let cloud: LambdaCloud;

beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const BATCH: GatherPlan = { patterns: ['clicks/*'], rule: { kind: 'batch', maxFiles: 5, windowSeconds: 300 } };
const DAY = 'sales/{yyyy}/{MM}/{dd}/*.csv';
const MARKED: GatherPlan = {
  patterns: [DAY],
  rule: { kind: 'marker', globs: ['sales/{yyyy}/{MM}/{dd}/_SUCCESS'] },
};
const COUNTED: GatherPlan = { patterns: [DAY], rule: { kind: 'files', count: 4 } };
const QUIET: GatherPlan = { patterns: [DAY], rule: { kind: 'quiet', seconds: 60 } };

const minutes = (n: number) => n * 60_000;
const at = '2026-11-21T12:00:00Z';
const put = (key: string, version = 'v1', more = 0) =>
  created(key, { version, at: Date.parse(at) + more, sequencer: String(more).padStart(8, '0') });
const keysOf = async (one: Gathering): Promise<string[][]> =>
  (await one.runs()).map(({ files }) => files.map(({ key }) => key).sort()).sort();

describe('a batch', () => {
  test('starts when so many files are there, and the next one begins', async () => {
    const clicks = await gathering(cloud, BATCH);
    for (const n of [1, 2, 3, 4]) expect(await clicks.invoke(put(`clicks/${n}`))).toMatchObject({ outcome: 'waits' });
    expect(await clicks.runs()).toEqual([]);
    expect(await clicks.invoke(put('clicks/5'))).toMatchObject({ outcome: 'started' });
    await clicks.invoke(put('clicks/6'));
    const [run, ...others] = await clicks.runs();
    expect(others).toEqual([]);
    expect(run!.files.map(({ key }) => key)).toEqual([1, 2, 3, 4, 5].map((n) => `clicks/${n}`));
    expect(run!.input.gathered).toEqual({ by: 'maxFiles', files: 5, since: new Date(at).toISOString() });
    expect(run!.name).toMatch(/^[0-9a-f]{8}-gathered-all-1$/);
  });

  test('starts when its window is over, by a timer that the first file sets', async () => {
    const clicks = await gathering(cloud, BATCH);
    await clicks.invoke(put('clicks/1'));
    clicks.now += minutes(2);
    await clicks.invoke(put('clicks/2'));
    const [timer, ...others] = await clicks.timers();
    expect(others).toEqual([]);
    expect(timer).toEqual({ group: 'all', at: '2026-11-21T12:05:00.000Z' });
    // Step Functions' clock is ahead of this one's.
    clicks.now = Date.parse(timer!.at) - 5;
    expect(await clicks.invoke({ timer: timer! })).toMatchObject({ outcome: 'started' });
    expect(await keysOf(clicks)).toEqual([['clicks/1', 'clicks/2']]);
    // It comes twice.
    expect(await clicks.invoke({ timer: timer! })).toMatchObject({ outcome: 'nothing waits' });
  });

  test('an event that comes twice counts once, also when its file has been loaded', async () => {
    const clicks = await gathering(cloud, BATCH);
    for (const n of [1, 2, 3, 4, 4, 3, 4]) await clicks.invoke(put(`clicks/${n}`));
    expect(await clicks.runs()).toEqual([]);
    await clicks.invoke(put('clicks/5'));
    for (const n of [1, 2, 3, 4, 5]) await clicks.invoke(put(`clicks/${n}`));
    clicks.now += minutes(60);
    await clicks.invoke(lookAgain());
    expect(await keysOf(clicks)).toEqual([[1, 2, 3, 4, 5].map((n) => `clicks/${n}`)]);
  });

  test('of a key that is put again meanwhile, the latest version is loaded', async () => {
    const clicks = await gathering(cloud, BATCH);
    await clicks.invoke(put('clicks/1', 'v1', 1));
    await clicks.invoke(put('clicks/1', 'v3', 3));
    await clicks.invoke(put('clicks/1', 'v2', 2));
    clicks.now += minutes(5);
    await clicks.invoke(lookAgain());
    await clicks.invoke(put('clicks/1', 'v4', 4));
    clicks.now += minutes(5);
    await clicks.invoke(lookAgain());
    const versions = (await clicks.runs()).map(({ files }) => files.map(({ versionId }) => versionId));
    expect(versions.sort()).toEqual([['v3'], ['v4']]);
  });

  test('a key that no pattern matches is nobody’s', async () => {
    const clicks = await gathering(cloud, BATCH);
    expect(await clicks.invoke(put('clicks/a/b'))).toEqual({ outcome: 'ignored' });
  });
});

describe('whole', () => {
  test('a key with digits that are no date is refused, as no run would load it', async () => {
    const sales = await gathering(cloud, MARKED);
    await expect(sales.invoke(put('sales/2026/13/45/a.csv'))).rejects.toThrow(
      '"sales/2026/13/45/a.csv" has no date where sales/{yyyy}/{MM}/{dd}/*.csv names one, or two that differ: no run loads it.',
    );
    expect(await sales.invoke(put('sales/2026/11/20/a.txt'))).toEqual({ outcome: 'ignored' });
  });

  test('with its marker, by day: the files of the other day wait on', async () => {
    const sales = await gathering(cloud, MARKED);
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    await sales.invoke(put('sales/2026/11/21/a.csv'));
    expect(await sales.invoke(put('sales/2026/11/20/_SUCCESS'))).toMatchObject({ outcome: 'started' });
    expect(await keysOf(sales)).toEqual([['sales/2026/11/20/a.csv']]);
    expect((await sales.runs())[0]!.input.gathered).toMatchObject({ date: '2026-11-20', by: 'marker', files: 1 });
    expect((await sales.runs())[0]!.name).toMatch(/^[0-9a-f]{8}-gathered-2026-11-20-1$/);
  });

  test('files that are there count although their events come after the marker’s, and are not loaded again by those', async () => {
    const sales = await gathering(cloud, MARKED);
    const folder = 'sales/2026/01/02';
    const version = await cloud.land(`${folder}/a.csv`, 'id\n1\n');
    await cloud.land(`${folder}/b.csv`, 'id\n2\n');
    const marker = await cloud.land(`${folder}/_SUCCESS`, '');
    await sales.invoke(put(`${folder}/_SUCCESS`, marker));
    expect(await keysOf(sales)).toEqual([[`${folder}/a.csv`, `${folder}/b.csv`]]);
    await sales.invoke(put(`${folder}/a.csv`, version));
    sales.now += minutes(10);
    await sales.invoke(lookAgain());
    expect(await sales.runs()).toHaveLength(1);
  });

  test('what comes when the day’s run has started makes a further run, some of them together', async () => {
    const sales = await gathering(cloud, MARKED);
    await sales.invoke(put('sales/2026/02/02/a.csv'));
    await sales.invoke(put('sales/2026/02/02/_SUCCESS'));
    await sales.invoke(put('sales/2026/02/02/b.csv'));
    await sales.invoke(put('sales/2026/02/02/c.csv'));
    expect(await sales.runs()).toHaveLength(1);
    sales.now += LATE_WINDOW_MS;
    await sales.invoke(lookAgain('2026-02-02'));
    const late = (await sales.runs()).find(({ input }) => input.gathered.by === 'late');
    expect(late!.files.map(({ key }) => key)).toEqual(['sales/2026/02/02/b.csv', 'sales/2026/02/02/c.csv']);
  });

  test('a marker without files starts nothing', async () => {
    const sales = await gathering(cloud, MARKED);
    await sales.invoke(put('sales/2026/02/03/_SUCCESS'));
    expect(await sales.runs()).toEqual([]);
  });

  test('when so many files are there', async () => {
    const sales = await gathering(cloud, COUNTED);
    for (const name of ['a', 'b', 'c', 'c', 'b']) await sales.invoke(put(`sales/2026/11/20/${name}.csv`));
    expect(await sales.runs()).toEqual([]);
    await sales.invoke(put('sales/2026/11/20/d.csv'));
    expect(await keysOf(sales)).toEqual([['a', 'b', 'c', 'd'].map((name) => `sales/2026/11/20/${name}.csv`)]);
  });

  test('when no other has come for so long: each arrival puts it off', async () => {
    const sales = await gathering(cloud, QUIET);
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    sales.now += 50_000;
    await sales.invoke(put('sales/2026/11/20/b.csv'));
    sales.now += 10_000;
    const [first] = await sales.timers();
    expect(await sales.invoke({ timer: first! })).toMatchObject({ outcome: 'waits' });
    const second = (await sales.timers()).find(({ at: time }) => time !== first!.at)!;
    expect(second.at).toBe('2026-11-21T12:01:50.000Z');
    sales.now = Date.parse(second.at);
    await sales.invoke({ timer: second });
    expect(await keysOf(sales)).toEqual([['sales/2026/11/20/a.csv', 'sales/2026/11/20/b.csv']]);
  });

  test('more files than a run may have make several', async () => {
    const sales = await gathering(cloud, { ...QUIET, patterns: ['in/*'] }, 3);
    for (let n = 0; n < 7; n++) await sales.invoke(put(`in/${n}`));
    sales.now += minutes(1);
    await sales.invoke(lookAgain());
    expect((await keysOf(sales)).map(({ length }) => length).sort()).toEqual([1, 3, 3]);
  });

  test('a person has what is there loaded', async () => {
    const sales = await gathering(cloud, COUNTED);
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    expect(await sales.invoke(lookAgain('2026-11-20', true))).toEqual({ '2026-11-20': 'started' });
    expect((await sales.runs())[0]!.input.gathered.by).toBe('person');
    expect(await sales.invoke(lookAgain('2026-11-20', true))).toEqual({ '2026-11-20': 'nothing waits' });
  });

  test('while the pipeline is paused nothing starts; then it does', async () => {
    const clicks = await gathering(cloud, BATCH);
    const note = { pk: `pipeline#${clicks.pipeline}`, sk: 'pause' };
    await cloud.dynamoDb.send(new PutItemCommand({ TableName: 'ledger', Item: marshall(note) }));
    for (const n of [1, 2, 3, 4, 5, 6]) await clicks.invoke(put(`clicks/${n}`));
    expect(await clicks.invoke(lookAgain())).toEqual({ all: 'paused' });
    expect(await clicks.runs()).toEqual([]);
    await cloud.forget(note);
    expect(await clicks.invoke(lookAgain())).toEqual({ all: 'started' });
    expect((await keysOf(clicks)).map(({ length }) => length).sort()).toEqual([1, 5]);
  });
});

describe('a deadline', () => {
  const BY: GatherPlan = {
    ...MARKED,
    deadline: { kind: 'by', time: '06:00', timezone: 'Europe/Berlin', daysLater: 1 },
  };
  const berlin = { deadline: { time: '2026-11-21T05:00:00Z' } };

  test('by the clock is told of a day of which nothing has come', async () => {
    const sales = await gathering(cloud, BY);
    expect(await sales.invoke(berlin)).toEqual({ late: 1 });
    const [alert] = sales.alerts;
    expect(alert).toMatchObject({ kind: 'late-input', pipeline: sales.pipeline, dedupeKey: '2026-11-20#1' });
    expect(alert!.title).toContain('the files of 2026-11-20 are not whole by 06:00 (Europe/Berlin)');
    expect(alert!.lines[0]).toBe('No file has come. It waits for sales/2026/11/20/_SUCCESS.');
    expect(alert!.command).toBe('npx stepwell pipelines');
  });

  test('is not told of one whose run has started', async () => {
    const sales = await gathering(cloud, BY);
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    await sales.invoke(put('sales/2026/11/20/_SUCCESS'));
    expect(await sales.invoke(berlin)).toEqual({ late: 0 });
    expect(sales.alerts).toEqual([]);
  });

  test('says how many have come, and the run starts when they are whole', async () => {
    const sales = await gathering(cloud, BY);
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    await sales.invoke(berlin);
    expect(sales.alerts[0]!.lines[0]).toContain('1 file has come');
    expect(sales.alerts[0]!.command).toBe(`npx stepwell run ${sales.pipeline} --waiting 2026-11-20`);
    await sales.invoke(put('sales/2026/11/20/_SUCCESS'));
    expect(await keysOf(sales)).toEqual([['sales/2026/11/20/a.csv']]);
  });

  test('without dates, a run a day is what is waited for', async () => {
    const rule = { kind: 'files', count: 2 } as const;
    const deadline = { kind: 'by', time: '06:00', timezone: 'UTC', daysLater: 0 } as const;
    const feed = await gathering(cloud, { patterns: ['feed/*'], rule, deadline });
    await feed.invoke(put('feed/a'));
    await feed.invoke(put('feed/b'));
    expect(await feed.invoke({ deadline: { time: '2026-11-22T06:00:00Z' } })).toEqual({ late: 0 });
    expect(await feed.invoke({ deadline: { time: '2026-11-23T06:00:00Z' } })).toEqual({ late: 1 });
  });

  test('after the first file is told once', async () => {
    const sales = await gathering(cloud, { ...MARKED, deadline: { kind: 'within', seconds: 3 * 3600 } });
    await sales.invoke(put('sales/2026/11/20/a.csv'));
    const [timer] = await sales.timers();
    expect(timer).toEqual({ group: '2026-11-20', at: '2026-11-21T15:00:00.000Z' });
    sales.now = Date.parse(timer!.at);
    await sales.invoke({ timer: timer! });
    await sales.invoke(lookAgain());
    expect(sales.alerts.map(({ title }) => title)).toEqual([
      `${sales.pipeline} waits still: the files of 2026-11-20 are not whole 3 hours after the first`,
    ]);
    expect(await sales.runs()).toEqual([]);
  });
});

test('what waits is open for the sweeper, and no longer when its run has started', async () => {
  const clicks = await gathering(cloud, BATCH);
  const open = async () =>
    (await queryOpen<{ pipeline: string }>(cloud.ledger, 'gather', '2030', 1000)).filter(
      ({ pipeline }) => pipeline === clicks.pipeline,
    );
  await clicks.invoke(put('clicks/1'));
  expect(await open()).toMatchObject([{ group: 'all', dueAt: '2026-11-21T12:15:00.000Z' }]);
  clicks.now += minutes(5);
  await clicks.invoke(lookAgain());
  expect(await open()).toEqual([]);
});

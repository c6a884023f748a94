import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import { noteDuration, noteInputs, notePublished, watchKeys } from '../../../lambdas/shared/watched';
import { answerTo } from '../../../lambdas/watch/first-look';
import type { Measure } from '../../../lambdas/watch/measures';
import { metricSeen } from '../../../lambdas/watch/metric-seen';
import { latestDates, newestInput } from '../../../lambdas/watch/newest-input';
import { watch } from '../../../lambdas/watch/watch';
import type { Alert } from '../../../lib/tasks/alert';
import type { ObjectVersion, Run } from '../../../lib/tasks/common';
import type { WatchInput, WatchItem } from '../../../lib/tasks/watch';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-27T08:00:00Z');
const SINK = 'redshift:shop.orders';
const at = (hours: number): string => new Date(START + hours * HOUR).toISOString();

let cloud: LambdaCloud;
let pipeline = '';
let count = 0;
let sent: Alert[];
let measured: Measure[];
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  pipeline = `p${++count}`;
  sent = [];
  measured = [];
});

const look = (hours: number, more: Partial<WatchInput> = {}) =>
  watch(
    { pipeline, now: at(hours), timeoutSeconds: 21_600, sinks: [SINK], inputs: [], withinSeconds: 26 * 3600, ...more },
    {
      ledger: cloud.ledger,
      s3: cloud.s3,
      landingBucket: 'landing',
      send: async (alert) => {
        sent.push(alert);
        return 'sent';
      },
      measure: (measures) => void measured.push(...measures),
    },
  );
const executionArn = (runId: string) => `arn:aws:states:us-east-1:000000000000:execution:stepwell-${pipeline}:${runId}`;
const run = (runId: string, hours: number): Run => ({
  pipeline,
  runId,
  executionArn: executionArn(runId),
  startedAt: at(hours),
  loadKey: `${pipeline}:k`,
  loadId: 'k',
  generation: 0,
  arrival: `${at(hours)}#${'0'.repeat(32)}`,
});
const publish = (runId: string, hours: number, now = hours) =>
  notePublished(cloud.ledger, run(runId, hours), [{ sink: SINK, rows: 3, changed: true }], START + now * HOUR);
const items = () => getItem<WatchItem>(cloud.ledger, watchKeys.watch(pipeline));

test('a pipeline that never starts is noticed, once, and is right again by its first run', async () => {
  for (const hours of [0, 12, 26]) await look(hours);
  expect(sent).toEqual([]);

  await look(27);
  expect(sent).toMatchObject([
    {
      kind: 'freshness',
      severity: 'error',
      pipeline,
      title: `${pipeline} has published nothing into ${SINK} since it is watched, for 27 hours`,
      dedupeKey: `${SINK}#never`,
    },
  ]);
  expect(await items()).toMatchObject({ since: at(0), lookedAt: at(27), problems: [{ kind: 'freshness' }] });

  await publish('r1', 27.5);
  sent = [];
  await look(28);
  expect(sent).toMatchObject([{ kind: 'recovery', severity: 'info', title: `${pipeline} is fresh again` }]);
  expect((await items())?.problems).toEqual([]);
  expect(
    measured.filter(({ name, dimensions }) => name === 'Problems' && dimensions.pipeline).map(({ value }) => value),
  ).toEqual([0, 0, 0, 1, 0]);
});

test('a later publication that is late as well is another alert, and nothing is right in between', async () => {
  await look(0);
  await publish('r1', 1);
  await look(20);
  await look(40);
  // Loaded now, but of long ago: as a backfill, or a file that came late.
  await publish('r2', 2, 40.5);
  await look(41);

  expect(sent.map(({ kind, dedupeKey }) => `${kind} ${dedupeKey}`)).toEqual([
    `freshness ${SINK}#${at(1)}`,
    `freshness ${SINK}#${at(2)}`,
  ]);
  // What is older than what is there makes it no fresher.
  await publish('r0', -100, 41);
  expect(await getItem(cloud.ledger, watchKeys.published(pipeline, SINK))).toMatchObject({ runId: 'r2', asOf: at(2) });
});

test('a paused pipeline is left alone, is said to be paused, and has its time anew when it is resumed', async () => {
  await look(0);
  await publish('r1', 0);
  await putItem(cloud.ledger, watchKeys.pause(pipeline), { since: at(1), by: 'me' });
  for (const hours of [20, 40, 60]) expect(await look(hours)).toEqual({ problems: [], paused: true });
  expect(measured.filter(({ name }) => name === 'Paused')).toHaveLength(3);
  expect(measured.filter(({ name }) => name === 'PublishedAge').at(-1)?.value).toBe(60 * 3600);

  const { DeleteItemCommand } = await import('@aws-sdk/client-dynamodb');
  const { pk, sk } = watchKeys.pause(pipeline);
  await cloud.dynamoDb.send(new DeleteItemCommand({ TableName: 'ledger', Key: { pk: { S: pk }, sk: { S: sk } } }));
  for (const hours of [61, 80]) expect(await look(hours)).toEqual({ problems: [], paused: false });
  expect((await look(87)).problems).toHaveLength(1);
});

test('a watch that did not look for more than a day begins anew, and one whose clock was put back does not', async () => {
  await look(0);
  await look(-1);
  expect(await items()).toMatchObject({ since: at(-1) });
  await look(20);
  await look(50);
  expect(await items()).toMatchObject({ since: at(50), lookedAt: at(50) });
  expect(sent).toEqual([]);
});

test('runs that do not end, and those whose execution is gone, are told of by their id', async () => {
  await look(0);
  const running = run('aaaaaaaa-1', 0);
  const gone = run('bbbbbbbb-2', 0);
  await updateRun(cloud.ledger, running, { status: 'RUNNING', startedAt: at(0), openPk: 'run', dueAt: at(1) });
  await updateRun(cloud.ledger, gone, { status: 'FAILED', startedAt: at(0), openPk: 'gone', dueAt: at(1) });
  for (let n = 0; n < 6; n++) await noteDuration(cloud.ledger, run('x', 0), START + 15 * 60_000);
  // One waits for its turn, another had it half an hour ago.
  const waits = { status: 'RUNNING', startedAt: at(-9), openPk: 'run', dueAt: at(1), waitsSince: at(-9) } as const;
  await updateRun(cloud.ledger, run('dddddddd-4', 0), waits);
  await updateRun(cloud.ledger, run('eeeeeeee-5', 0), { ...waits, turnAt: at(0.5) });
  const other = { ...run('cccccccc-3', 0), pipeline: 'other' };
  await updateRun(cloud.ledger, other, { status: 'RUNNING', startedAt: at(-9), openPk: 'run', dueAt: at(1) });

  await look(0.9);
  expect(sent.map(({ title }) => title)).toEqual([`${pipeline}: the execution of run bbbbbbbb is gone`]);
  // Told of: nothing is left to be done.
  expect((await getRun(cloud.ledger, pipeline, 'bbbbbbbb-2'))?.openPk).toBeUndefined();
  sent = [];
  await look(1.1);
  expect(sent).toMatchObject([{ kind: 'stuck', runId: 'aaaaaaaa-1', command: 'npx stepwell show aaaaaaaa' }]);
});

describe('a deadline of a schedule', () => {
  // The clock goes from 2 to 3 on 29 March in Berlin.
  const schedule = { cron: '0 1 * * *', timezone: 'Europe/Berlin' };
  const deadline = { cron: '0 6 * * *', timezone: 'Europe/Berlin' };
  const goals = { schedule, deadline, withinSeconds: undefined };
  const time = (iso: string) => (Date.parse(iso) - START) / HOUR;
  const load = (start: string, end: string, status = 'loaded') =>
    putItem(cloud.ledger, ledgerKeys.interval(pipeline, { start, end }), { status });

  test('is judged when it is over, by its own clock, also on the day of 23 hours', async () => {
    await look(time('2026-03-27T08:00:00Z'), goals);
    await load('2026-03-27T00:00:00.000Z', '2026-03-28T00:00:00.000Z');
    await load('2026-03-28T00:00:00.000Z', '2026-03-29T00:00:00.000Z', 'claimed');
    await look(time('2026-03-28T05:00:00Z'), goals);
    // 6 o'clock is 4 UTC from here on.
    await look(time('2026-03-29T03:59:00Z'), goals);
    expect(sent).toEqual([]);
    await look(time('2026-03-29T04:00:01Z'), goals);
    expect(sent).toMatchObject([
      {
        kind: 'deadline',
        title: `${pipeline} has missed its deadline: 1 of 1 interval not loaded by 2026-03-29 06:00 (Europe/Berlin)`,
        lines: ['Not loaded:', '  2026-03-28 00:00 UTC to 2026-03-29 00:00 UTC'],
        dedupeKey: '2026-03-29T04:00:00.000Z',
      },
    ]);

    await load('2026-03-28T00:00:00.000Z', '2026-03-29T00:00:00.000Z');
    sent = [];
    await look(time('2026-03-29T05:00:00Z'), goals);
    expect(sent).toMatchObject([{ kind: 'recovery', title: `${pipeline} is on time again` }]);
  });

  test('does not ask for what ended before the pipeline was watched', async () => {
    await look(time('2026-03-28T04:30:00Z'), goals);
    await look(time('2026-03-28T05:00:10Z'), goals);
    expect(sent).toEqual([]);
  });

  test('of an hourly schedule wants every hour of the day', async () => {
    const hourly = {
      ...goals,
      schedule: { cron: '5 * * * *', timezone: 'UTC' },
      deadline: { cron: '0 6 * * *', timezone: 'UTC' },
    };
    await look(time('2026-03-27T08:00:00Z'), hourly);
    await look(time('2026-03-27T20:00:00Z'), hourly);
    for (let hour = 7; hour < 22; hour++) {
      const start = new Date(Date.UTC(2026, 2, 27, hour, 5));
      await load(start.toISOString(), new Date(start.getTime() + HOUR).toISOString());
    }
    await look(time('2026-03-28T06:00:00Z'), hourly);

    expect(sent[0]?.title).toBe(
      `${pipeline} has missed its deadline: 7 of 22 intervals not loaded by 2026-03-28 06:00 (UTC)`,
    );
  });
});

describe('the newest file', () => {
  const services = () => ({ s3: cloud.s3, landingBucket: 'landing', now: '2026-03-10T08:00:00.000Z' });

  test('of dated globs is found under the newest date that has one, counted by the clock of the schedule', async () => {
    const globs = ['dated/{yyyy}/{MM}/{dd}/*.csv'];
    const watched = { source: 's', globs, timezone: 'Asia/Tokyo' };
    expect(await newestInput(watched, undefined, services())).toEqual({ isSure: true });
    await cloud.land('dated/2026/03/07/a.csv', 'a');
    await cloud.land('dated/2026/03/07/b.txt', 'b');
    expect(await newestInput(watched, undefined, services())).toMatchObject({
      key: 'dated/2026/03/07/a.csv',
      isSure: true,
    });

    expect(latestDates(globs[0]!, 'Asia/Tokyo', '2026-03-10T16:00:00Z').slice(0, 2)).toEqual([
      'dated/2026/03/11/*.csv',
      'dated/2026/03/10/*.csv',
    ]);
    expect(latestDates('{yyyy}-{MM}/*', 'UTC', '2026-03-10T16:00:00Z').slice(0, 3)).toEqual([
      '2026-03/*',
      '2026-02/*',
      '2026-01/*',
    ]);
    expect(latestDates('{yyyy}/{MM}/{dd}/{HH}/*', 'UTC', '2026-03-10T16:00:00Z')).toHaveLength(48);
  });

  test('of a folder that is too large to look through is the one that a run was started for', async () => {
    const pages: unknown[] = [];
    const endless = {
      send: async ({ input }: { input: object }) => {
        pages.push(input);
        return { Contents: [{ Key: 'big/a.csv', LastModified: new Date(0) }], NextContinuationToken: 'more' };
      },
    } as never;
    const object = { bucket: 'landing', key: 'big/z.csv', etag: 'e', size: 1, lastModified: at(1) } as ObjectVersion;
    await noteInputs(cloud.ledger, pipeline, { s: [{ ...object, lastModified: at(0), key: 'big/y.csv' }, object] });
    await noteInputs(cloud.ledger, pipeline, { s: [{ ...object, lastModified: at(-1) }] });
    const noted = await getItem<never>(cloud.ledger, watchKeys.input(pipeline, 's'));
    const watched = { source: 's', globs: ['big/*.csv'], timezone: 'UTC' };

    expect(await newestInput(watched, noted, { ...services(), s3: endless })).toEqual({
      arrivedAt: at(1),
      key: 'big/z.csv',
      isSure: true,
    });
    expect(pages).toHaveLength(5);
    // Nobody can say that there is none: nothing is told.
    expect(await newestInput({ ...watched, globs: ['big/*.txt'] }, undefined, { ...services(), s3: endless })).toEqual({
      isSure: false,
    });
  });
});

test('a deploy looks at once, and what it has found goes with the stack', async () => {
  const event = {
    RequestType: 'Create' as const,
    ResponseURL: 'http://127.0.0.1/',
    StackId: 's',
    RequestId: 'q',
    LogicalResourceId: 'l',
    ResourceProperties: {
      Pipeline: pipeline,
      Watch: JSON.stringify({ pipeline, timeoutSeconds: 60, sinks: [SINK], inputs: [] }),
    },
  };
  const services = {
    look: ({ now }: WatchInput) => look((Date.parse(now) - START) / HOUR),
    ledger: cloud.ledger,
    seen: async () => true,
    now: () => at(3),
  };
  expect(await answerTo(event, services)).toEqual({
    Status: 'SUCCESS',
    StackId: 's',
    RequestId: 'q',
    LogicalResourceId: 'l',
    PhysicalResourceId: `watch:${pipeline}`,
  });
  expect(await items()).toMatchObject({ since: at(3), lookedAt: at(3) });
  await answerTo({ ...event, RequestType: 'Delete' }, services);
  expect(await items()).toBeUndefined();

  // No deploy fails where CloudWatch is slow, or nobody can look.
  expect(await answerTo(event, { ...services, seen: async () => false })).toMatchObject({ Status: 'SUCCESS' });
  const failing = { ...services, look: () => Promise.reject(new Error('no table')) };
  expect(await answerTo(event, failing)).toMatchObject({ Status: 'SUCCESS', Reason: 'Error: no table' });
});

test('the data of the first look are waited for, but not for ever', async () => {
  let now = 0;
  let asked = 0;
  const services = (after: number) => ({
    cloudWatch: { send: async () => ({ Datapoints: ++asked > after ? [{}] : [] }) } as never,
    namespace: 'Stepwell',
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  });
  expect(await metricSeen('orders', services(5))).toBe(true);
  expect(asked).toBe(6);
  expect(await metricSeen('orders', services(1000))).toBe(false);
  expect(now).toBeLessThan(240_000);
});

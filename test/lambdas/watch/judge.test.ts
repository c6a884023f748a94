import { type Facts, judge, patienceMs } from '../../../lambdas/watch/judge';
import { measuresOf } from '../../../lambdas/watch/measures';
import { ageText, atText } from '../../../lambdas/watch/texts';
import type { WatchInput } from '../../../lib/tasks/watch';

const NOW = '2026-03-10T08:00:00.000Z';
const HOUR = 3600;
const SINK = 'redshift:shop.orders';
const before = (hours: number): string => new Date(Date.parse(NOW) - hours * HOUR * 1000).toISOString();

const input: WatchInput = {
  pipeline: 'orders',
  now: NOW,
  timeoutSeconds: 6 * HOUR,
  sinks: [SINK],
  inputs: [{ source: 'files', globs: ['orders/*.csv'], timezone: 'UTC', withinSeconds: 25 * HOUR }],
  withinSeconds: 26 * HOUR,
};
const facts: Facts = {
  since: before(1000),
  isPaused: false,
  published: [{ sink: SINK, asOf: before(2), publishedAt: before(1), runId: 'r', rows: 3 }],
  durations: [],
  inputs: { files: { arrivedAt: before(2), key: 'orders/a.csv', isSure: true } },
  running: [],
  gone: [],
};
const publishedAsOf = (hours: number): Facts['published'] => [
  { sink: SINK, asOf: before(hours), publishedAt: before(hours), runId: 'r', rows: 3 },
];
const titles = (more: Partial<Facts>, goals: Partial<WatchInput> = {}): string[] =>
  judge({ ...input, ...goals }, { ...facts, ...more }).map(({ title }) => title);

test('a pipeline that does what it should has no problem', () => {
  expect(titles({})).toEqual([]);
});

describe('published data', () => {
  test('that are older than their goal are told of, with what they are of', () => {
    expect(judge(input, { ...facts, published: publishedAsOf(27) })).toEqual([
      {
        key: `${SINK}#${before(27)}`,
        kind: 'freshness',
        title: 'orders is late: the data of redshift:shop.orders are 27 hours old',
        lines: [
          'They are of 2026-03-09 05:00 UTC. Its data are to be no older than 26 hours.',
          'Either no run starts, or runs fail, or what comes in is old.',
        ],
        command: 'npx stepwell runs orders',
      },
    ]);
  });

  test('that there never were are told of once they are due, however new the pipeline is', () => {
    expect(titles({ published: [], since: before(25) })).toEqual([]);
    expect(titles({ published: [], since: before(27) })).toEqual([
      'orders has published nothing into redshift:shop.orders since it is watched, for 27 hours',
    ]);
  });

  test('of before the pipeline was watched are the fault of nobody fault: the time runs from its deploy', () => {
    expect(titles({ published: publishedAsOf(500), since: before(3) })).toEqual([]);
  });

  test('may be as old as they like where no goal is said', () => {
    expect(titles({ published: publishedAsOf(900) }, { withinSeconds: undefined })).toEqual([]);
  });

  test('of a paused pipeline are not told of; the time runs anew from the end of the pause', () => {
    expect(titles({ published: publishedAsOf(90), isPaused: true })).toEqual([]);
    expect(titles({ published: publishedAsOf(90), pausedAt: before(1) })).toEqual([]);
    expect(titles({ published: publishedAsOf(90), pausedAt: before(27) })).toHaveLength(1);
  });

  test('that lie in the future, where the clock was put back, are no older than nothing', () => {
    expect(titles({ published: publishedAsOf(-5), since: before(-4) })).toEqual([]);
    expect(measuresOf(input, { ...facts, published: publishedAsOf(-5) }, [])).toContainEqual({
      name: 'PublishedAge',
      value: 0,
      dimensions: { pipeline: 'orders', table: SINK },
    });
  });
});

describe('files', () => {
  const inputs = (hours: number, isSure = true): Facts['inputs'] => ({
    files: { arrivedAt: before(hours), key: 'orders/a.csv', isSure },
  });

  test('that do not come are told of, with the newest', () => {
    expect(judge(input, { ...facts, inputs: inputs(26) })[0]).toMatchObject({
      kind: 'freshness',
      title: 'orders: no file of files has come for 26 hours',
      lines: [
        'The newest, orders/a.csv, came at 2026-03-09 06:00 UTC. One is to come within 25 hours.',
        'Ask who sends them. If they do come, their keys match none of the globs:',
        '  orders/*.csv',
      ],
    });
  });

  test('of which there is none are told of, but not where it cannot be said that there is none', () => {
    expect(titles({ inputs: { files: { isSure: true } } })).toEqual([
      'orders: no file of files has come since it is watched, for 41 days',
    ]);
    expect(titles({ inputs: { files: { isSure: false } } })).toEqual([]);
  });
});

describe('runs', () => {
  const run = (minutes: number) => ({ runId: '3f0c9a1e-77', startedAt: before(minutes / 60) });
  const minutes = (...all: number[]) => all.map((one) => one * 60_000);

  test('that take four times as long as nine of ten before them are stuck, after half an hour at the least', () => {
    const durations = minutes(10, 10, 10, 10, 12);
    expect(titles({ durations, running: [run(47)] })).toEqual([]);
    expect(judge(input, { ...facts, durations, running: [run(49)] })).toMatchObject([
      {
        kind: 'stuck',
        runId: '3f0c9a1e-77',
        title: 'orders: run 3f0c9a1e has been running for 49 minutes',
        lines: ['Nine of ten runs before it took no longer than 12 minutes. It fails after 6 hours.'],
        command: 'npx stepwell show 3f0c9a1e',
      },
    ]);
    expect(titles({ durations: minutes(1, 1, 1, 1, 1), running: [run(29)] })).toEqual([]);
    expect(titles({ durations: minutes(1, 1, 1, 1, 1), running: [run(31)] })).toHaveLength(1);
  });

  test('of a pipeline whose usual time is not known are stuck after half of their timeout', () => {
    expect(patienceMs(minutes(1, 2), 6 * HOUR)).toBe(3 * HOUR * 1000);
    // And never so late that the timeout is first.
    expect(patienceMs(minutes(300, 300, 300, 300, 300), 6 * HOUR)).toBe(5.4 * HOUR * 1000);
  });

  test('that are said to run longer than a run can have ended without anybody to note it', () => {
    expect(titles({ running: [run(8 * 60)] })).toEqual([
      'orders: run 3f0c9a1e is said to run for 8 hours, longer than a run can',
    ]);
  });

  test('whose execution is gone are told of, also of a paused pipeline', () => {
    expect(titles({ gone: [run(60)], isPaused: true })).toEqual(['orders: the execution of run 3f0c9a1e is gone']);
  });
});

describe('a deadline', () => {
  const at = '2026-03-10T05:00:00.000Z';
  const from = '2026-03-09T05:00:00.000Z';
  const deadline = { at, from, timezone: 'Europe/Berlin', isWhole: true };
  const schedule = { cron: '0 1 * * *', timezone: 'Europe/Berlin' };
  const interval = { start: '2026-03-09T00:00:00.000Z', end: '2026-03-10T00:00:00.000Z' };

  test('of a schedule is missed by each interval that is not loaded', () => {
    const problems = judge(
      { ...input, schedule },
      { ...facts, deadline: { ...deadline, due: 1, missing: [interval] } },
    );
    expect(problems).toEqual([
      {
        key: at,
        kind: 'deadline',
        title: 'orders has missed its deadline: 1 of 1 interval not loaded by 2026-03-10 06:00 (Europe/Berlin)',
        lines: ['Not loaded:', '  2026-03-09 00:00 UTC to 2026-03-10 00:00 UTC'],
        command: 'npx stepwell runs orders',
      },
    ]);
    expect(titles({ deadline: { ...deadline, due: 1, missing: [] } }, { schedule })).toEqual([]);
    expect(titles({ deadline: { ...deadline, due: 1, missing: [interval] }, isPaused: true }, { schedule })).toEqual(
      [],
    );
  });

  test('of files is met by anything that was published since the one before, be it late', () => {
    expect(titles({ deadline, published: publishedAsOf(10) })).toEqual([]);
    expect(titles({ deadline, published: publishedAsOf(1) })).toEqual([]);
    expect(titles({ deadline, published: publishedAsOf(28) }, { withinSeconds: undefined })).toEqual([
      'orders has missed its deadline: nothing published by 2026-03-10 06:00 (Europe/Berlin)',
    ]);
  });

  test('is none for a pipeline that was deployed, or resumed, since the one before', () => {
    const published = publishedAsOf(28);
    expect(titles({ deadline: { ...deadline, isWhole: false }, published }, { withinSeconds: undefined })).toEqual([]);
  });
});

test('each measure has its dimensions; problems are counted of all pipelines together as well', () => {
  const problems = judge(input, { ...facts, published: publishedAsOf(27) });

  expect(measuresOf({ ...input, deadline: { cron: '0 6 * * *', timezone: 'UTC' } }, facts, problems)).toEqual([
    { name: 'Problems', value: 1, dimensions: { pipeline: 'orders' } },
    { name: 'Problems', value: 1, dimensions: {} },
    { name: 'DeadlinesMissed', value: 0, dimensions: { pipeline: 'orders' } },
    { name: 'PublishedAge', value: 2 * HOUR, dimensions: { pipeline: 'orders' } },
    { name: 'PublishedAge', value: 2 * HOUR, dimensions: { pipeline: 'orders', table: SINK } },
    { name: 'InputAge', value: 2 * HOUR, dimensions: { pipeline: 'orders', source: 'files' } },
  ]);
  // What is nearly always nothing is measured where it is something.
  expect(measuresOf(input, { ...facts, isPaused: true }, []).map(({ name }) => name)).toContain('Paused');
  const stuck = judge(input, { ...facts, gone: [{ runId: 'r', startedAt: NOW }] });
  expect(measuresOf(input, facts, stuck).map(({ name }) => name)).toContain('StuckRuns');
});

test.each([
  [40, '40 seconds'],
  [60, '1 minute'],
  [5400, '90 minutes'],
  [3600, '1 hour'],
  [26 * HOUR, '26 hours'],
  [50 * HOUR, '2 days'],
])('%i seconds are %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});

test('a time of the clock is that of its place', () => {
  expect(atText('2026-07-01T04:00:00.000Z', 'Europe/Berlin')).toBe('2026-07-01 06:00');
  expect(atText('2026-07-01T04:00:00.000Z')).toBe('2026-07-01 04:00 UTC');
});

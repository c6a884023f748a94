import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { composePartial } from '../../../lambdas/report-failure/compose-partial';
import { composeRecovery, composeSuccess, composeWarning } from '../../../lambdas/report-failure/compose-success';
import { reportSuccess } from '../../../lambdas/report-failure/report-success';
import { identityAfter } from '../../../lambdas/shared/after-claim';
import { mailOf } from '../../../lambdas/shared/alerts/mail';
import { type FailedNote, getHealth, noteFailure, noteRecovery, noteSuccess } from '../../../lambdas/shared/health';
import { ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { getRun, type RunItem, updateRun } from '../../../lambdas/shared/run-item';
import { sweepRuns } from '../../../lambdas/sweep/sweep-runs';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let executionArn: string;
let mails: { Subject?: string; Message?: string }[] = [];
/** by key in the work bucket */
const quarantine = new Map<string, string>();

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const definition = { StartAt: 'P', States: { P: { Type: 'Succeed' } } };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-weather',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  const started = await cloud.stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name: 'run-1' }));
  executionArn = started.executionArn!;
  while ((await cloud.stepFunctions.send(new DescribeExecutionCommand({ executionArn }))).status === 'RUNNING');
});
afterAll(() => cloud.close());
beforeEach(() => {
  mails = [];
});

const partial = (): RunItem => ({
  pipeline: 'weather',
  runId: 'run-1',
  executionArn,
  status: 'SUCCEEDED',
  startedAt: '2026-03-05T01:05:02.000Z',
  endedAt: '2026-03-05T01:06:00.000Z',
  interval: { start: '2026-03-05T00:05:00.000Z', end: '2026-03-05T01:05:00.000Z' },
  rows: 57,
  rejected: 1,
  published: { 'postgres:weather.city_hours': { sink: 'postgres:weather.city_hours', rows: 57, changed: true } },
  failed: [
    { source: 'observations', partition: '2950159', error: 'SourceUnavailable', cause: 'It answers 503, 3 times.' },
    { source: 'observations', partition: '1850147', error: 'States.Timeout', cause: '' },
  ],
  missing: 2,
  tell: ['partial'],
  kept: { key: 'runs/kept.json', etag: 'e', length: 1 },
});

const services = (requestId = 'request-1') => ({
  ledger: cloud.ledger,
  stepFunctions: cloud.stepFunctions,
  readStart: async (key: string) => quarantine.get(key) ?? '',
  warn: () => {},
  alerts: {
    ledger: cloud.ledger,
    topicArn: () => 'arn:aws:sns:us-east-1:000000000000:alerts',
    requestId,
    now: () => Date.parse('2026-03-05T01:06:05.000Z'),
    sns: {
      send: async ({ input }: PublishCommand) => {
        mails.push(input);
        return {};
      },
    } as unknown as SNSClient,
  },
});
const event = () => ({ detail: { executionArn, name: 'run-1', status: 'SUCCEEDED' as const } });

test('says what is missing and why, what is published, and the command that brings in the rest', () => {
  const { subject, text } = mailOf(composePartial({ ...partial(), rerunOf: 'run-0' }, 0));
  expect(subject).toBe('[Stepwell] weather is partial: 2 partitions of observations are missing');
  expect(text).toBe(`The pipeline weather has loaded all but 2 partitions of observations: the run is partial.
What it has is published. What is missing is not lost: the run can be run again for it alone.

Pipeline:  weather
Run:       run-1
Rerun of:  run-0
Interval:  2026-03-05T00:05:00.000Z to 2026-03-05T01:05:00.000Z
Started:   2026-03-05T01:05:02.000Z
Ended:     2026-03-05T01:06:00.000Z
Rows:      57, and 1 bad ones in quarantine

Missing
  observations, partition 2950159: SourceUnavailable
    It answers 503, 3 times.
  observations, partition 1850147: States.Timeout

Published
  postgres:weather.city_hours: 57 rows

What to do
  When the source answers again, extract the missing partitions alone. The tables then hold the whole, once
  npx stepwell rerun run-1 --failed-partitions
  or
  aws stepfunctions start-execution --state-machine-arn arn:aws:states:us-east-1:000000000000:stateMachine:stepwell-weather --input '{"rerun":{"runId":"run-1"}}'
  Staged files are kept for 30 days; after that, the whole is extracted anew: npx stepwell rerun without --failed-partitions.

The run in the console
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}
`);
});

test('a secret in a cause is not mailed; of very many missing partitions the first are named', () => {
  const failed = Array.from({ length: 50 }, (_, index) => ({
    source: 's',
    partition: `p${index}`,
    error: 'SourceRefused',
    cause: 'It refuses password=hunter2.',
  }));
  const { subject, text } = mailOf(composePartial({ ...partial(), failed, missing: 500 }, 0));
  expect(subject).toContain('500 partitions of s are missing');
  expect(text).not.toContain('hunter2');
  expect(text).toContain('  and 480 more\n');
});

test('is sent once, whatever comes how often, and then the sweeper need not look after the run', async () => {
  expect(await reportSuccess('weather', event(), services())).toBe('out of date');

  const { pipeline, runId, ...item } = partial();
  const open = { openPk: 'run', dueAt: '2026-03-05T01:21:00.000Z' } as const;
  await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, ...open });
  expect(await reportSuccess('weather', event(), services())).toBe('reported');
  expect(await reportSuccess('weather', event(), services('request-2'))).toBe('reported before');
  expect(mails).toHaveLength(1);
  expect(await getRun(cloud.ledger, 'weather', 'run-1')).not.toHaveProperty('openPk');
});

test('the sweeper looks after a run that was told until what starts after it has begun', async () => {
  const { pipeline, runId, ...item } = partial();
  const open = {
    openPk: 'run',
    dueAt: '2026-03-05T01:21:00.000Z',
    loadKey: 'weather:day',
    starts: ['report'],
  } as const;
  await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, ...open });
  // Told by the test before.
  expect(await reportSuccess('weather', event(), services('request-3'))).toBe('reported before');
  const { ledger, stepFunctions } = cloud;
  const events = new EventBridgeClient(cloud.settings);
  const sweep = (time: string) => sweepRuns({ ledger, stepFunctions, events, now: () => Date.parse(time) });
  expect(await sweep('2026-03-05T01:22:00.000Z')).toBe(1);
  expect(cloud.events.at(-1)).toMatchObject({ detail: { executionArn, output: '{"published":[]}' } });

  await putItem(ledger, ledgerKeys.after('report', identityAfter('report', 'weather:day').loadId), { generation: 0 });
  expect(await sweep('2026-03-05T02:22:00.000Z')).toBe(0);
  expect(await getRun(ledger, 'weather', 'run-1')).not.toHaveProperty('openPk');
  await updateRun(ledger, { pipeline, runId, executionArn }, { starts: undefined });
});

test('the event that was lost is sent once more by the sweeper, as the rule of what is told wants it', async () => {
  const { pipeline, runId, ...item } = partial();
  const open = { openPk: 'run', dueAt: '2026-03-05T01:21:00.000Z' } as const;
  await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, ...open });
  const { ledger, stepFunctions } = cloud;
  const events = new EventBridgeClient(cloud.settings);
  expect(await sweepRuns({ ledger, stepFunctions, events, now: () => Date.parse('2026-03-05T01:22:00.000Z') })).toBe(1);
  expect(cloud.events.at(-1)).toMatchObject({
    source: 'stepwell',
    detail: { executionArn, status: 'SUCCEEDED', output: '{"published":[],"tell":[]}' },
  });
});

const succeeded = (more: Partial<RunItem> = {}): RunItem => {
  const { failed: _, missing: __, kept: ___, ...rest } = partial();
  return { ...rest, loadKey: 'weather:day', tell: [], ...more };
};
const badRow = (line: number, column: string, reason: string) => ({
  bucket: 'landing',
  key: 'orders/2026-03.csv',
  versionId: 'v1',
  line,
  offset: line * 10,
  column,
  reason,
  raw: `${line},max@example.com`,
});
const width = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('bad rows and checks that warn', () => {
  const rows = [
    badRow(3, 'total', "'max@example.com' is not a decimal number"),
    badRow(9, 'total', "'O'Brien' is not a decimal number"),
    badRow(12, 'total', "'x' is not a decimal number"),
    badRow(14, 'total', "'y' is not a decimal number"),
    badRow(17, 'tax', "'7x' is not a number as the format has them (decimal: ',')"),
    badRow(20, 'name', 'the text has 90 characters, the column takes 80'),
  ];
  const run = () =>
    succeeded({
      runId: 'a6d945f7-0000-4000-8000-000000000000',
      interval: undefined as never,
      objects: [{ bucket: 'landing', key: 'orders/2026-03.csv', versionId: 'v1', etag: 'e', size: 1 } as never],
      rows: 3_114,
      rejected: 6,
      checks: [
        { check: 'unique(orders.note)', severity: 'warn', outcome: 'failed', rule: 'note is unique', bad: 2 },
        { check: 'notNull(orders.id)', severity: 'error', outcome: 'passed', rule: 'id is not NULL' },
      ],
    });

  test('are one mail with counts, reasons and places, and nothing of what stands in the rows', () => {
    const { subject, text } = mailOf(composeWarning(run(), rows, 0));

    expect(subject).toBe('[Stepwell] weather has put 6 bad rows of 3,120 into quarantine, and 1 check warns');
    expect(text).toBe(`weather has put 6 bad rows of 3,120 into quarantine, and 1 check warns.

The run has succeeded with the other 3,114 rows. The bad ones are in no table;
they are kept for 365 days.

About the run:
  Run:       a6d945f7-0000-4000-8000-000000000000
  Files:     s3://landing/orders/2026-03.csv
  Started:   2026-03-05T01:05:02.000Z
  Ended:     2026-03-05T01:06:00.000Z

What is wrong:
  4 rows, column total: … is not a decimal number
      line 3 of orders/2026-03.csv, line 9 of orders/2026-03.csv, line 12 of orders/2026-03.csv, …
  1 row, column tax: … is not a number as the format has them (decimal: ',')
      line 17 of orders/2026-03.csv
  1 row, column name: the text has 90 characters, the column takes 80
      line 20 of orders/2026-03.csv

The checks that warn:
  unique(orders.note): note is unique; found 2 rows

When the contract or the SQL is corrected and deployed, load them:
  npx stepwell quarantine replay a6d945f7-0000-4000-8000-000000000000

What to do
  npx stepwell quarantine show a6d945f7-0000-4000-8000-000000000000

In the console
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}
`);
  });

  test('records of a stream are told by where they were, late ones together, with what brings them in', () => {
    const late = (second: number) => ({
      ...badRow(second, 'at', ''),
      column: null,
      reason: `the record is late: at is 2026-03-05 0${second}:00:00, it was received 2026-03-05T09:00:0${second}.000Z, and 3600 s are allowed`,
      shard: 'shardId-000000000001',
      sequence: `490${second}`,
    });
    const { text } = mailOf(composeWarning({ ...run(), rejected: 2 }, [late(1), late(2)], 0));

    expect(text).toContain(`  2 rows, the record is late: at is …, it was received …, and 3600 s are allowed
      sequence number 4901 of shardId-000000000001, sequence number 4902 of shardId-000000000001
`);
    expect(text).toContain('\n  npx stepwell rebuild weather --from <day>\n');
  });

  test('of very many rows the first are looked at; checks alone have a mail of their own kind', () => {
    expect(mailOf(composeWarning({ ...run(), rejected: 40_000 }, rows, 0)).text).toContain(
      'What is wrong with the first 6:',
    );
    const alert = composeWarning({ ...run(), rejected: 0 }, [], 0);
    expect(alert).toMatchObject({
      kind: 'check-warning',
      title: 'weather: 1 check warns',
      dedupeKey: `${run().runId}#0`,
    });
    expect(alert.command).toBe(`npx stepwell show ${run().runId}`);
  });

  test('are told once for a run, with the rows as they lie in quarantine', async () => {
    quarantine.set('quarantine/x.ndjson', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n{"cut of`);
    const { pipeline, runId, ...item } = succeeded({
      rejected: 6,
      quarantine: ['quarantine/x.ndjson'],
      tell: ['quarantine'],
    });
    await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, openPk: 'run', dueAt: 'x' });

    expect(await reportSuccess('weather', event(), services('q1'))).toBe('reported');
    expect(await reportSuccess('weather', event(), services('q2'))).toBe('reported before');

    expect(mails.map(({ Subject }) => Subject)).toEqual([
      '[Stepwell] weather has put 6 bad rows of 63 into quarantine',
    ]);
    expect(mails[0]!.Message).not.toContain('max@example.com');
    expect(mails[0]!.Message).toContain('4 rows, column total');
    expect(await getRun(cloud.ledger, 'weather', runId)).not.toHaveProperty('tell');
    expect(await getRun(cloud.ledger, 'weather', runId)).not.toHaveProperty('openPk');
  });
});

describe('a pipeline that works again', () => {
  let pipelines = 0;
  let pipeline: string;
  beforeEach(() => {
    pipeline = `health${++pipelines}`;
  });
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 5, 1, minute)).toISOString();
  const note = (runId: string, minute: number, more: Partial<FailedNote> = {}): FailedNote => ({
    runId,
    redriveCount: 0,
    at: at(minute),
    step: 'Check',
    error: 'CheckFailed',
    loadKey: `load of ${runId}`,
    told: true,
    ...more,
  });
  const fail = (runId: string, minute: number, more: Partial<FailedNote> = {}) =>
    noteFailure(cloud.ledger, pipeline, note(runId, minute, more));
  /** What is told of the first success after failures; undefined: nothing. */
  async function succeed(runId: string, minute: number, loadKey = `load of ${runId}`) {
    const success = { runId, loadKey, at: at(minute) };
    if (!(await noteSuccess(cloud.ledger, pipeline, success))) return undefined;
    const run = { ...succeeded(), pipeline, runId, loadKey, endedAt: at(minute), tell: ['recovery'] as const };
    const { executionArn: _, pipeline: __, runId: ___, ...item } = run;
    await updateRun(cloud.ledger, { pipeline, runId, executionArn }, item);
    mails = [];
    await reportSuccess(pipeline, { detail: { executionArn, name: runId, status: 'SUCCEEDED' } }, services(runId));
    return mails.map(({ Message }) => JSON.parse(Message!).default as string)[0];
  }

  test('a success after a failure: what had failed, for how long, and what is missing still', async () => {
    await fail('run-1', 0);
    await fail('run-2', 30, { error: 'TooManyBadRows', step: 'Extract file of orders' });

    expect(await succeed('run-3', 90)).toBe(`${pipeline} works again, after 1 h 30 min.

The first run since 2026-03-05 01:00 UTC has succeeded.

About the run:
  Run:       run-3
  Interval:  2026-03-05T00:05:00.000Z to 2026-03-05T01:05:00.000Z
  Started:   2026-03-05T01:05:02.000Z
  Ended:     2026-03-05T02:30:00.000Z

What had failed, 2 runs:
  2026-03-05 01:00 UTC  CheckFailed at Check
      run run-1
  2026-03-05 01:30 UTC  TooManyBadRows at Extract file of orders
      run run-2

Not loaded yet: what these 2 runs lacked. Redrive, or see why not:
  npx stepwell redrive ${pipeline} run-1
  npx stepwell redrive ${pipeline} run-2

What to do
  npx stepwell runs ${pipeline}

In the console
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}
`);
    expect(await succeed('run-4', 95)).toBeUndefined();
  });

  test('a failed run that was redriven, or loaded by another', async () => {
    await fail('run-1', 0);
    expect(await succeed('run-1', 20)).toContain(
      'The first run since 2026-03-05 01:00 UTC has succeeded: it was redriven.',
    );
    await fail('run-2', 30);
    expect(await succeed('run-2-again', 40, 'load of run-2')).toContain('Nothing of what had failed is missing.');
    expect((await getHealth(cloud.ledger, pipeline)).failed).toEqual([]);
  });

  test('the redrive of a run after the pipeline has worked again is told of as well', async () => {
    await fail('run-1', 0);
    expect(await succeed('run-2', 10)).toContain('Not loaded yet: what that run lacked.');
    const text = await succeed('run-1', 200);
    expect(text).toContain(`${pipeline}: what a failed run lacked is loaded, 3 h 20 min later.`);
    expect(text).toContain('What had failed:\n  2026-03-05 01:00 UTC  CheckFailed at Check\n      run run-1\n');
  });

  test('a redrive that fails again changes since when, not that it was down', async () => {
    await fail('run-1', 0);
    await fail('run-1', 50, { redriveCount: 1, error: 'ModelFailed' });
    expect((await getHealth(cloud.ledger, pipeline)).failed).toEqual([
      note('run-1', 0, { redriveCount: 1, error: 'ModelFailed' }),
    ]);
    expect(await succeed('run-1', 60)).toContain('works again, after 1 h 0 min');
  });

  test('nothing is told of failures that nobody was told of one by one, and they are over all the same', async () => {
    await fail('run-1', 0, { told: false });
    expect(await succeed('run-2', 10)).toBeUndefined();
    expect(await getHealth(cloud.ledger, pipeline)).not.toHaveProperty('downSince');
  });

  test('runs of backfills neither make it down nor well; one loads what a run lacked', async () => {
    await fail('01-backfill-0a1b2c3d', 0);
    expect(await getHealth(cloud.ledger, pipeline)).toEqual({});
    await fail('run-1', 0);
    expect(await succeed('02-backfill-0a1b2c3d', 5)).toBeUndefined();
    expect(await getHealth(cloud.ledger, pipeline)).toMatchObject({ downSince: at(0) });
    expect(await succeed('03-backfill-0a1b2c3d', 9, 'load of run-1')).toContain('what a failed run lacked is loaded');
  });

  test('a failure that is known only after the next success is mended by it; one after it is not', async () => {
    await noteSuccess(cloud.ledger, pipeline, { runId: 'run-2', loadKey: 'l', at: at(20) });
    expect(await fail('run-1', 10)).toEqual({ runId: 'run-2', loadKey: 'l', at: at(20) });
    await fail('run-3', 30);
    await noteRecovery(cloud.ledger, pipeline, { runId: 'run-2', loadKey: 'l', at: at(20) });
    expect(await getHealth(cloud.ledger, pipeline)).toMatchObject({
      downSince: at(30),
      failed: [{ runId: 'run-1' }, { runId: 'run-3' }],
    });
  });

  test('of many failures and successes at once none is forgotten', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => fail(`run-${n}`, n)));
    expect((await getHealth(cloud.ledger, pipeline)).failed).toHaveLength(12);
  });

  test('more than can be listed are counted', () => {
    const missing = Array.from({ length: 30 }, (_, n) => note(`run-${n}`, n));
    const alert = composeRecovery(succeeded(), { downSince: at(0), mended: [], missing, later: [] }, 0);
    expect(alert.lines).toContain('  and 20 more');
    expect(width(mailOf({ ...alert, link: undefined }).text)).toBeLessThanOrEqual(80);
  });
});

test('each success, for those who want it: how many rows, in what time, where they are', () => {
  const { subject, text } = mailOf(composeSuccess(succeeded({ rows: 3_114, rejected: 1 }), 0));
  expect(subject).toBe('[Stepwell] weather has loaded 3,114 rows in 58 s');
  expect(text).toContain('The run has succeeded, with 1 row in quarantine.');
  expect(text).toContain('Published:\n  postgres:weather.city_hours: 57 rows\n');
});

import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { composePartial } from '../../../lambdas/report-failure/compose-partial';
import { reportPartial } from '../../../lambdas/report-failure/report-partial';
import { identityAfter } from '../../../lambdas/shared/after-claim';
import { partialKey } from '../../../lambdas/shared/alerts/keys';
import { mailOf } from '../../../lambdas/shared/alerts/mail';
import { ledgerKeys, putItem, updateItem } from '../../../lambdas/shared/ledger';
import { getRun, type RunItem, updateRun } from '../../../lambdas/shared/run-item';
import { sweepRuns } from '../../../lambdas/sweep/sweep-runs';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let executionArn: string;
let mails: { Subject?: string; Message?: string }[] = [];

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
  kept: { key: 'runs/kept.json', etag: 'e', length: 1 },
});

const services = (requestId = 'request-1') => ({
  ledger: cloud.ledger,
  stepFunctions: cloud.stepFunctions,
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
  expect(await reportPartial('weather', event(), services())).toBe('out of date');

  const { pipeline, runId, ...item } = partial();
  const open = { openPk: 'run', dueAt: '2026-03-05T01:21:00.000Z' } as const;
  await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, ...open });
  expect(await reportPartial('weather', event(), services())).toBe('reported');
  expect(await reportPartial('weather', event(), services('request-2'))).toBe('reported before');
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
  expect(await reportPartial('weather', event(), services('request-3'))).toBe('reported before');
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

test('the event that was lost is sent once more by the sweeper, as the rule of partial runs wants it', async () => {
  const { pipeline, runId, ...item } = partial();
  const open = { openPk: 'run', dueAt: '2026-03-05T01:21:00.000Z' } as const;
  await updateRun(cloud.ledger, { pipeline, runId, executionArn }, { ...item, ...open });
  const { ledger, stepFunctions } = cloud;
  await updateItem(ledger, ledgerKeys.alert('weather', 'partial', partialKey('run-1', 0)), { sentAt: undefined });
  const events = new EventBridgeClient(cloud.settings);
  expect(await sweepRuns({ ledger, stepFunctions, events, now: () => Date.parse('2026-03-05T01:22:00.000Z') })).toBe(1);
  expect(cloud.events.at(-1)).toMatchObject({
    source: 'stepwell',
    detail: { executionArn, status: 'SUCCEEDED', output: '{"published":[],"failed":[]}' },
  });
});

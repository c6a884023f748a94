/** Admission of a pipeline that starts after another, on the ledger of the local cloud. */
import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { admitAfter } from '../../../lambdas/admit-after/admit-after';
import { markAfterLoaded } from '../../../lambdas/shared/after-claim';
import { getRun, type RunItem, updateRun } from '../../../lambdas/shared/run-item';
import type { AdmitAfterInput, AdmitAfterOutput } from '../../../lib/tasks/admit-after';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let machine: string;
let count = 0;
let pipeline: string;
let upstream: string;

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const definition = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-report',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());
beforeEach(() => {
  count += 1;
  pipeline = `report-${count}`;
  upstream = `orders-${count}`;
});

async function startExecution(): Promise<AdmitAfterInput['execution']> {
  const name = `run-${Math.random().toString(36).slice(2)}`;
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name }),
  );
  return { arn: executionArn!, name, startedAt: '2026-03-05T02:00:00.000Z' };
}
const fail = ({ arn }: AdmitAfterInput['execution']) =>
  cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: arn }));

const INTERVAL = { start: '2026-03-04T01:00:00.000Z', end: '2026-03-05T01:00:00.000Z' };
const STAGED = { key: 'runs/published.json', etag: 'e', length: 1 };

/** As Record leaves it. */
async function published(runId: string, more: Partial<RunItem> = {}): Promise<void> {
  await updateRun(
    cloud.ledger,
    { pipeline: upstream, runId, executionArn: `arn:${runId}` },
    {
      status: 'SUCCEEDED',
      startedAt: '2026-03-05T01:00:00.000Z',
      endedAt: '2026-03-05T01:10:00.000Z',
      loadKey: `${upstream}:day`,
      loadId: 'day',
      generation: 0,
      arrival: '2026-03-05T01:00:00.000Z#1',
      published: {},
      interval: INTERVAL,
      staged: STAGED,
      ...more,
    },
  );
}
const event = (runId: string) => ({ after: { pipeline: upstream, runId, time: '2026-03-05T01:10:01Z' } });
const admit = (
  execution: AdmitAfterInput['execution'],
  trigger: unknown,
  more: Partial<AdmitAfterInput> = {},
): Promise<AdmitAfterOutput> =>
  admitAfter(
    { pipeline, execution, trigger, upstream, reads: true, cursors: [], appends: false, ...more },
    { ledger: cloud.ledger, stepFunctions: cloud.stepFunctions, now: () => Date.parse('2026-03-05T02:00:01.000Z') },
  );
async function admitted(
  execution: AdmitAfterInput['execution'],
  trigger: unknown,
  more: Partial<AdmitAfterInput> = {},
) {
  const answer = await admit(execution, trigger, more);
  if (answer.outcome !== 'admitted') throw new Error(answer.reason);
  return answer;
}

test('a run that has published starts one for its load, with its interval, its arrival and what it has staged', async () => {
  await published('a');
  const execution = await startExecution();

  const { run, upstream: before } = await admitted(execution, event('a'));

  expect(run).toMatchObject({
    pipeline,
    runId: execution.name,
    generation: 0,
    interval: INTERVAL,
    arrival: '2026-03-05T01:00:00.000Z#1',
    after: { pipeline: upstream, runId: 'a' },
  });
  expect(before).toEqual({ pipeline: upstream, runId: 'a', staged: STAGED });
  expect(await getRun(cloud.ledger, pipeline, execution.name)).toMatchObject({
    status: 'RUNNING',
    after: { runId: 'a' },
    interval: INTERVAL,
  });
  // A retry, whose first answer was lost.
  expect((await admitted(execution, event('a'))).run).toEqual(run);
});

test('an event that comes again is a duplicate, as is the load by hand; a failed run’s load is taken over', async () => {
  await published('a');
  const first = await startExecution();
  const { run } = await admitted(first, event('a'));

  const second = await startExecution();
  expect(await admit(second, event('a'))).toEqual({
    outcome: 'duplicate',
    reason: `What run a of ${upstream} has published is being loaded by run ${first.name}; start with "reprocess": true to load it again.`,
  });
  expect(await getRun(cloud.ledger, pipeline, second.name)).toMatchObject({ status: 'SKIPPED', after: { runId: 'a' } });

  await fail(first);
  const third = await startExecution();
  const again = await admitted(third, event('a'));
  // Where it stopped, the ledger does not know: it may have published.
  expect(again.run).toMatchObject({ loadKey: run.loadKey, generation: 1, yields: true });
  await markAfterLoaded(cloud.ledger, again.run);
  expect(await admit(await startExecution(), {})).toMatchObject({
    outcome: 'duplicate',
    reason: expect.stringContaining(`was loaded by run ${third.name}`),
  });
});

test('of a run that failed before it published nothing is to be replaced', async () => {
  await published('a');
  const first = await startExecution();
  const { run } = await admitted(first, event('a'));
  await fail(first);
  const error = { step: 'Transform', name: 'ModelFailed', cause: 'C.' };
  await updateRun(cloud.ledger, run, { status: 'FAILED', error });
  const again = await admitted(await startExecution(), event('a'));
  expect([again.run.loadKey, again.run.generation]).toEqual([run.loadKey, 0]);
});

test('a load that was reprocessed, or rerun, is loaded again in place of what it was; an older event comes too late', async () => {
  await published('a');
  const first = await admitted(await startExecution(), event('a'));
  await markAfterLoaded(cloud.ledger, first.run);
  await published('b', { generation: 2, endedAt: '2026-03-05T03:00:00.000Z' });

  const execution = await startExecution();
  const second = await admitted(execution, event('b'));
  expect([second.run.loadKey, second.run.generation]).toEqual([first.run.loadKey, 1]);
  expect((await admitted(execution, event('b'))).run.generation).toBe(1);
  expect(await admit(await startExecution(), event('a'))).toMatchObject({ outcome: 'duplicate' });
  await fail(execution);
  // Even where the newer one has failed: what is older is not put in its place.
  expect(await admit(await startExecution(), event('a'))).toMatchObject({ outcome: 'duplicate' });
  expect((await admitted(await startExecution(), event('b'))).run.loadKey).toBe(first.run.loadKey);
});

test('by hand: the latest run, one of an interval, or one that is named; reprocessing raises the generation', async () => {
  await published('a');
  const other = { start: '2026-03-05T01:00:00.000Z', end: '2026-03-06T01:00:00.000Z' };
  await published('b', { interval: other, loadKey: `${upstream}:next`, endedAt: '2026-03-06T01:10:00.000Z' });
  await published('c', { status: 'FAILED', endedAt: '2026-03-07T01:10:00.000Z' });

  const latest = await admitted(await startExecution(), {});
  expect(latest.run.after).toEqual({ pipeline: upstream, runId: 'b' });
  const ofInterval = await admitted(await startExecution(), {
    interval: { start: '2026-03-04T01:00Z', end: '2026-03-05T01:00Z' },
  });
  expect(ofInterval.run.after).toEqual({ pipeline: upstream, runId: 'a' });
  await markAfterLoaded(cloud.ledger, ofInterval.run);
  const again = await admitted(await startExecution(), { after: { runId: 'a' }, reprocess: true });
  expect([again.run.loadKey, again.run.generation]).toEqual([ofInterval.run.loadKey, 1]);
  await markAfterLoaded(cloud.ledger, again.run);
  const replayed = { after: { runId: 'a' }, reprocess: true, replay: { runId: again.run.runId } };
  expect((await admitted(await startExecution(), replayed)).run).toMatchObject({ generation: 2, yields: true });
});

test.each<[string, Partial<RunItem> | undefined, string]>([
  ['had nothing to load', { status: 'SKIPPED' }, 'had nothing to load'],
  ['has failed', { status: 'FAILED' }, 'has failed'],
  ['is none', undefined, 'is not in the ledger'],
])('an event of a run that %s starts nothing, and leaves no trace; a person is told', async (_, item, why) => {
  if (item) await published('a', item);
  const execution = await startExecution();

  expect(await admit(execution, event('a'))).toEqual({ outcome: 'ignored', reason: `Run a of ${upstream} ${why}.` });
  expect(await getRun(cloud.ledger, pipeline, execution.name)).toBeUndefined();
  await expect(admit(execution, { after: { runId: 'a' } })).rejects.toMatchObject({
    name: 'InvalidTaskInput',
    message: `Run a of ${upstream} ${why}. See its runs: npx stepwell runs ${upstream}.`,
  });
});

test('a run that began before the two were deployed together has kept nothing, which only matters to who reads it', async () => {
  await published('a', { staged: undefined } as never);
  await expect(admit(await startExecution(), event('a'))).rejects.toThrow(/has kept nothing for other pipelines/);
  expect(await admit(await startExecution(), event('a'), { reads: false })).toMatchObject({
    outcome: 'admitted',
    upstream: { staged: null },
  });
});

test('incremental sources read the interval of the run before; without one nothing is bounded', async () => {
  const cursors = [{ source: 'sales', column: 'updated_at', lagSeconds: 0 }];
  await published('a');
  const first = await admitted(await startExecution(), event('a'), { cursors });
  expect(first.cursors).toEqual({ sales: { column: 'updated_at', to: INTERVAL.end } });
  const next = { start: INTERVAL.end, end: '2026-03-06T01:00:00.000Z' };
  await published('b', { interval: next, loadKey: `${upstream}:next` });
  expect((await admitted(await startExecution(), event('b'), { cursors })).cursors).toEqual({
    sales: { column: 'updated_at', from: next.start, to: next.end },
  });
});

test.each([
  [{ after: 'a' }],
  [{ after: { runId: 'a' }, interval: INTERVAL }],
  [{ interval: { start: 'x', end: 'y' } }],
  [{ after: { pipeline: 'crm', runId: 'a' } }],
])('the input %j is refused with what is accepted', async (trigger) => {
  await expect(admit(await startExecution(), trigger)).rejects.toMatchObject({
    name: 'InvalidTaskInput',
    message: expect.stringContaining('Accepted are {"after": {"runId": "…"}}'),
  });
});

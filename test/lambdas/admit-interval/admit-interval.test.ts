import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { admitInterval } from '../../../lambdas/admit-interval/admit-interval';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import type { AdmitIntervalInput, AdmitIntervalOutput } from '../../../lib/tasks/admit-interval';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let machine: string;
let runs = 0;
let pipelines = 0;
let pipeline: string;

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const definition = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-weather',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());
beforeEach(() => {
  pipelines += 1;
  pipeline = `weather-${pipelines}`;
});

async function startExecution(): Promise<AdmitIntervalInput['execution']> {
  runs += 1;
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name: `run-${runs}` }),
  );
  return { arn: executionArn!, name: `run-${runs}`, startedAt: '2026-03-05T01:00:07.000Z' };
}

const incremental = {
  source: 'sales',
  column: 'updated_at',
  lagSeconds: 3600,
  initialValue: '2020-01-01T00:00:00.000Z',
};

function admit(
  execution: AdmitIntervalInput['execution'],
  trigger: unknown,
  more: Partial<AdmitIntervalInput> = {},
  ledger = cloud.ledger,
): Promise<AdmitIntervalOutput> {
  const schedule = { cron: '0 1 * * *', timezone: 'UTC' };
  return admitInterval(
    { pipeline, execution, trigger, schedule, cursors: [], appends: false, ...more },
    { ledger, stepFunctions: cloud.stepFunctions, now: () => Date.parse('2026-03-05T01:00:08.000Z') },
  );
}

const scheduled = (time: string) => ({ schedule: { time } });
const day = (date: string) => {
  const start = new Date(`${date}T01:00:00Z`);
  return { start: start.toISOString(), end: new Date(start.getTime() + 86_400_000).toISOString() };
};

test('a scheduled run has the interval that ends at its time, and the ledger knows it', async () => {
  const execution = await startExecution();
  const answer = await admit(execution, scheduled('2026-03-05T01:00:00Z'));
  expect(answer).toMatchObject({
    outcome: 'admitted',
    run: { runId: execution.name, generation: 0, interval: day('2026-03-04') },
    cursors: {},
  });
  expect(await getRun(cloud.ledger, pipeline, execution.name)).toMatchObject({
    status: 'RUNNING',
    interval: day('2026-03-04'),
  });
});

test('a second delivery of the same time is a duplicate, a retry of the first is not', async () => {
  const first = await startExecution();
  const answer = await admit(first, scheduled('2026-03-05T01:00:00Z'));
  expect(await admit(first, scheduled('2026-03-05T01:00:00Z'))).toEqual(answer);

  const second = await startExecution();
  expect(await admit(second, scheduled('2026-03-05T01:00:00Z'))).toEqual({
    outcome: 'duplicate',
    reason: expect.stringContaining(`is being loaded by run ${first.name}`),
  });
  expect(await getRun(cloud.ledger, pipeline, second.name)).toMatchObject({ status: 'SKIPPED' });
});

test('of two executions that start at once for one interval, one is admitted', async () => {
  const executions = await Promise.all([startExecution(), startExecution(), startExecution()]);
  const answers = await Promise.all(executions.map((one) => admit(one, {})));
  expect(answers.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(1);
});

test('the interval of a run that failed is taken over under the same load key, also when the ledger has not heard of it', async () => {
  const first = await startExecution();
  const admitted = await admit(first, {});
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: first.arn }));
  const second = await admit(await startExecution(), {});
  if (admitted.outcome !== 'admitted' || second.outcome !== 'admitted') throw new Error('not admitted');
  expect(second.run.loadKey).toBe(admitted.run.loadKey);
});

test.each([
  ['Transform', { generation: 0 }],
  ['Publish postgres:shop.orders', { generation: 1, yields: true }],
  ['Publish models', { generation: 1, yields: true }],
])(
  'a run that takes over from one that failed at %s takes the place of what that may have published',
  async (step, raised) => {
    const first = await startExecution();
    const before = await admit(first, {});
    if (before.outcome !== 'admitted') throw new Error('not admitted');
    await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: first.arn }));
    const error = { step, name: 'ModelFailed', cause: 'C.' };
    await updateRun(cloud.ledger, before.run, { status: 'FAILED', error });

    const second = await startExecution();
    const answer = await admit(second, { interval: day('2026-03-04') });
    if (answer.outcome !== 'admitted') throw new Error('not admitted');
    const { generation, yields } = answer.run;
    expect({ generation, ...(yields ? { yields } : {}) }).toEqual(raised);
    expect(await admit(second, { interval: day('2026-03-04') })).toEqual(answer);
  },
);

test('a run whose interval is claimed by another before it knows its generation gives way', async () => {
  const [first, other] = [await startExecution(), await startExecution()];
  const { ledger } = cloud;
  let isOvertaken = false;
  // Between the claim and the generation: the first time that anything is asked of the load.
  const send: typeof ledger.client.send = async (command: never) => {
    const { Key } = (command as { input: { Key?: { sk?: { S?: string } } } }).input;
    if (!isOvertaken && Key?.sk?.S?.startsWith('load#')) {
      isOvertaken = true;
      expect(await admit(other, { reprocess: true })).toMatchObject({ run: { generation: 1 } });
    }
    return ledger.client.send(command) as never;
  };
  const client = new Proxy(ledger.client, { get: (of, name) => (name === 'send' ? send : Reflect.get(of, name)) });
  expect(await admit(first, {}, {}, { ...ledger, client })).toEqual({
    outcome: 'duplicate',
    reason: expect.stringContaining(`is being loaded by run ${other.name}`),
  });
});

test('an interval that was loaded is loaded again on request only, one generation later', async () => {
  const first = await startExecution();
  const admitted = await admit(first, {});
  if (admitted.outcome !== 'admitted') throw new Error('not admitted');
  await updateRun(cloud.ledger, admitted.run, { status: 'SUCCEEDED' });
  expect(await admit(await startExecution(), {})).toMatchObject({ outcome: 'duplicate' });
  const again = await startExecution();
  const answer = await admit(again, { interval: day('2026-03-04'), reprocess: true });
  expect(answer).toMatchObject({ outcome: 'admitted', run: { generation: 1, loadKey: admitted.run.loadKey } });
  expect(await admit(again, { interval: day('2026-03-04'), reprocess: true })).toEqual(answer);
});

test.each([
  [
    { interval: { start: '2026-03-03T00:00:00Z', end: '2026-03-04T00:00:00Z' } },
    'is no interval of the schedule "0 1 * * *" (UTC)',
  ],
  [{ interval: { start: '2026-03-01T01:00:00Z', end: '2026-03-03T01:00:00Z' } }, 'Start a run for each interval'],
  [{ interval: day('2026-03-05') }, 'is not over yet'],
  [{ interval: { start: 'yesterday', end: 'today' } }, 'names no data interval'],
  [{ schedule: { time: 'noon' } }, 'names no data interval'],
])('%j is refused', async (trigger, message) => {
  await expect(admit(await startExecution(), trigger)).rejects.toThrow(message);
});

describe('what an incremental source reads', () => {
  test('is everything from its initial value in the first run, then its interval and the lag before', async () => {
    const first = await admit(await startExecution(), scheduled('2026-03-04T01:00:00Z'), { cursors: [incremental] });
    const second = await admit(await startExecution(), scheduled('2026-03-05T01:00:00Z'), { cursors: [incremental] });
    expect(first).toMatchObject({
      cursors: { sales: { column: 'updated_at', from: '2020-01-01T00:00:00.000Z', to: '2026-03-04T01:00:00.000Z' } },
    });
    expect(second).toMatchObject({
      cursors: { sales: { from: '2026-03-04T00:00:00.000Z', to: '2026-03-05T01:00:00.000Z' } },
    });
  });

  test('stays the same when the first run is done again after others', async () => {
    const trigger = { interval: day('2026-03-03'), reprocess: true };
    const first = await admit(await startExecution(), scheduled('2026-03-04T01:00:00Z'), { cursors: [incremental] });
    await admit(await startExecution(), scheduled('2026-03-05T01:00:00Z'), { cursors: [incremental] });
    const again = await admit(await startExecution(), trigger, { cursors: [incremental] });
    if (first.outcome !== 'admitted' || again.outcome !== 'admitted') throw new Error('not admitted');
    expect(again.cursors).toEqual(first.cursors);
  });

  test('of a past interval is that interval; where rows are appended, not twice what the initial load has read', async () => {
    const cursors = [incremental];
    const past = { interval: day('2026-01-10') };
    await admit(await startExecution(), scheduled('2026-03-05T01:00:00Z'), { cursors, appends: true });
    await expect(admit(await startExecution(), past, { cursors, appends: true })).rejects.toThrow(
      'is part of the initial load of sales',
    );
    expect(await admit(await startExecution(), { interval: day('2026-01-11') }, { cursors })).toMatchObject({
      cursors: { sales: { from: '2026-01-11T00:00:00.000Z', to: '2026-01-12T01:00:00.000Z' } },
    });
  });
});

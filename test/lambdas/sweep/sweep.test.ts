import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { identityAfter } from '../../../lambdas/shared/after-claim';
import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import { submitOrAttach } from '../../../lambdas/shared/statements';
import { eachOf } from '../../../lambdas/sweep/each-of';
import { sweepRuns } from '../../../lambdas/sweep/sweep-runs';
import { sweepStaging } from '../../../lambdas/sweep/sweep-staging';
import { type RedshiftCloud, startRedshiftCloud } from '../redshift';

let cloud: RedshiftCloud;
let machine: string;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-shop',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify({
        StartAt: 'W',
        States: {
          W: { Type: 'Choice', Choices: [{ Variable: '$.wait', BooleanEquals: true, Next: 'Wait' }], Default: 'Done' },
          Wait: { Type: 'Wait', Seconds: 3600, End: true },
          Done: { Type: 'Succeed' },
        },
      }),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());

const hours = (n: number) => () => Date.now() + n * 3_600_000;
const sweep = (now: () => number) =>
  sweepRuns({
    ledger: cloud.ledger,
    stepFunctions: cloud.stepFunctions,
    events: new EventBridgeClient(cloud.settings),
    now,
  });

async function start(name: string, wait: boolean): Promise<string> {
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify({ wait }) }),
  );
  await running({ name, arn: executionArn! });
  return executionArn!;
}

function running({ name, arn }: { name: string; arn: string }) {
  const dueAt = new Date(Date.now() + 60_000).toISOString();
  return updateRun(
    cloud.ledger,
    { pipeline: 'shop', runId: name, executionArn: arn },
    { status: 'RUNNING', startedAt: 's', openPk: 'run', dueAt },
  );
}

test('a run that ended without its event gets the event again; one that goes on is looked at later', async () => {
  const failed = await start('stopped', true);
  await start('goes-on', true);
  await start('done', false);
  await running({ name: 'unknown', arn: `${failed}-unknown` });
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: failed }));

  expect(await sweep(hours(0))).toBe(0);
  expect(await sweep(hours(1))).toBe(1);

  expect(cloud.events.filter(({ source }) => source === 'stepwell')).toEqual([
    {
      source: 'stepwell',
      detail: {
        executionArn: failed,
        stateMachineArn: machine,
        name: 'stopped',
        status: 'ABORTED',
        startDate: expect.any(Number),
        stopDate: expect.any(Number),
        redriveCount: 0,
      },
    },
  ]);
  // Looked at later: once the pipeline's function has reported the failure, it is open no more.
  expect(await getRun(cloud.ledger, 'shop', 'stopped')).toMatchObject({ status: 'RUNNING', openPk: 'run' });
  expect(await getRun(cloud.ledger, 'shop', 'goes-on')).toMatchObject({ status: 'RUNNING', openPk: 'run' });
  const done = await getRun(cloud.ledger, 'shop', 'done');
  expect(done).toMatchObject({ status: 'SUCCEEDED' });
  expect(done).not.toHaveProperty('openPk');
  // The watch tells of it: there is no event to send.
  expect(await getRun(cloud.ledger, 'shop', 'unknown')).toMatchObject({ status: 'FAILED', openPk: 'gone' });
  expect(await sweep(hours(1))).toBe(0);
  expect(await sweep(hours(2))).toBe(1);
});

test('what a run has published is told again to the pipelines that start after it, until each has begun with that', async () => {
  const published = async (name: string, loadKey: string) => {
    const executionArn = await start(name, false);
    const now = Date.now();
    await updateRun(
      cloud.ledger,
      { pipeline: 'shop', runId: name, executionArn },
      {
        status: 'SUCCEEDED',
        loadKey,
        generation: 1,
        endedAt: new Date(now).toISOString(),
        starts: ['report', 'archive'],
        openPk: 'run',
        dueAt: new Date(now + 60_000).toISOString(),
      },
    );
  };
  const claim = (pipeline: string, loadKey: string, generation: number) =>
    putItem(cloud.ledger, ledgerKeys.after(pipeline, identityAfter(pipeline, loadKey).loadId), { generation });
  const told = () =>
    cloud.events.flatMap(({ detail }) => (detail.output === '{"published":[]}' ? [String(detail.name)] : []));
  await published('heard', 'shop:1');
  await published('unheard', 'shop:2');
  await published('never-heard', 'shop:3');
  for (const pipeline of ['report', 'archive']) await claim(pipeline, 'shop:1', 1);
  await claim('report', 'shop:2', 1);
  // of the generation before
  await claim('archive', 'shop:2', 0);

  await sweep(hours(3));
  expect(told().sort()).toEqual(['never-heard', 'unheard']);
  expect(await getRun(cloud.ledger, 'shop', 'heard')).not.toHaveProperty('openPk');

  await claim('archive', 'shop:2', 1);
  await sweep(hours(4));
  expect(told().sort()).toEqual(['never-heard', 'never-heard', 'unheard']);
  expect(await getRun(cloud.ledger, 'shop', 'unheard')).not.toHaveProperty('openPk');
  await sweep(hours(30));
  expect(told()).toHaveLength(3);
  expect(await getRun(cloud.ledger, 'shop', 'never-heard')).not.toHaveProperty('openPk');
});

test('a staging table is dropped when its run can be redriven no longer', async () => {
  const task = await cloud.waitingTask();
  await submitOrAttach(
    {
      key: 'stepwell/orders/staging',
      pipeline: 'orders',
      kind: 'load',
      label: 'a load',
      output: { sink: 's', rows: 0, staging: 'stepwell_orders.stg_orders_abc' },
      sqls: () => ['CREATE TABLE stepwell_orders.stg_orders_abc (id integer)', 'SELECT 1'],
    },
    task.token,
    cloud.statements,
  );
  await cloud.deliver(await cloud.eventOf('stepwell/orders/staging.1'));
  const sweepAt = (days: number) =>
    sweepStaging({ ledger: cloud.ledger, redshift: cloud.admin, now: hours(days * 24) });
  const exists = async () =>
    (await cloud.query("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'stg_orders_abc'"))[0]![0];

  expect(await sweepAt(14)).toBe(0);
  expect(await exists()).toBe('1');
  expect(await sweepAt(16)).toBe(1);
  while ((await exists()) !== '0') await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await sweepAt(16)).toBe(0);
  expect(await getItem(cloud.ledger, ledgerKeys.statement('stepwell/orders/staging'))).not.toHaveProperty('openPk');
});

test('what fails for one does not keep the others waiting, and is told at the end', async () => {
  const done: number[] = [];
  const work = async (n: number) => {
    if (n % 2 === 0) throw new TypeError('even');
    done.push(n);
  };

  await expect(eachOf([1, 2, 3, 4, 5], work)).rejects.toThrow('2 of 5 failed: TypeError: even');
  expect(done).toEqual([1, 3, 5]);
});

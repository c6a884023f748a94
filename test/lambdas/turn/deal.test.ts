/** Turns by the state machine that the compiler makes, in the ledger as it is: runs that wait, fail, are stopped, redriven and skipped. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { getItem, ledgerKeys } from '../../../lambdas/shared/ledger';
import { getRun, type RunItem, updateRun } from '../../../lambdas/shared/run-item';
import { turnServices } from '../../../lambdas/shared/turn-services';
import { giveTurnOn } from '../../../lambdas/shared/turns';
import { sweepTurns } from '../../../lambdas/sweep/sweep-turns';
import { type DealServices, dealTurn, redriveTurn, runEnded } from '../../../lambdas/turn/turn';
import { compile } from '../../../lib/compiler';
import { cron, definePipeline, type Overlap } from '../../../lib/pipeline';
import { type TurnInput, type TurnItem, turnKey } from '../../../lib/tasks/turn';
import { shop } from '../../pipeline/definitions';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let services: DealServices;
/** runs at work, and how each is told to end */
const atWork = new Map<string, (error?: Error) => void>();
const order: string[] = [];

beforeAll(async () => {
  cloud = await startLambdaCloud();
  services = { ledger: cloud.ledger, stepFunctions: cloud.stepFunctions, now: Date.now };
  cloud.functions.set('turn', (input) => dealTurn(input as TurnInput, services));
  cloud.functions.set('work', (input) => {
    const { name } = input as { name: string };
    order.push(name);
    return new Promise((resolve, reject) => {
      atWork.set(name, (error) => {
        atWork.delete(name);
        if (error) reject(error);
        else resolve(null);
      });
    });
  });
  cloud.functions.set('record', async (input) => {
    const { pipeline, owner } = input as { pipeline: string; owner: string };
    await giveTurnOn({ owner }, turnServices(pipeline, services));
  });
});
afterAll(() => cloud.close());
beforeEach(() => {
  order.length = 0;
});

/** The compiled machine, but for what admits and what loads. */
async function deploy(pipeline: string, overlap: Overlap): Promise<string> {
  const { sources, ...rest } = shop();
  const orders = { ...sources.orders, files: [{ ...sources.orders.files[0], glob: 'orders/{yyyy}-{MM}-{dd}.csv' }] };
  const scheduled = { ...rest, name: pipeline, sources: { orders }, trigger: cron('0 1 * * *'), overlap };
  const { definition } = await compile(definePipeline(scheduled), { folder: __dirname });
  const { Turn, 'Has turn?': hasTurn, Skipped } = definition.States;
  const task = (FunctionName: string, Payload: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName, Payload },
  });
  const States = {
    Admit: { Type: 'Pass', Assign: { run: '{% $states.input %}' }, Output: {}, Next: 'Turn' },
    Turn,
    ...(hasTurn ? { 'Has turn?': hasTurn, Skipped } : {}),
    Extract: { ...task('work', { name: '{% $states.context.Execution.Name %}' }), Next: 'Record' },
    Record: { ...task('record', { pipeline, owner: '{% $states.context.Execution.Id %}' }), End: true },
  };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: `stepwell-${pipeline}`,
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution
      definition: JSON.stringify({ ...definition, States }).replaceAll('${TurnFunctionArn}', 'turn'),
    }),
  );
  return stateMachineArn!;
}

async function start(machine: string, name: string, input: object): Promise<string> {
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }),
  );
  await updateRun(
    cloud.ledger,
    { pipeline: machine.split('stepwell-')[1]!, runId: name, executionArn: executionArn! },
    { status: 'RUNNING', startedAt: '2026-03-01T00:00:00.000Z' },
  );
  return executionArn!;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
const executionOf = (executionArn: string) => cloud.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
const has = (status: string, arn: string) => until(async () => (await executionOf(arn)).status === status);
/** The function has been called for its turn, and has answered. */
const waits = (executionArn: string) =>
  until(async () => {
    const { events } = await cloud.stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
    return events!.filter(({ type }) => type === 'TaskSubmitted').length > 0;
  });
const holders = async (pipeline: string) =>
  ((await getItem<TurnItem>(cloud.ledger, turnKey(pipeline)))?.holders ?? []).map(({ runId }) => runId);

test('runs wait, and come one after another, the oldest data first; one that is stopped is passed over, and holds nobody up', async () => {
  const machine = await deploy('one-by-one', 'queue');
  const first = await start(machine, 'first', { arrival: '2026-03-05' });
  await until(() => atWork.has('first'));
  const others = new Map<string, string>();
  for (const [name, arrival] of [
    ['late', '2026-03-09'],
    ['stopped', '2026-03-01'],
    ['old', '2026-03-02'],
  ] as const) {
    others.set(name, await start(machine, name, { arrival }));
    await waits(others.get(name)!);
  }
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: others.get('stopped')! }));
  expect(order).toEqual(['first']);

  atWork.get('first')!();
  await until(() => atWork.has('old'));
  expect(await holders('one-by-one')).toEqual(['old']);
  await has('SUCCEEDED', first);

  // Its end is told by nobody: the sweeper finds it.
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: others.get('old')! }));
  expect(await sweepTurns(services)).toBe(0);
  expect(await sweepTurns({ ...services, now: () => Date.now() + 6 * 60_000 })).toBe(1);
  await until(() => atWork.has('late'));
  atWork.get('late')!();
  await has('SUCCEEDED', others.get('late')!);

  expect(order).toEqual(['first', 'old', 'late']);
  expect(await getItem<TurnItem>(cloud.ledger, turnKey('one-by-one'))).toMatchObject({ holders: [] });
  expect(await sweepTurns({ ...services, now: () => Date.now() + 60 * 60_000 })).toBe(0);
  atWork.clear();
});

test('the event of a failure gives the turn on, however often it comes; a redrive takes one again, or is told who has it', async () => {
  const machine = await deploy('redriven', { policy: 'queue', maxActive: 1 });
  const a = await start(machine, 'a', { arrival: '2026-03-01' });
  await until(() => atWork.has('a'));
  const b = await start(machine, 'b', { arrival: '2026-03-02' });
  await waits(b);
  atWork.get('a')!(Object.assign(new Error('no'), { name: 'CheckFailed' }));
  await has('FAILED', a);
  const event = { detail: { executionArn: a, status: 'FAILED' as const, redriveCount: 0 } };
  expect(await runEnded('redriven', event, services)).toBe('has ended');
  await until(() => atWork.has('b'));

  const request = { pipeline: 'redriven', executionArn: a, runId: 'a', redrives: 1, maxActive: 1, timeoutSeconds: 60 };
  expect(await redriveTurn(request, services)).toEqual({ taken: false, behind: ['b'] });
  atWork.get('b')!();
  await has('SUCCEEDED', b);
  expect(await redriveTurn(request, services)).toEqual({ taken: true, behind: [] });
  expect(await runEnded('redriven', event, services)).toBe('has ended');
  expect(await holders('redriven')).toEqual(['a']);
  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: a }));
  await until(() => atWork.has('a'));
  expect(await runEnded('redriven', event, services)).toBe('goes on');

  // One that is redriven where it had waited waits again.
  const c = await start(machine, 'c', { arrival: '2026-03-03' });
  await waits(c);
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: c }));
  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: c }));
  await until(async () => {
    const { events } = await cloud.stepFunctions.send(new GetExecutionHistoryCommand({ executionArn: c }));
    return events!.filter(({ type }) => type === 'TaskSubmitted').length === 2;
  });
  atWork.get('a')!();
  await has('SUCCEEDED', a);
  await until(() => atWork.has('c'));
  atWork.get('c')!();
  await has('SUCCEEDED', c);
  expect(order).toEqual(['a', 'b', 'a', 'c']);
  expect(await holders('redriven')).toEqual([]);
});

test('an undone redrive leaves the turn to the next', async () => {
  const machine = await deploy('undone', 'queue');
  const a = await start(machine, 'a', { arrival: '2026-03-01' });
  await until(() => atWork.has('a'));
  atWork.get('a')!(Object.assign(new Error('no'), { name: 'CheckFailed' }));
  await has('FAILED', a);
  await runEnded('undone', { detail: { executionArn: a, status: 'FAILED' } }, services);
  const request = { pipeline: 'undone', executionArn: a, runId: 'a', redrives: 1, maxActive: 1, timeoutSeconds: 60 };
  expect(await redriveTurn(request, services)).toEqual({ taken: true, behind: [] });
  const b = await start(machine, 'b', { arrival: '2026-03-02' });
  await waits(b);
  await redriveTurn({ ...request, undo: true }, services);
  await until(() => atWork.has('b'));
  atWork.get('b')!();
  await has('SUCCEEDED', b);
});

test("with 'skip', what the schedule starts beside another run ends at once and says so; what a person starts waits", async () => {
  const machine = await deploy('skipping', 'skip');
  const scheduled = { arrival: '2026-03-01', schedule: { time: '2026-03-01T01:00:00Z' } };
  const a = await start(machine, 'a', scheduled);
  await until(() => atWork.has('a'));
  const b = await start(machine, 'b', scheduled);
  await has('SUCCEEDED', b);
  const reason = "Run a was at work, and overlap is 'skip'.";
  expect(JSON.parse((await executionOf(b)).output!)).toEqual({ outcome: 'skipped', reason });
  expect(await getRun(cloud.ledger, 'skipping', 'b')).toMatchObject({
    status: 'SKIPPED',
    reason,
  } satisfies Partial<RunItem>);

  const byHand = await start(machine, 'by-hand', { arrival: '2026-02-01' });
  await waits(byHand);
  atWork.get('a')!();
  await until(() => atWork.has('by-hand'));
  await has('SUCCEEDED', a);
  atWork.get('by-hand')!();
  await has('SUCCEEDED', byHand);
  expect(order).toEqual(['a', 'by-hand']);
  expect(await getItem(cloud.ledger, ledgerKeys.run('skipping', 'a'))).toMatchObject({ status: 'RUNNING' });
});

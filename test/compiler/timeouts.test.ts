/** Timeouts nest, and every error that a Task can end with meets a retrier that was meant for it. */
import { readFileSync } from 'node:fs';
import { PATIENCE_MS } from '../../lambdas/shared/clients';
import type { Retrier, State, StateMachine } from '../../lib/asl/types';
import { functionTimeouts } from '../../lib/compiler/functions';
import type { TaskKind } from '../../lib/compiler/types';
import { StatesError } from '../../lib/local/stepfunctions/errors';
import { decideRetry } from '../../lib/local/stepfunctions/retry';
import { PERMANENT_ERRORS, THROTTLE_ERRORS } from '../../lib/tasks/errors';

/** The most patient client of each task kind. */
const CLIENT: Partial<Record<TaskKind, keyof typeof PATIENCE_MS>> = {
  admit: 's3',
  'extract-files': 's3',
  transform: 's3',
  'load-redshift': 'redshiftData',
  'load-postgres': 'rdsData',
  'publish-lake': 's3',
  check: 's3',
  publish: 'rdsData',
  record: 'rdsData',
  'report-failure': 's3',
  'redshift-statement-finished': 'redshiftData',
};

interface Task {
  readonly name: string;
  readonly retry: readonly Retrier[];
  readonly timeoutSeconds: number;
  readonly kind: TaskKind;
}

/** The compiler's output, as a test of its own makes sure. */
const asl: StateMachine = JSON.parse(readFileSync('state-machines/orders/state-machine.asl.json', 'utf8'));
const tasks = tasksOf(asl);

function tasksOf(machine: { readonly States: Readonly<Record<string, State>> }): Task[] {
  return Object.entries(machine.States).flatMap(([name, state]): Task[] => {
    if (state.Type === 'Parallel') return (state.Branches ?? []).flatMap(tasksOf);
    if (state.Type === 'Map') return tasksOf(state.ItemProcessor as never);
    if (state.Type !== 'Task') return [];
    const target = String((state.Arguments as { FunctionName: string }).FunctionName);
    const kind = target
      .replace(/^\$\{(.*)FunctionArn\}$/, '$1')
      .replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase() as TaskKind;
    return [{ name, retry: state.Retry!, timeoutSeconds: Number(state.TimeoutSeconds), kind }];
  });
}

test.each(Object.entries(CLIENT))('%s has time for a second attempt of its most patient client', (kind, client) => {
  expect(functionTimeouts[kind as TaskKind] * 1000).toBeGreaterThan(2 * PATIENCE_MS[client]);
});

test('a state waits longer than its function may run, and the whole machine longer than a state', () => {
  expect(tasks.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['admit', 'load-redshift', 'publish', 'record']),
  );
  for (const { kind, timeoutSeconds } of tasks) {
    expect(timeoutSeconds).toBeGreaterThan(functionTimeouts[kind]);
    expect(asl.TimeoutSeconds).toBeGreaterThan(timeoutSeconds);
  }
});

/** How many attempts follow the first, and the longest wait before the first of them. */
function retriesOf(task: Task, error: string): { retries: number; firstMs: number } {
  const failure = new StatesError(error, 'cause');
  const counts = task.retry.map(() => 0);
  let retries = 0;
  let firstMs = 0;
  for (;;) {
    const retry = decideRetry(task.retry, counts, failure, () => 1);
    if (!retry) return { retries, firstMs };
    counts[retry.index]! += 1;
    if (retries++ === 0) firstMs = retry.delayMs;
  }
}

/** As Step Functions and Lambda name what is no fault of the function's code. */
const PASSING = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'States.Timeout',
  'States.TaskFailed',
  'PostgresTransient',
  'RedshiftTransient',
  'PreconditionFailed',
  'TimeoutError',
];

const eachTask = (error: string) => tasks.map((task) => ({ task: task.name, ...retriesOf(task, error) }));
const expected = (retries: number, firstMs: number) => tasks.map(({ name }) => ({ task: name, retries, firstMs }));

test.each(PASSING)('every task is tried three times more after %s', (error) => {
  expect(eachTask(error)).toEqual(expected(3, 2000));
});

test.each(THROTTLE_ERRORS)('every task is tried more often, after longer waits, when told %s', (error) => {
  expect(eachTask(error)).toEqual(expected(8, 5000));
});

test.each([...PERMANENT_ERRORS, 'States.DataLimitExceeded', 'States.Runtime'])(
  'no task is tried again after %s',
  (error) => {
    expect(eachTask(error)).toEqual(expected(0, 0));
  },
);

test('what waits for others asks for hours', () => {
  const waiting = tasks.filter((task) => retriesOf(task, 'StillRunning').retries === 200).map(({ name }) => name);

  expect(waiting).toEqual(['Load postgres:shop.orders', 'Publish postgres:shop.orders', 'Publish lake:order_lines']);
});

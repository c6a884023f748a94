import { randomUUID } from 'node:crypto';
import type { InspectionData, TestExecutionStatus, TestStateOutput } from '@aws-sdk/client-sfn';
import { Data } from '../../../stepfunctions/data';
import { Environment } from '../../../stepfunctions/environment';
import { StatesError } from '../../../stepfunctions/errors';
import { Execution, type ExecutionEnd, type Host } from '../../../stepfunctions/execution';
import type { EventRecord } from '../../../stepfunctions/history';
import { type CompiledMachine, type CompiledState, compileMachine } from '../../../stepfunctions/machine';
import { parseJson, stringifyJson } from '../../../stepfunctions/numbers';
import { decideRetry, matches } from '../../../stepfunctions/retry';
import { inspect } from './inspect';
import type { Tested } from './tested';

/** AWS: a test may last for five minutes. */
const TEST_SECONDS = 300;

export interface Test {
  readonly host: Host;
  readonly tested: Tested;
  /** JSON text. */
  readonly input: string;
  readonly roleArn: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** How often each retrier was used before. */
  readonly retries: number;
  /** Members of the context object beside those that there always are. */
  readonly context: Readonly<Record<string, unknown>>;
}

type Answer = Omit<TestStateOutput, 'inspectionData'> & { readonly inspectionData: InspectionData };

/** Once, without its retries: the answer says what would come of them. */
export async function runTest(test: Test): Promise<Answer> {
  const { host, tested, variables } = test;
  const machine = compileMachine(tested.definition);
  const state = machine.states.get(tested.name)!;
  const execution = newExecution(test, machine, { ...state, retriers: [], catchers: [] });
  const end = (await execution.run())!;
  const exited = execution.events.find(
    ({ type, details }) => type.endsWith('StateExited') && details?.name === tested.name,
  );
  const assigned = variablesAfter(exited, variables);
  const data = await inspect(test, execution.events, assigned);
  if (exited) {
    return {
      status: 'SUCCEEDED',
      output: String(exited.details?.output),
      ...(exited.extra?.next === undefined ? {} : { nextState: exited.extra.next }),
      inspectionData: data,
    };
  }
  return { ...(await failed(test, state, end, execution, data, host)) };
}

function newExecution(test: Test, machine: CompiledMachine, state: CompiledState): Execution {
  const { host, tested, input, roleArn, variables } = test;
  const name = randomUUID();
  const given = (test.context.Execution ?? {}) as Readonly<Record<string, string>>;
  const identity = {
    executionArn: given.Id ?? `arn:aws:states:${host.region}:000000000000:express:TestState:${name}:${name}`,
    name: given.Name ?? name,
    roleArn: given.RoleArn ?? roleArn,
    stateMachineArn: `arn:aws:states:${host.region}:000000000000:stateMachine:TestState`,
    stateMachineName: 'TestState',
    startDate: given.StartTime === undefined ? host.clock.now() : Date.parse(given.StartTime),
    input,
  };
  const { states: others } = machine;
  const states = { ...others, get: (of: string) => (of === tested.name ? state : others.get(of)) };
  const timeoutSeconds = TEST_SECONDS;
  const next = { name: tested.name, input: Data.parse(input) };
  return new Execution(host, identity, { ...machine, states, timeoutSeconds }, () => undefined, {
    events: [],
    root: { last: 0, variables, next },
    redriveCount: 0,
  });
}

async function failed(
  { input, variables, retries }: Test,
  state: CompiledState,
  { error = 'States.Timeout', cause }: ExecutionEnd,
  execution: Execution,
  data: InspectionData,
  { random }: Host,
): Promise<Answer> {
  const reason = { error, ...(cause === undefined ? {} : { cause }) };
  const thrown = new StatesError(error, cause);
  const retry = decideRetry(
    state.retriers,
    state.retriers.map(() => retries),
    thrown,
    random,
  );
  if (retry) {
    const errorDetails = { retryIndex: retry.index, retryBackoffIntervalSeconds: Math.round(retry.delayMs / 1000) };
    return { status: 'RETRIABLE', ...reason, inspectionData: { ...data, errorDetails } };
  }
  const catchIndex = state.catchers.findIndex(({ errors }) => matches(errors, thrown));
  const catcher = state.catchers[catchIndex];
  if (!catcher) return { status: 'FAILED' satisfies TestExecutionStatus, ...reason, inspectionData: data };
  const errorOutput = { Error: error, ...(cause === undefined ? {} : { Cause: cause }) };
  const context = { ...execution.context, State: { Name: state.name, RetryCount: retries } };
  const environment = new Environment(parseJson(input), () => context, variables, { errorOutput });
  const { output } = await catcher.outcome(environment);
  return {
    status: 'CAUGHT_ERROR',
    ...reason,
    output: stringifyJson(output),
    nextState: catcher.next,
    inspectionData: { ...data, errorDetails: { catchIndex } },
  };
}

function variablesAfter(exited: EventRecord | undefined, before: Readonly<Record<string, unknown>>) {
  const assigned = (exited?.details?.assignedVariables ?? {}) as Readonly<Record<string, string>>;
  const values = Object.entries(assigned).map(([name, json]) => [name, parseJson(json)]);
  return { ...before, ...Object.fromEntries(values) };
}

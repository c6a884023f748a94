import { randomUUID } from 'node:crypto';
import type { InspectionData, TestExecutionStatus, TestStateOutput } from '@aws-sdk/client-sfn';
import type { StateMachine } from '../../../../asl/types';
import { Data } from '../../../stepfunctions/data';
import { Environment, type Evaluator } from '../../../stepfunctions/environment';
import { StatesError } from '../../../stepfunctions/errors';
import { Execution, type ExecutionEnd, type Host } from '../../../stepfunctions/execution';
import type { EventRecord } from '../../../stepfunctions/history';
import { type CompiledMachine, type CompiledState, compileMachine } from '../../../stepfunctions/machine';
import { parseJson, stringifyJson } from '../../../stepfunctions/numbers';
import { decideRetry, matches } from '../../../stepfunctions/retry';
import { invalidRequest } from '../errors';
import { inspect } from './inspect';
import { goThroughMap, type MapStages, type MapTest } from './map-stages';
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
  /** What a Map finds and how often its iterations fail. */
  readonly map: MapTest;
}

type Answer = Omit<TestStateOutput, 'inspectionData'> & { readonly inspectionData: InspectionData };

/** Once, without its retries: the answer says what would come of them. */
export async function runTest(test: Test): Promise<Answer> {
  const { host, tested, variables } = test;
  const machine = compileMachine(tested.definition);
  const state = machine.states.get(tested.name)!;
  const stages: MapStages = { data: {} };
  const execution = newExecution(test, machine, {
    ...state,
    retriers: [],
    catchers: [],
    ...(tested.map && { effectiveInput: mapInput(tested.name, tested.map, test.map, stages) }),
  });
  const end = (await execution.run())!;
  checkFailures(test.map, stages);
  const exited = execution.events.find(
    ({ type, details }) => type.endsWith('StateExited') && details?.name === tested.name,
  );
  const assigned = variablesAfter(exited, variables);
  const data = await inspect(test, execution.events, assigned, stages.data);
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

/** The iterations get what the Map goes through; the Task in its place gets the Map's input. */
function mapInput(name: string, definition: StateMachine, test: MapTest, stages: MapStages): Evaluator {
  const map = compileMachine(definition).states.get(name)!;
  return async (environment) => {
    await goThroughMap(map, environment, test, stages);
    return map.effectiveInput(environment);
  };
}

function checkFailures({ failures = 0 }: MapTest, { items }: MapStages): void {
  if (items === undefined || failures <= items) return;
  throw invalidRequest(`The mapIterationFailureCount of ${failures} exceeds the number of items, which is ${items}`);
}

function newExecution(test: Test, machine: CompiledMachine, state: CompiledState): Execution {
  const { host, tested, input, roleArn, variables } = test;
  const name = randomUUID();
  const identity = {
    executionArn: `arn:aws:states:${host.region}:000000000000:express:TestState:${name}:${name}`,
    name,
    roleArn,
    stateMachineArn: `arn:aws:states:${host.region}:000000000000:stateMachine:TestState`,
    stateMachineName: 'TestState',
    startDate: host.clock.now(),
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
  { random, contextSeen }: Host,
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
  const seen = () => contextSeen?.(context) ?? context;
  const environment = new Environment(parseJson(input), seen, variables, { errorOutput });
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

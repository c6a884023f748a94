import type { StateMachine } from '../../../lib/asl/types';
import type { Clock } from '../../../lib/local/service';
import { Data } from '../../../lib/local/stepfunctions/data';
import { StatesError } from '../../../lib/local/stepfunctions/errors';
import {
  AWS_LIMITS,
  Execution,
  type ExecutionEnd,
  type Host,
  type Limits,
} from '../../../lib/local/stepfunctions/execution';
import type { JournalRecord } from '../../../lib/local/stepfunctions/history';
import type { TaskCall } from '../../../lib/local/stepfunctions/invoker';
import { type CompiledMachine, compileMachine } from '../../../lib/local/stepfunctions/machine';
import { fold } from '../../../lib/local/stepfunctions/resume';
import { Tokens } from '../../../lib/local/stepfunctions/tokens';

/** A clock that jumps to the next due time as soon as nothing else is left to do. */
export class JumpingClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly #sleepers: { at: number; wake: () => void }[] = [];
  #jumping = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        reject(signal.reason);
      });
      this.#jump();
    });
  }

  #jump(): void {
    if (this.#jumping) return;
    this.#jumping = true;
    // Expressions are evaluated in many small steps: some turns let them finish before time passes.
    let turns = 50;
    const turn = () => {
      if (turns-- > 0) return setImmediate(turn);
      this.#jumping = false;
      this.#sleepers.sort((a, b) => a.at - b.at);
      const first = this.#sleepers.shift();
      if (!first) return;
      this.#now = Math.max(this.#now, first.at);
      first.wake();
      if (this.#sleepers.length > 0) this.#jump();
    };
    setImmediate(turn);
  }
}

/** What one attempt of a task does. */
export interface Answer {
  /** Seconds until it answers. */
  readonly after?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /** For waitForTaskToken: what comes back by the token, so many seconds after the call was answered. */
  readonly token?: {
    readonly after?: number;
    readonly output?: unknown;
    readonly error?: string;
    readonly heartbeats?: readonly number[];
  };
}

/** By state name: the answers to its attempts in order, the last one for all further ones; or a function of the parameters. */
export type Script = Readonly<Record<string, readonly Answer[] | ((parameters: never) => unknown)>>;

export interface World {
  readonly host: Host;
  readonly clock: JumpingClock;
  /** Every invocation: `<state>(<parameters>)`. */
  readonly calls: string[];
}

interface WorldOptions {
  readonly limits?: Limits;
  /** Answers the states that the script does not name. */
  readonly otherwise?: (parameters: never, call: TaskCall) => unknown;
}

let worldCount = 0;

export function createWorld(
  script: Script = {},
  { limits = AWS_LIMITS, otherwise = () => ({}) }: WorldOptions = {},
): World {
  const clock = new JumpingClock();
  const tokens = new Tokens();
  const calls: string[] = [];
  const counts = new Map<string, number>();
  const first = worldCount++ * 1000;
  let tokenCount = first;
  const invoke = async (whole: TaskCall): Promise<unknown> => {
    const call = { ...whole, parameters: payloadOf(whole.parameters) };
    calls.push(`${call.stateName}(${JSON.stringify(call.parameters)})`);
    const plan = script[call.stateName];
    if (plan === undefined) return answerByToken(call, otherwise(call.parameters as never, call));
    if (typeof plan === 'function') return plan(call.parameters as never);
    const count = counts.get(call.stateName) ?? 0;
    counts.set(call.stateName, count + 1);
    const answer = plan[Math.min(count, plan.length - 1)] ?? {};
    if (answer.after) await clock.sleep(answer.after * 1000, call.signal);
    if (answer.token) void comeBack(answer.token, JSON.stringify(call.parameters));
    if (answer.error !== undefined) throw new StatesError(answer.error, answer.cause);
    return answer.result ?? {};
  };
  const answerByToken = (call: TaskCall, result: unknown) => {
    if (call.resource.pattern === 'waitForTaskToken')
      void comeBack({ output: result }, JSON.stringify(call.parameters));
    return result;
  };
  const comeBack = async (
    { after = 0, output, error, heartbeats = [] }: NonNullable<Answer['token']>,
    sent: string,
  ) => {
    const token = /token-\d+/.exec(sent)![0];
    let passed = 0;
    for (const beat of heartbeats) {
      await clock.sleep((beat - passed) * 1000);
      passed = beat;
      (await tokens.get(token))?.heartbeat();
    }
    await clock.sleep((after - passed) * 1000);
    if (error === undefined) await (await tokens.get(token))?.succeed(Data.of(output));
    else await (await tokens.get(token))?.fail(error, 'sent');
  };
  const host: Host = {
    clock,
    random: () => 0.5,
    invoke,
    tokens,
    limits,
    region: 'us-east-1',
    newToken: () => `token-${++tokenCount}`,
  };
  return { host, clock, calls };
}

export interface Run {
  readonly end: ExecutionEnd | undefined;
  readonly records: JournalRecord[];
  readonly execution: Execution;
}

export interface RunOptions {
  readonly world?: World;
  /** Goes on from these instead of starting. */
  readonly from?: readonly JournalRecord[];
  readonly redrive?: boolean;
  readonly onRecord?: (record: JournalRecord, execution: Execution) => void;
}

const LAMBDA = 'arn:aws:states:::lambda:invoke';

/** A definition whose tasks may say what they hand to their function for short, without naming one. */
export const compile = (definition: StateMachine): CompiledMachine => compileMachine(withFunctions(definition));

export const withFunctions = (definition: StateMachine): StateMachine =>
  named(definition, definition.QueryLanguage ?? 'JSONPath');

function named<T>(value: T, language: string): T {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => named(item, language)) as T;
  const members = Object.entries(value).map(([key, member]) => [key, named(member, language)]);
  const state = Object.fromEntries(members) as Record<string, unknown>;
  if (state.Type !== 'Task' || !String(state.Resource).startsWith(LAMBDA)) return state as T;
  const field = (state.QueryLanguage ?? language) === 'JSONPath' ? 'Parameters' : 'Arguments';
  const given = state[field] as object | string | undefined;
  if (typeof given === 'string' || (given && 'FunctionName' in given)) return state as T;
  return { ...state, [field]: { FunctionName: FUNCTION, ...(given && { Payload: given }) } } as T;
}

const FUNCTION = 'short';

/** What the function gets. */
export const payloadOf = (parameters: unknown): unknown => {
  const { FunctionName, Payload = {} } = (parameters ?? {}) as { FunctionName?: unknown; Payload?: unknown };
  return FunctionName === FUNCTION ? Payload : parameters;
};

export async function run(
  definition: StateMachine | CompiledMachine,
  input: unknown,
  { world = createWorld(), from, redrive = false, onRecord }: RunOptions = {},
): Promise<Run> {
  const machine = 'StartAt' in definition ? compile(definition) : definition;
  const records: JournalRecord[] = [...(from ?? [])];
  const identity = {
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:machine:run',
    name: 'run',
    roleArn: 'arn:aws:iam::000000000000:role/states',
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine',
    stateMachineName: 'machine',
    startDate: Date.parse('2026-01-01T00:00:00.000Z'),
    input: JSON.stringify(input),
  };
  let resumed = from && fold(from);
  if (resumed && redrive) {
    const event: JournalRecord = {
      id: resumed.events.length + 1,
      previous: resumed.events.length,
      thread: '',
      at: world.clock.now(),
      type: 'ExecutionRedriven',
      details: { redriveCount: resumed.redriveCount + 1 },
    };
    records.push(event);
    resumed = fold(records);
  }
  const append = (record: JournalRecord) => {
    records.push(JSON.parse(JSON.stringify(record)));
    onRecord?.(record, execution);
    return undefined;
  };
  const execution: Execution = new Execution(world.host, identity, machine, append, resumed);
  if (!from) execution.start();
  const end = await execution.run();
  return { end, records, execution };
}

/** `12<11 TaskSucceeded {"output":"1",…}`: an event as a line. */
export const eventLines = (records: readonly JournalRecord[], details = false): string[] =>
  records.flatMap((record) =>
    'id' in record
      ? [
          `${record.id}<${record.previous} ${record.type}${nameOf(record.details)}${details && record.details ? ` ${JSON.stringify(record.details)}` : ''}`,
        ]
      : [],
  );

const nameOf = (details: Readonly<Record<string, unknown>> | undefined): string => {
  if (details?.name === undefined) return '';
  return details.index === undefined ? ` ${details.name}` : ` ${details.name}[${details.index}]`;
};

/** The life of a thread: one state after the other, with Retry and Catch around each. */
import { ErrorName } from '../../asl/errors';
import type { Data } from './data';
import type { MaybePromise, Variables } from './environment';
import { Cancelled, StatesError } from './errors';
import { Frame } from './frame';
import type { CompiledMachine, CompiledState, Outcome } from './machine';
import type { StateProgress, ThreadProgress } from './resume';
import { decideRetry, matches } from './retry';
import { sleep } from './sleep';
import { runChoice } from './states/choice';
import { runFail } from './states/fail';
import { runMap } from './states/map';
import { runParallel } from './states/parallel';
import { runTask } from './states/task';
import { runWait } from './states/wait';
import type { Thread } from './thread';
import { exceedsVariables } from './variables';

/** Resolves with the thread's output; rejects with a `StatesError` or with `Cancelled`. */
export async function runThread(
  thread: Thread,
  machine: CompiledMachine,
  input: Data,
  progress?: ThreadProgress,
): Promise<Data> {
  let name: string | undefined = machine.startAt;
  let data = input;
  let resumed: StateProgress | undefined;
  if (progress) {
    thread.last = progress.last;
    thread.variables = progress.variables;
    if (progress.output) return progress.output;
    resumed = progress.state;
    name = resumed?.name ?? progress.next?.name ?? name;
    data = resumed?.input ?? progress.next?.input ?? data;
  }
  while (name !== undefined) {
    const state = machine.states.get(name)!;
    const exit: Exit = await runState(thread, state, data, resumed);
    resumed = undefined;
    name = exit.next;
    data = exit.output;
    const { execution } = thread;
    const turn = (name === undefined ? undefined : execution.transition()) ?? execution.breathe();
    if (turn) await turn;
  }
  return data;
}

interface Exit {
  readonly output: Data;
  /** Undefined when the thread has ended. */
  readonly next: string | undefined;
}

/** What the work of a state came to. */
export interface Work {
  /** Absent where the state works on nothing: its input goes on. */
  readonly result?: Data;
  /** Where to go, when it is the work that decides. */
  readonly next?: string;
  /** When it is the work that decides what is handed on. */
  readonly outcome?: Outcome;
}

const NOTHING: Work = {};

/** How each type works. One that is not here has no work. */
const workers: { readonly [type: string]: (frame: Frame, progress?: StateProgress) => MaybePromise<Work> } = {
  Choice: runChoice,
  Fail: runFail,
  Map: runMap,
  Parallel: runParallel,
  Task: runTask,
  Wait: runWait,
};

async function runState(thread: Thread, state: CompiledState, input: Data, progress?: StateProgress): Promise<Exit> {
  const { execution } = thread;
  thread.scope.check();
  const enteredEvent =
    progress?.enteredEvent ??
    execution.record(thread, `${state.type}StateEntered`, { input: input.json, name: state.name });
  const enteredAt = progress?.enteredAt ?? execution.events[enteredEvent - 1]!.at;
  const frame = new Frame(thread, state, input, enteredAt, enteredEvent);
  let resumed = progress;
  if (progress) {
    frame.counts = [...progress.counts];
    frame.retryCount = frame.counts.reduce((sum, count) => sum + count, 0);
    if (progress.phase.kind === 'retrying') {
      frame.retryCount--;
      await waitUntil(frame, progress.phase.until);
    }
  }
  for (;;) {
    const attempt = resumed;
    resumed = undefined;
    try {
      if (attempt?.phase.kind === 'failed') throw attempt.phase.error;
      return await perform(frame, attempt);
    } catch (thrown) {
      const error = failure(frame, thrown);
      const until = retry(frame, error);
      if (until === undefined) return await handle(frame, error);
      await waitUntil(frame, until);
    }
  }
}

/** One attempt. */
async function perform(frame: Frame, progress?: StateProgress): Promise<Exit> {
  const { state } = frame;
  const worker = workers[state.type];
  const started = worker ? worker(frame, progress) : NOTHING;
  const work = started instanceof Promise ? await started : started;
  if (work.result) frame.checkSize(work.result, tooLarge(state.name));
  const environment = work.result ? frame.environment.with({ result: work.result.value }) : frame.environment;
  let outcome = work.outcome;
  if (!outcome) {
    const evaluated = state.outcome(environment);
    outcome = evaluated instanceof Promise ? await evaluated : evaluated;
  }
  return exit(frame, outcome, work.next ?? state.next, work.result);
}

const tooLarge = (name: string) =>
  `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;

function exit(frame: Frame, outcome: Outcome, next: string | undefined, result?: Data): Exit {
  const { thread, state } = frame;
  thread.scope.check();
  const output = frame.checkSize(frame.data(outcome.output, result), tooLarge(state.name));
  const assignedVariables = outcome.assigned && assign(thread, state, outcome.assigned);
  thread.execution.record(
    thread,
    `${state.type}StateExited`,
    { name: state.name, output: output.json, ...(assignedVariables && { assignedVariables }) },
    next === undefined ? undefined : { next },
  );
  return { output, next };
}

/** The variables hold from the next state on. Returns their texts. */
function assign(thread: Thread, { name }: CompiledState, assigned: Variables): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [variable, value] of Object.entries(assigned)) texts[variable] = JSON.stringify(value);
  const variables = { ...thread.variables, ...assigned };
  if (exceedsVariables(texts, variables)) {
    const cause = `The state/task '${name}' assigned variables with a size exceeding the maximum number of bytes service limit.`;
    throw new StatesError(ErrorName.dataLimitExceeded, cause);
  }
  thread.variables = variables;
  return texts;
}

/** Tells history of the error as far as that is not done, and says where it happened. */
export function failure(frame: Pick<Frame, 'thread' | 'state' | 'enteredEvent'>, thrown: unknown): StatesError {
  const { thread, state, enteredEvent } = frame;
  const { execution } = thread;
  if (thrown instanceof Cancelled) {
    abort(frame);
    throw thrown;
  }
  if (!(thrown instanceof StatesError)) throw thrown;
  if (!thrown.details.own) return thrown;
  const { error, reason, details } = thrown;
  if (details.location !== undefined) {
    execution.record(thread, 'EvaluationFailed', {
      error,
      cause: reason,
      location: details.location,
      state: state.name,
    });
  }
  const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${enteredEvent}). ${reason}`;
  return new StatesError(error, cause, { ...details, own: false });
}

/** Another branch failed, or the execution has ended: then nothing can be recorded any more. */
function abort({ thread, state }: Pick<Frame, 'thread' | 'state'>): void {
  try {
    thread.execution.record(thread, `${state.type}StateAborted`);
  } catch {
    // The execution is closed.
  }
}

/** When the state is to be tried again; undefined when it is not. */
function retry({ thread, state, counts }: Frame, error: StatesError): number | undefined {
  const { execution } = thread;
  const { clock, random } = execution.host;
  const decision = decideRetry(state.retriers, counts, error, random);
  if (!decision) return undefined;
  const { index, delayMs } = decision;
  counts[index] = (counts[index] ?? 0) + 1;
  const until = clock.now() + delayMs;
  execution.note({ retry: thread.id, index, until });
  return until;
}

async function waitUntil(frame: Frame, until: number): Promise<void> {
  try {
    await sleepUntil(frame, until);
  } catch (thrown) {
    abort(frame);
    throw thrown;
  }
  frame.token = undefined;
  frame.retryCount++;
  frame.renew();
}

/** Rejects with `Cancelled` when the thread is. */
export function sleepUntil({ thread }: Frame, until: number): Promise<void> {
  const { clock } = thread.execution.host;
  return thread.scope.wait<void>((resolve, reject) => {
    const timer = new AbortController();
    sleep(clock, until - clock.now(), timer.signal).then(resolve, reject);
    return () => timer.abort();
  });
}

/** The first catcher that names the error decides; without one the thread fails. */
async function handle(frame: Frame, error: StatesError): Promise<Exit> {
  const catcher = frame.state.catchers.find(({ errors }) => matches(errors, error));
  if (!catcher) return leave(frame, error);
  try {
    const outcome = await catcher.outcome(frame.environment.with({ errorOutput: errorOutput(error) }));
    return exit(frame, outcome, catcher.next);
  } catch (thrown) {
    // No other catcher of this state is asked.
    return leave(frame, failure(frame, thrown));
  }
}

/** AWS: a cause that is not there is an empty text. */
const errorOutput = ({ error, reason = '' }: StatesError) => ({ Error: error, Cause: reason });

/** Nothing handles the error here. */
function leave({ thread, state }: Frame, error: StatesError): never {
  if (error.error === ErrorName.runtime) {
    // AWS: nothing can handle it, so the execution ends where it happened, and no branch, iteration or state around it is told of.
    thread.execution.fail(thread.last, error);
    throw new Cancelled();
  }
  if (thread.id !== '' && state.type !== 'Fail') abort({ thread, state });
  throw error;
}

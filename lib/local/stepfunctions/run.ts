/** The life of a thread: one state after the other, with Retry and Catch around each. */
import { ErrorName } from '../../asl/errors';
import type { Data } from './data';
import type { MaybePromise, Variables } from './environment';
import { Cancelled, StatesError } from './errors';
import { Frame } from './frame';
import type { CompiledMachine, CompiledState, Outcome } from './machine';
import { stringifyJson } from './numbers';
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
    const left: MaybePromise<Exit> = runState(thread, state, data, resumed);
    const exit: Exit = left instanceof Promise ? await left : left;
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

/** Without a promise where the state needs none: most of a long chain of states does not wait for anything. */
function runState(thread: Thread, state: CompiledState, input: Data, progress?: StateProgress): MaybePromise<Exit> {
  const { execution } = thread;
  thread.scope.check();
  const enteredEvent =
    progress?.enteredEvent ??
    execution.record(thread, `${state.type}StateEntered`, { input: input.json, name: state.name });
  const enteredAt = progress?.enteredAt ?? execution.events[enteredEvent - 1]!.at;
  const frame = new Frame(thread, state, input, enteredAt, enteredEvent);
  if (progress) return goOn(frame, progress);
  try {
    const exited = perform(frame);
    return exited instanceof Promise ? exited.catch((thrown) => recover(frame, thrown)) : exited;
  } catch (thrown) {
    return recover(frame, thrown);
  }
}

/** From where a restart or a redrive found the state. */
async function goOn(frame: Frame, progress: StateProgress): Promise<Exit> {
  const { phase } = progress;
  frame.counts = [...progress.counts];
  frame.retryCount = frame.counts.reduce((sum, count) => sum + count, 0);
  if (phase.kind === 'retrying') {
    frame.retryCount--;
    await waitUntil(frame, phase.until);
  }
  if (phase.kind === 'failed') return recover(frame, phase.error);
  try {
    return await perform(frame, progress);
  } catch (thrown) {
    return recover(frame, thrown);
  }
}

/** Tries again as long as a retrier says so. */
async function recover(frame: Frame, first: unknown): Promise<Exit> {
  let thrown = first;
  for (;;) {
    const error = failure(frame, thrown);
    const until = retry(frame, error);
    if (until === undefined) return handle(frame, error);
    await waitUntil(frame, until);
    try {
      return await perform(frame);
    } catch (again) {
      thrown = again;
    }
  }
}

/** One attempt. */
function perform(frame: Frame, progress?: StateProgress): MaybePromise<Exit> {
  const worker = workers[frame.state.type];
  const work = worker ? worker(frame, progress) : NOTHING;
  return work instanceof Promise ? work.then((done) => handOver(frame, done)) : handOver(frame, work);
}

function handOver(frame: Frame, work: Work): MaybePromise<Exit> {
  const { state } = frame;
  if (work.result) frame.checkSize(work.result, tooLarge(state.name));
  const environment = work.result ? frame.environment.with({ result: work.result.value }) : frame.environment;
  const next = work.next ?? state.next;
  const outcome = work.outcome ?? state.outcome(environment);
  return outcome instanceof Promise
    ? outcome.then((evaluated) => exit(frame, evaluated, next, work.result))
    : exit(frame, outcome, next, work.result);
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
  for (const [variable, value] of Object.entries(assigned)) texts[variable] = stringifyJson(value);
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
  if (thread.isAborted) return;
  try {
    thread.tellAborted(state);
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
  // An event of its own says that a Map or a Parallel state has failed; of others it is this one.
  const { type } = thread.execution.events[thread.last - 1]!;
  if (thread.id !== '' && type !== `${state.type}StateFailed`) abort({ thread, state });
  throw error;
}

/**
 * Where an execution stands, worked out from its records alone. Nothing else is kept across a restart, so whatever the records
 * say has happened is not done again, and whatever they do not say is.
 */
import { ErrorName } from '../../asl/errors';
import { Data } from './data';
import type { Variables } from './environment';
import { StatesError } from './errors';
import type { ExecutionEnd } from './execution';
import { type EventRecord, isAside, isRetry, type JournalRecord } from './history';
import { parseJson } from './numbers';

export interface Progress {
  readonly events: EventRecord[];
  readonly root: ThreadProgress;
  redriveCount: number;
  /** Epoch milliseconds. */
  redriveDate?: number;
  /** Absent while the execution runs. */
  end?: ExecutionEnd;
  /** Epoch milliseconds of the end. */
  stopDate?: number;
}

export interface ThreadProgress {
  last: number;
  variables: Variables;
  /** The state it is in. */
  state?: StateProgress;
  /** Between two states: the one to enter. */
  next?: { readonly name: string; readonly input: Data };
  /** The last state has been left. */
  output?: Data;
  /** A Map iteration whose end is recorded. */
  ended?: boolean;
}

export interface StateProgress {
  readonly name: string;
  readonly type: string;
  readonly input: Data;
  readonly enteredAt: number;
  readonly enteredEvent: number;
  counts: number[];
  phase: Phase;
  /** Of the latest attempt of a Map or Parallel state, also when it has failed: a redrive goes on with them. */
  children?: Children;
}

export interface Children {
  readonly kind: 'children';
  /** The Started event. */
  readonly event: number;
  /** Absent when it is the state's input. */
  readonly input?: Data;
  readonly threads: Map<number, ThreadProgress>;
  /** Of a Distributed Map: the run's record as JSON, once it is started. */
  mapRun?: string;
  /** How often the execution was redriven since, and how often the run says so. */
  redrives: number;
  recordedRedrives: number;
}

export type Phase =
  | { readonly kind: 'entered' }
  | {
      readonly kind: 'scheduled';
      readonly event: number;
      readonly started: boolean;
      readonly startedAt?: number;
      readonly submitted?: Data;
    }
  | { readonly kind: 'succeeded'; readonly result: Data }
  | { readonly kind: 'failed'; readonly error: StatesError }
  | { readonly kind: 'retrying'; readonly until: number }
  | Children;

const ENTERED: Phase = { kind: 'entered' };

export function fold(records: Iterable<JournalRecord>): Progress {
  const root: ThreadProgress = { last: 0, variables: {} };
  const progress: Progress = { events: [], root, redriveCount: 0 };
  const threads = new Map<string, ThreadProgress>([['', root]]);
  const owners = new Map<number, { readonly thread: ThreadProgress; readonly children: Children }>();

  const threadOf = (id: string): ThreadProgress => {
    let thread = threads.get(id);
    if (!thread) {
      const [started = '', index = ''] = id.split('.');
      const owner = owners.get(Number(started))!;
      thread = { last: Number(started), variables: owner.thread.variables };
      owner.children.threads.set(Number(index), thread);
      threads.set(id, thread);
    }
    return thread;
  };

  for (const record of records) {
    if (isRetry(record)) {
      const { state } = threadOf(record.retry);
      if (!state) continue;
      state.counts[record.index] = (state.counts[record.index] ?? 0) + 1;
      state.phase = { kind: 'retrying', until: record.until };
    } else {
      progress.events.push(record);
      if (record.type.startsWith('Execution')) {
        foldExecutionEvent(progress, record);
        continue;
      }
      const thread = threadOf(record.thread);
      if (!isAside(record.type)) thread.last = record.id;
      foldThreadEvent(thread, record);
      const children = thread.state?.children;
      if (children?.event === record.id) owners.set(record.id, { thread, children });
    }
  }
  return progress;
}

/** The tokens of tasks that wait: they are waited for again once the execution goes on. */
export function pendingTokens({ root, events }: Progress): string[] {
  const tokens: string[] = [];
  const visit = ({ state }: ThreadProgress) => {
    if (!state) return;
    if (state.phase.kind === 'scheduled') {
      const token = events[state.phase.event - 1]?.extra?.token;
      if (token !== undefined) tokens.push(token);
    } else if (state.phase.kind === 'children') {
      for (const child of state.phase.threads.values()) visit(child);
    }
  };
  visit(root);
  return tokens;
}

type Details = Readonly<Record<string, string>>;

function foldExecutionEvent(progress: Progress, { type, at, details, id, extra }: EventRecord): void {
  const { output, error, cause } = (details ?? {}) as Details;
  const why = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  switch (type) {
    case 'ExecutionSucceeded':
      progress.end = { status: 'SUCCEEDED', ...(output !== undefined && { output }) };
      break;
    case 'ExecutionFailed':
      progress.end = { status: 'FAILED', ...why };
      break;
    case 'ExecutionAborted':
      progress.end = { status: 'ABORTED', ...why };
      break;
    case 'ExecutionTimedOut':
      progress.end = { status: 'TIMED_OUT' };
      break;
    case 'ExecutionRedriven':
      if (extra?.isAnew) startAnew(progress.root, id);
      else redrive(progress.root, id, progress.end?.error === ErrorName.dataLimitExceeded);
      delete progress.end;
      delete progress.stopDate;
      progress.redriveCount++;
      progress.redriveDate = at;
      break;
  }
  if (progress.end) progress.stopDate = at;
}

function foldThreadEvent(thread: ThreadProgress, event: EventRecord): void {
  const { type, id, at, extra } = event;
  const details = (event.details ?? {}) as Details;
  if (type.endsWith('StateEntered')) {
    thread.state = {
      name: details.name!,
      type: type.slice(0, -'StateEntered'.length),
      input: Data.parse(details.input!),
      enteredAt: at,
      enteredEvent: id,
      counts: [],
      phase: ENTERED,
    };
    delete thread.next;
    return;
  }
  if (type.endsWith('StateExited')) {
    leave(thread, event);
    return;
  }
  if (type === 'MapIterationSucceeded') thread.ended = true;
  if (type.endsWith('Aborted') || type.startsWith('MapIteration')) return;

  const state = thread.state!;
  if (type === 'ParallelStateStarted' || type === 'MapStateStarted') {
    const input = extra?.input;
    state.children = {
      kind: 'children',
      event: id,
      threads: new Map(),
      redrives: 0,
      recordedRedrives: 0,
      ...(input !== undefined && { input: Data.parse(input) }),
    };
    state.phase = state.children;
  } else if (type === 'MapRunStarted') {
    state.children!.mapRun = extra!.mapRun!;
  } else if (type === 'MapRunRedriven') {
    state.children!.recordedRedrives = state.children!.redrives;
  } else if (type.startsWith('MapRun')) {
    return;
  } else if (extra?.result !== undefined) {
    state.phase = { kind: 'succeeded', result: Data.parse(extra.result) };
  } else if (type === 'ParallelStateSucceeded' || type === 'MapStateSucceeded') {
    const threads = [...state.children!.threads].sort(([a], [b]) => a - b);
    state.phase = { kind: 'succeeded', result: Data.list(threads.map(([, { output }]) => output!)) };
  } else if (type === 'EvaluationFailed') {
    const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${state.enteredEvent}). ${details.cause}`;
    state.phase = { kind: 'failed', error: new StatesError(details.error!, cause) };
  } else if (type.endsWith('Scheduled')) {
    state.phase = { kind: 'scheduled', event: id, started: false };
  } else if (type.endsWith('Started') && state.phase.kind === 'scheduled') {
    state.phase = { ...state.phase, started: true, startedAt: at };
  } else if (type.endsWith('Submitted') && state.phase.kind === 'scheduled') {
    state.phase = { ...state.phase, submitted: Data.parse(details.output!) };
  } else if (type.endsWith('Succeeded')) {
    state.phase = { kind: 'succeeded', result: Data.parse(details.output!) };
  } else if (type.endsWith('Failed') || type.endsWith('TimedOut')) {
    const { error = '', cause } = (type.endsWith('StateFailed') ? extra : details) as {
      error?: string;
      cause?: string;
    };
    state.phase = { kind: 'failed', error: new StatesError(error, cause) };
  }
}

function startAnew(root: ThreadProgress, event: number): void {
  root.last = event;
  root.variables = {};
  delete root.state;
  delete root.next;
  delete root.output;
}

function leave(thread: ThreadProgress, { details, extra }: EventRecord): void {
  const { output, assignedVariables } = details as { output: string; assignedVariables?: Record<string, string> };
  if (assignedVariables) {
    const assigned = Object.entries(assignedVariables).map(([name, json]) => [name, parseJson(json)]);
    thread.variables = { ...thread.variables, ...Object.fromEntries(assigned) };
  }
  delete thread.state;
  if (extra?.next === undefined) thread.output = Data.parse(output);
  else thread.next = { name: extra.next, input: Data.parse(output) };
}

/**
 * Puts every state that did not end back to its start, and leaves alone what has ended. Retriers count from zero again.
 * A Map or Parallel state whose results were too large is run anew as a whole.
 */
function redrive(thread: ThreadProgress, event: number, tooLarge: boolean): void {
  if (thread.output) return;
  thread.last = event;
  const { state } = thread;
  if (!state) return;
  state.counts = [];
  const { phase } = state;
  const isTooLarge =
    phase.kind === 'failed'
      ? phase.error.error === ErrorName.dataLimitExceeded
      : tooLarge && phase.kind === 'succeeded';
  if (state.type === 'Fail') {
    // It is entered anew, and fails again.
    delete thread.state;
    thread.next = { name: state.name, input: state.input };
  } else if (state.children && phase.kind !== 'retrying' && !isTooLarge) {
    state.phase = state.children;
    state.children.redrives++;
    for (const child of state.children.threads.values()) redrive(child, event, tooLarge);
  } else {
    state.phase = ENTERED;
  }
}

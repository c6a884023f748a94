/** A run's progress, read from its execution history: events in, plain data out. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { sparkFailureIn } from '../tasks/spark-failure';
import { TURN_STATE } from '../tasks/turn';

/** The steps of every run, in order. The states of a step have its name as their first word. */
export const STEPS = ['Admit', 'Extract', 'Transform', 'Load', 'Check', 'Publish', 'Record'] as const;
export type StepName = (typeof STEPS)[number];

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Step {
  readonly name: StepName;
  readonly status: 'running' | 'done' | 'failed';
  readonly startedAt: Date;
  readonly endedAt?: Date;
  /** tasks: files or ranges of Extract, models of Transform, sinks of Load and Publish */
  readonly done: number;
  readonly begun: number;
  readonly total: number;
  /** attempts that failed */
  readonly failures: number;
}

/** A distributed Map: its children have histories of their own, so their number is asked for. */
export interface MapRun {
  readonly arn: string;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}

export interface RunOutput {
  readonly rows?: number;
  readonly rejected?: number;
  /** why nothing was to do */
  readonly outcome?: 'duplicate' | 'ignored' | 'skipped';
  readonly reason?: string;
  readonly published?: readonly { readonly sink: string; readonly rows: number; readonly changed?: boolean }[];
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
  /** partitions whose rows are missing: the run is partial */
  readonly failed?: readonly { readonly source: string; readonly partition: string; readonly cause: string }[];
}

export interface Progress {
  readonly status: RunStatus;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly input?: unknown;
  readonly output?: RunOutput;
  readonly error?: { readonly name: string; readonly cause: string };
  /** without what the children of distributed Maps have done: `shownSteps` counts those in */
  readonly steps: readonly Step[];
  /** of Extract */
  readonly mapRuns: readonly MapRun[];
  /** good rows of what has been extracted up to now */
  readonly rows: number;
  readonly rejected: number;
  readonly redrives: number;
  /** it has waited for its turn since then */
  readonly waits?: Date;
  /** id of the last event seen */
  readonly lastEvent: number;
}

export const NOTHING_YET: Progress = {
  status: 'RUNNING',
  steps: [],
  mapRuns: [],
  rows: 0,
  rejected: 0,
  redrives: 0,
  lastEvent: 0,
};

/** `events` in order; those seen before are passed over. */
export function advance(progress: Progress, events: readonly HistoryEvent[]): Progress {
  return events.filter(({ id }) => id! > progress.lastEvent).reduce(afterEvent, progress);
}

function afterEvent(before: Progress, event: HistoryEvent): Progress {
  const progress: Progress = { ...before, lastEvent: event.id! };
  const at = event.timestamp!;
  switch (event.type) {
    case 'ExecutionStarted':
      return { ...progress, startedAt: at, input: parsed(event.executionStartedEventDetails?.input) };
    case 'ExecutionRedriven':
      return redriven(progress);
    case 'ExecutionSucceeded': {
      const output = parsed(event.executionSucceededEventDetails?.output) as RunOutput | undefined;
      return { ...closed(progress, at, 'done'), status: 'SUCCEEDED', endedAt: at, ...(output ? { output } : {}) };
    }
    case 'ExecutionFailed':
      return failed(progress, at, 'FAILED', event.executionFailedEventDetails);
    case 'ExecutionTimedOut':
      return failed(progress, at, 'TIMED_OUT', { error: 'States.Timeout', ...event.executionTimedOutEventDetails });
    case 'ExecutionAborted':
      return failed(progress, at, 'ABORTED', event.executionAbortedEventDetails);
    case 'MapStateStarted':
      // A redriven Map starts again with as many items.
      if (progress.redrives > 0 && (progress.steps.at(-1)?.total ?? 0) > 0) return progress;
      return changed(progress, (step) => ({
        ...step,
        total: step.total + (event.mapStateStartedEventDetails?.length ?? 0),
      }));
    case 'MapRunStarted': {
      const arn = event.mapRunStartedEventDetails?.mapRunArn ?? '';
      return { ...progress, mapRuns: [...progress.mapRuns, { arn, done: 0, total: 0, failed: 0 }] };
    }
    case 'TaskFailed':
    case 'TaskSubmitFailed':
    case 'TaskTimedOut':
      return changed(progress, (step) => ({ ...step, failures: step.failures + 1 }));
    default:
  }
  const entered = event.stateEnteredEventDetails?.name;
  if (entered === TURN_STATE) return { ...closed(progress, at, 'done'), waits: at };
  if (event.stateExitedEventDetails?.name === TURN_STATE) return withTurn(progress);
  if (entered !== undefined) return enter(progress, entered, event.type === 'TaskStateEntered', at);
  if (event.type === 'TaskStateExited') return exitTask(progress, event);
  return progress;
}

function enter(progress: Progress, state: string, isTask: boolean, at: Date): Progress {
  const name = stepOf(state);
  if (name === undefined) return progress;
  const ended = closed(progress, at, 'done');
  const first: Step = { name, status: 'running', startedAt: at, done: 0, begun: 0, total: 0, failures: 0 };
  const next = progress.steps.some((step) => step.name === name)
    ? progress
    : { ...ended, steps: [...ended.steps, first] };
  if (!isTask) return next;
  return changed(next, (step) => ({ ...step, begun: step.begun + 1, total: Math.max(step.total, step.begun + 1) }));
}

/** Steps with the tasks of their distributed Maps. */
export function shownSteps({ steps, mapRuns }: Pick<Progress, 'steps' | 'mapRuns'>): Step[] {
  const sum = (of: (run: MapRun) => number) => mapRuns.reduce((total, run) => total + of(run), 0);
  return steps.map((step) => {
    if (step.name !== 'Extract' || mapRuns.length === 0) return step;
    const done = step.done + sum((run) => run.done);
    // A Map over what lies in S3 does not say at its start how many there are.
    const total = Math.max(step.total, done, step.begun + sum((run) => run.total));
    return { ...step, done, total, failures: step.failures + sum((run) => run.failed) };
  });
}

const stepOf = (state: string): StepName | undefined => STEPS.find((step) => state.split(' ')[0] === step);

function exitTask(progress: Progress, event: HistoryEvent): Progress {
  const state = event.stateExitedEventDetails?.name ?? '';
  // The tasks before and after a Map, of its planning and collecting, are none of a step's parts.
  const next = stepOf(state) === undefined ? progress : changed(progress, (step) => ({ ...step, done: step.done + 1 }));
  if (next.steps.at(-1)?.name !== 'Extract') return next;
  const staged = parsed(event.stateExitedEventDetails?.output) as { rows?: number; rejected?: number } | undefined;
  return { ...next, rows: next.rows + (staged?.rows ?? 0), rejected: next.rejected + (staged?.rejected ?? 0) };
}

function failed(
  progress: Progress,
  at: Date,
  status: RunStatus,
  details: { error?: string | undefined; cause?: string | undefined } | undefined,
): Progress {
  const error = { name: details?.error ?? status, cause: sentence(details?.cause) };
  return { ...closed(progress, at, 'failed'), status, endedAt: at, error };
}

/** The steps follow one another, so what comes next ends the one before; unless the run has waited for its turn between them. */
function closed(progress: Progress, at: Date, status: 'done' | 'failed'): Progress {
  return changed(progress, (step) => (step.status === 'running' ? { ...step, status, endedAt: at } : step));
}

const withTurn = ({ waits: _, ...progress }: Progress): Progress => progress;

function changed(progress: Progress, change: (step: Step) => Step): Progress {
  const last = progress.steps.at(-1);
  return last === undefined ? progress : { ...progress, steps: [...progress.steps.slice(0, -1), change(last)] };
}

/** It goes on in the step that failed, with the tasks that are not done. */
function redriven({ endedAt: _endedAt, error: _error, output: _output, ...rest }: Progress): Progress {
  return changed({ ...rest, status: 'RUNNING', redrives: rest.redrives + 1 }, ({ endedAt: _ended, ...step }) => ({
    ...step,
    status: 'running',
    begun: step.done,
  }));
}

/** A Lambda function's cause is a JSON document with the message in it. */
export function sentence(cause: string | undefined): string {
  const told = parsed(cause);
  const { errorMessage } = (told ?? {}) as { errorMessage?: unknown };
  return typeof errorMessage === 'string' ? errorMessage : (sparkFailureIn(told) ?? cause ?? '');
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an execution writes down: AWS's history events, and what is needed beside them to go on after a restart. */

export interface EventRecord {
  readonly id: number;
  readonly previous: number;
  /** `` for the execution itself; `<id of the Started event>.<index>` for a branch or an iteration. */
  readonly thread: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** AWS's HistoryEventType, e.g. `TaskStateEntered`. */
  readonly type: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly extra?: Extra;
}

/** Decisions that cannot be made again after a restart, kept with the event that follows from them. */
export interface Extra {
  /** On an Exited event: the state that comes next; absent when the thread has ended. */
  readonly next?: string;
  /** On a Scheduled event: the task's token. */
  readonly token?: string;
  /** On a Started event of a Map or Parallel state: what it works on, as JSON, unless that is the state's input. */
  readonly input?: string;
  /** On MapRunStarted: the run's record, as JSON. */
  readonly mapRun?: string;
  /** On MapStateSucceeded of a Distributed Map, whose children have histories of their own: the result, as JSON. */
  readonly result?: string;
  /** On a Failed event of a Map or Parallel state, whose details have no room for it. */
  readonly error?: string;
  readonly cause?: string;
  /** On ExecutionRedriven: from the first state, as an Express child of a Map Run. */
  readonly isAnew?: boolean;
}

/** A retry was decided on: the jitter is drawn. */
export interface RetryRecord {
  readonly retry: string;
  /** Which retrier. */
  readonly index: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

export type JournalRecord = EventRecord | RetryRecord;

export const isRetry = (record: JournalRecord): record is RetryRecord => 'retry' in record;

/** AWS: no later event names one of these as its predecessor; the chain goes on from the event before. */
export const isAside = (type: string): boolean =>
  type === 'MapStateSucceeded' ||
  type === 'ParallelStateSucceeded' ||
  type === 'MapRunSucceeded' ||
  type === 'MapIterationFailed' ||
  type.endsWith('Aborted');

const NOT_TRUNCATED = { truncated: false };

/** The event as GetExecutionHistory gives it. */
export function historyEvent(record: EventRecord, includeExecutionData: boolean): Record<string, unknown> {
  const { id, previous, type, at, details } = record;
  const event: Record<string, unknown> = { timestamp: new Date(at), type, id, previousEventId: previous };
  if (!details) return event;
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    const isData = key === 'input' || key === 'output' || key === 'assignedVariables';
    if (isData && !includeExecutionData) continue;
    shown[key] = value;
    if (isData) shown[`${key}Details`] = NOT_TRUNCATED;
  }
  event[detailsKey(type)] = shown;
  return event;
}

const detailsKeys = new Map<string, string>();

/** e.g. `stateEnteredEventDetails` for `TaskStateEntered`, `taskScheduledEventDetails` for `TaskScheduled`. */
function detailsKey(type: string): string {
  let key = detailsKeys.get(type);
  if (key === undefined) {
    const shared = /State(Entered|Exited)$/.exec(type);
    const name = shared ? `state${shared[1]}` : type.charAt(0).toLowerCase() + type.slice(1);
    key = `${name}EventDetails`;
    detailsKeys.set(type, key);
  }
  return key;
}

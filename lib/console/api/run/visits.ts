/** An execution's history as visits of its states: which state, in which item of which Map, with which attempts. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { sentence } from '../../../operate/history';
import type { Graph } from '../../types/graph';
import type { RunError, StateStatus } from '../../types/run';

export interface Attempt {
  readonly number: number;
  status: StateStatus;
  readonly scheduledAt: Date;
  startedAt?: Date;
  endedAt?: Date;
  error?: RunError;
  readonly redrives: number;
  readonly parameters?: string | undefined;
  /** ids of events: of the beginning, and the latest */
  readonly first: number;
  last: number;
}

export interface Visit {
  /** of the event of its beginning */
  readonly id: number;
  readonly state: string;
  readonly type: string;
  readonly scope: Scope | undefined;
  status: StateStatus;
  readonly enteredAt: Date;
  exitedAt?: Date;
  exit?: number;
  error?: RunError;
  readonly attempts: Attempt[];
  /** of an inline Map */
  length?: number;
  readonly items: Item[];
  mapRunArns: string[];
}

/** What a visit lies in: an item of a Map, or a branch of a Parallel state. */
export interface Scope {
  readonly owner: Visit;
  readonly item?: Item;
}

/** Of an inline Map: those of a Distributed one are executions of their own. */
export interface Item {
  readonly index: number;
  status: StateStatus;
  readonly startedAt: Date;
  endedAt?: Date;
  error?: RunError;
  readonly visits: Visit[];
}

/** Where an event belongs. */
interface Place {
  readonly visit?: Visit | undefined;
  readonly scope?: Scope | undefined;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

const NOWHERE: Place = {};
const ATTEMPT =
  /^(?:Task|LambdaFunction|Activity)(Scheduled|ScheduleFailed|Started|StartFailed|Submitted|SubmitFailed|Succeeded|Failed|TimedOut)$/;

/** Grows by `advance`, with what GetExecutionHistory gives, in its order. */
export class RunHistory {
  readonly events: HistoryEvent[] = [];
  readonly visits: Visit[] = [];
  readonly byState = new Map<string, Visit[]>();
  status: ExecutionStatus = 'RUNNING';
  startedAt?: Date;
  endedAt?: Date;
  error?: RunError;
  redrives = 0;
  /** from an end to the redrive after it */
  readonly pauses: { readonly from: Date; readonly to: Date }[] = [];
  readonly #places: Place[] = [];
  readonly #parents: ReadonlyMap<string, string | undefined>;

  constructor(graph: Pick<Graph, 'nodes'>) {
    this.#parents = new Map(graph.nodes.map(({ id, parent }) => [id, parent]));
  }

  get lastEvent(): number {
    return this.events.length;
  }

  /** Those seen before are passed over. */
  advance(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      if (event.id! !== this.events.length + 1) continue;
      this.events.push(event);
      this.#places[event.id!] = this.#take(event, this.#places[event.previousEventId ?? 0] ?? NOWHERE);
    }
  }

  /** The state that an event is of. */
  stateOf(event: number): string | undefined {
    return this.#places[event]?.visit?.state;
  }

  #take(event: HistoryEvent, before: Place): Place {
    const type = event.type!;
    if (type.startsWith('Execution')) return this.#execution(event, before);
    if (type.endsWith('StateEntered')) return this.#enter(event, before);
    if (type.endsWith('StateExited')) return this.#exit(event, before);
    if (type.startsWith('MapIteration')) return this.#iteration(event, before);
    const [, phase] = ATTEMPT.exec(type) ?? [];
    const visit = before.visit ?? (phase === undefined ? undefined : this.#interrupted(event));
    if (visit === undefined) return before;
    const place: Place = before.visit ? before : { visit, scope: visit.scope };
    if (phase !== undefined) attempt(visit, event, phase, this.redrives);
    else within(visit, event);
    return place;
  }

  #execution(event: HistoryEvent, before: Place): Place {
    const at = event.timestamp!;
    switch (event.type) {
      case 'ExecutionStarted':
        this.startedAt = at;
        return NOWHERE;
      case 'ExecutionRedriven':
        this.#redrive(at);
        return NOWHERE;
      case 'ExecutionSucceeded':
        this.#end('SUCCEEDED', at);
        return NOWHERE;
      case 'ExecutionFailed':
        this.#end('FAILED', at, errorOf(event.executionFailedEventDetails), before);
        return NOWHERE;
      case 'ExecutionTimedOut': {
        const { error = 'States.Timeout', cause = 'The run took longer than its definition allows.' } =
          event.executionTimedOutEventDetails ?? {};
        this.#end('TIMED_OUT', at, errorOf({ error, cause }));
        return NOWHERE;
      }
      default:
        this.#end('ABORTED', at, errorOf(event.executionAbortedEventDetails));
        return NOWHERE;
    }
  }

  /** What was under way went down with it, and first of all what it failed of: the state of the event before, with those around it. */
  #end(status: ExecutionStatus, at: Date, error?: RunError, failedAt: Place = NOWHERE): void {
    this.status = status;
    this.endedAt = at;
    if (error) this.error = error;
    const failed = new Set<Visit | Item>();
    const first = failedAt.visit?.exitedAt === undefined ? failedAt.visit : undefined;
    if (first && first.error === undefined && error) first.error = error;
    for (let visit = first ?? failedAt.scope?.owner; visit; visit = visit.scope?.owner) {
      failed.add(visit);
      if (visit.scope?.item) failed.add(visit.scope.item);
    }
    const close = (one: Visit | Item) => {
      if (one.status === 'running') one.status = failed.has(one) ? 'failed' : 'aborted';
      if (one.status === 'failed' && one.error === undefined && failed.has(one) && error) one.error = error;
    };
    for (const visit of this.visits) {
      close(visit);
      for (const one of visit.attempts) if (one.status === 'running') one.status = 'aborted';
      for (const item of visit.items) close(item);
    }
  }

  /** It goes on with all that had not come to its end. */
  #redrive(at: Date): void {
    this.redrives += 1;
    if (this.endedAt) this.pauses.push({ from: this.endedAt, to: at });
    this.status = 'RUNNING';
    delete this.endedAt;
    delete this.error;
    for (const visit of this.visits) {
      if (visit.exitedAt === undefined) resume(visit);
      for (const item of visit.items) if (item.status !== 'succeeded') resume(item);
    }
  }

  #enter(event: HistoryEvent, before: Place): Place {
    const { name = '' } = event.stateEnteredEventDetails ?? {};
    const scope = this.#scopeFor(name, before);
    const visit: Visit = {
      id: event.id!,
      state: name,
      type: event.type!.replace(/StateEntered$/, ''),
      scope,
      status: 'running',
      enteredAt: event.timestamp!,
      attempts: [],
      items: [],
      mapRunArns: [],
    };
    this.visits.push(visit);
    scope?.item?.visits.push(visit);
    const others = this.byState.get(name);
    if (others) others.push(visit);
    else this.byState.set(name, [visit]);
    return { visit, scope };
  }

  /** The definition says which state is around it; the event before, which visit of that. */
  #scopeFor(name: string, { visit, scope }: Place): Scope | undefined {
    const parent = this.#parents.get(name);
    if (!this.#parents.has(name)) return scope;
    if (parent === undefined) return undefined;
    if (scope?.owner.state === parent) return scope;
    if (visit?.state === parent) return { owner: visit };
    for (let up = scope; up; up = up.owner.scope) if (up.owner.state === parent) return up;
    // After a redrive the event before says nothing: it goes on where no state is under way.
    const owner = this.byState.get(parent)?.findLast(({ exitedAt }) => exitedAt === undefined);
    if (owner === undefined) return undefined;
    const idle = owner.items.find(
      ({ status, visits }) => status === 'running' && visits.every(({ exitedAt }) => exitedAt !== undefined),
    );
    return idle ? { owner, item: idle } : { owner };
  }

  #exit(event: HistoryEvent, before: Place): Place {
    const { name = '' } = event.stateExitedEventDetails ?? {};
    const visit = named(name, before) ?? this.#open(name);
    if (visit === undefined) return before;
    visit.exitedAt = event.timestamp!;
    visit.exit = event.id!;
    visit.status = visit.error === undefined ? 'succeeded' : 'caught';
    return { visit, scope: visit.scope };
  }

  #iteration(event: HistoryEvent, before: Place): Place {
    const [, phase = ''] = /^MapIteration(\w+)$/.exec(event.type!) ?? [];
    const details =
      event.mapIterationStartedEventDetails ??
      event.mapIterationSucceededEventDetails ??
      event.mapIterationFailedEventDetails ??
      event.mapIterationAbortedEventDetails;
    const { name = '', index = 0 } = details ?? {};
    const owner = named(name, before) ?? this.#open(name);
    if (owner === undefined) return before;
    const at = event.timestamp!;
    const inScope = before.scope?.owner === owner ? before.scope.item : undefined;
    let item = inScope?.index === index ? inScope : owner.items.find((one) => one.index === index);
    if (phase === 'Started') {
      if (item === undefined) {
        item = { index, status: 'running', startedAt: at, visits: [] };
        owner.items.push(item);
      }
      return { visit: owner, scope: { owner, item } };
    }
    if (item) {
      item.endedAt = at;
      item.status = phase === 'Succeeded' ? 'succeeded' : phase === 'Failed' ? 'failed' : 'aborted';
      const error = item.visits.findLast((visit) => visit.error)?.error;
      if (phase === 'Succeeded') delete item.error;
      else if (error) item.error = error;
      if (phase !== 'Succeeded') {
        for (const visit of item.visits) if (visit.status === 'running') visit.status = item.status;
      }
    }
    return { visit: owner, scope: owner.scope };
  }

  #open(name: string): Visit | undefined {
    return this.byState.get(name)?.find(({ exitedAt }) => exitedAt === undefined);
  }

  /** After a redrive an attempt is of a task that was not done: the one that was tried with the same, if several were not. */
  #interrupted(event: HistoryEvent): Visit | undefined {
    const waiting = this.visits.filter(
      ({ exitedAt, attempts }) =>
        exitedAt === undefined && attempts.length > 0 && attempts.at(-1)!.redrives < this.redrives,
    );
    const parameters = parametersOf(event);
    return waiting.find(({ attempts }) => attempts.at(-1)!.parameters === parameters) ?? waiting[0];
  }
}

/** From the visit of a place outwards. */
function named(name: string, { visit, scope }: Place): Visit | undefined {
  if (visit?.state === name && visit.exitedAt === undefined) return visit;
  for (let up = scope; up; up = up.owner.scope) if (up.owner.state === name) return up.owner;
  return undefined;
}

function resume(one: Visit | Item): void {
  if (one.status !== 'failed' && one.status !== 'aborted' && one.status !== 'running') return;
  one.status = 'running';
  delete one.error;
  if ('endedAt' in one) delete one.endedAt;
}

/** Of a state that is no attempt of a task: what a Map or Parallel state tells of itself. */
function within(visit: Visit, event: HistoryEvent): void {
  switch (event.type) {
    case 'MapStateStarted':
      visit.length = event.mapStateStartedEventDetails?.length ?? 0;
      return;
    case 'MapRunStarted':
      visit.mapRunArns.push(event.mapRunStartedEventDetails?.mapRunArn ?? '');
      return;
    case 'MapRunFailed':
      visit.error = errorOf(event.mapRunFailedEventDetails);
      return;
    case 'EvaluationFailed':
      visit.error = errorOf(event.evaluationFailedEventDetails);
      return;
    case 'MapStateFailed':
    case 'ParallelStateFailed': {
      const inner = visit.items.findLast(({ error }) => error)?.error;
      visit.error ??= inner ?? { name: 'States.TaskFailed', cause: '' };
      return;
    }
    default:
  }
}

function attempt(visit: Visit, event: HistoryEvent, phase: string, redrives: number): void {
  const at = event.timestamp!;
  if (phase === 'Scheduled') {
    delete visit.error;
    visit.status = 'running';
    const parameters = parametersOf(event);
    visit.attempts.push({
      number: visit.attempts.length + 1,
      status: 'running',
      scheduledAt: at,
      redrives,
      parameters,
      first: event.id!,
      last: event.id!,
    });
    return;
  }
  const current = visit.attempts.at(-1);
  if (current === undefined) return;
  current.last = event.id!;
  if (phase === 'Started') current.startedAt = at;
  if (phase === 'Started' || phase === 'Submitted') return;
  current.endedAt = at;
  if (phase === 'Succeeded') {
    current.status = 'succeeded';
    delete visit.error;
    return;
  }
  current.status = 'failed';
  current.error = errorOf(failureOf(event), phase);
  visit.error = current.error;
}

const parametersOf = (event: HistoryEvent): string | undefined =>
  event.taskScheduledEventDetails?.parameters ??
  event.lambdaFunctionScheduledEventDetails?.input ??
  event.activityScheduledEventDetails?.input;

interface Failure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** `taskFailedEventDetails` of TaskFailed, and so on. */
function failureOf(event: HistoryEvent): Failure | undefined {
  const type = event.type!;
  const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  return (event as unknown as Record<string, Failure | undefined>)[key];
}

const errorOf = (failure: Failure | undefined, phase = ''): RunError => ({
  name: failure?.error ?? (phase === 'TimedOut' ? 'States.Timeout' : 'States.TaskFailed'),
  cause: sentence(failure?.cause),
});

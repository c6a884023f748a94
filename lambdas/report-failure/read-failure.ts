import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import { type Publication, publicationOf } from '../../lib/tasks/failed-run';
import { readChildFailure, TOO_MANY_CHILDREN_FAILED } from './read-child-failure';

/** What went wrong, and where. */
export interface Failure {
  /** the state's name */
  readonly step?: string | undefined;
  readonly error: string;
  /** as the service gave it: a sentence, or JSON around one */
  readonly cause: string;
  /** what the failed task was given */
  readonly parameters?: unknown;
  readonly publication?: Publication;
}

export interface Ended {
  readonly executionArn: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly error?: string | null | undefined;
  readonly cause?: string | null | undefined;
  /** of an attempt that was redriven since: its number */
  readonly overtaken?: number | undefined;
}

const PAGE = 200;
/** An execution has 25,000 events at most. */
const MAX_EVENTS = 25_000;

/** Reads the history backwards from its end until the step that failed has been found, and what had been published before it. */
export async function readFailure(stepFunctions: SFNClient, ended: Ended): Promise<Failure> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  let failure: Failure | undefined;
  let isOvertaken = ended.overtaken !== undefined;
  const later = (ended.overtaken ?? 0) + 1;
  do {
    const page = await stepFunctions.send(
      new GetExecutionHistoryCommand({
        executionArn: ended.executionArn,
        reverseOrder: true,
        maxResults: PAGE,
        includeExecutionData: true,
        nextToken,
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
    if (isOvertaken) {
      const redriven = events.findIndex(({ executionRedrivenEventDetails: of }) => of?.redriveCount === later);
      // What the later attempts have done comes first.
      events.splice(0, redriven === -1 ? events.length : redriven + 1);
      isOvertaken = redriven === -1;
      if (isOvertaken) continue;
    }
    failure = findFailure(events, ended);
  } while (
    (isOvertaken || failure?.step === undefined || !isBackAtCheck(failure.step, events)) &&
    nextToken &&
    events.length < MAX_EVENTS
  );
  const told = failure ?? { error: ended.error ?? ended.status, cause: ended.cause ?? '' };
  const found =
    told.error === TOO_MANY_CHILDREN_FAILED ? { ...told, ...(await readChildFailure(stepFunctions, events)) } : told;
  return { ...found, publication: publicationOf(events, found) };
}

/** Steps follow one another: before Check nothing is published, so what fails up to there has published nothing. */
const isBackAtCheck = (step: string, events: readonly HistoryEvent[]): boolean =>
  !/^(?:Publish|Record)\b/.test(step) || events.some((event) => event.stateEnteredEventDetails?.name === 'Check');

/** `events` from the latest to the earliest, maybe not all of them. */
export function findFailure(events: readonly HistoryEvent[], ended: Ended): Failure | undefined {
  const end = events.map(detailsOf).find((details) => details?.ends);
  const error = end?.error ?? ended.error ?? undefined;
  const cause = end?.cause ?? ended.cause ?? undefined;
  const failed =
    ended.status === 'FAILED'
      ? (events.find((event) => isFailureOfStep(event) && same(detailsOf(event)!, { error, cause })) ??
        events.find(isFailureOfStep))
      : undefined;
  const at = failed ? pathTo(failed, events) : lastOpenState(events);
  const own = failed ? detailsOf(failed) : undefined;
  return {
    step: at.entered?.stateEnteredEventDetails?.name,
    error: own?.error ?? error ?? (ended.status === 'TIMED_OUT' ? 'States.Timeout' : ended.status),
    cause: own?.cause ?? cause ?? '',
    parameters: parsed(
      at.scheduled?.taskScheduledEventDetails?.parameters ?? at.entered?.stateEnteredEventDetails?.input,
    ),
  };
}

interface Path {
  readonly entered?: HistoryEvent | undefined;
  readonly scheduled?: HistoryEvent | undefined;
}

/** From an event back along its predecessors to the state that it belongs to; branches and iterations have paths of their own. */
function pathTo(event: HistoryEvent, events: readonly HistoryEvent[]): Path {
  const byId = new Map(events.map((one) => [one.id, one]));
  let scheduled: HistoryEvent | undefined;
  for (let at: HistoryEvent | undefined = event; at; at = byId.get(at.previousEventId)) {
    scheduled ??= at.taskScheduledEventDetails ? at : undefined;
    if (at.stateEnteredEventDetails) return { entered: at, scheduled };
  }
  return { scheduled };
}

/** For an execution that ended from outside: the state entered last that was not left. */
function lastOpenState(events: readonly HistoryEvent[]): Path {
  const left: string[] = [];
  for (const event of events) {
    if (event.stateExitedEventDetails?.name) left.push(event.stateExitedEventDetails.name);
    const name = event.stateEnteredEventDetails?.name;
    if (name === undefined) continue;
    const index = left.indexOf(name);
    if (index === -1) return { entered: event };
    left.splice(index, 1);
  }
  return {};
}

interface Details {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly ends?: boolean;
}

function detailsOf(event: HistoryEvent): Details | undefined {
  const ends =
    event.executionFailedEventDetails ?? event.executionTimedOutEventDetails ?? event.executionAbortedEventDetails;
  if (ends) return { ...ends, ends: true };
  return (
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.evaluationFailedEventDetails ??
    event.mapRunFailedEventDetails
  );
}

function isFailureOfStep(event: HistoryEvent): boolean {
  const details = detailsOf(event);
  return details !== undefined && !details.ends;
}

function same(one: Details, other: Details): boolean {
  return (one.error ?? '') === (other.error ?? '') && (one.cause ?? '') === (other.cause ?? '');
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

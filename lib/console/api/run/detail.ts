/** One state of a run, looked at closely: its visits, with attempts, what went in and what came out. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { StateMachine } from '../../../asl/types';
import { scopes } from '../../../asl/walk';
import type { AttemptShown, EventShown, StateDetail, VisitShown } from '../../types/run';
import type { Looked } from './histories';
import { jsonText, textOf } from './texts';
import type { Attempt, RunHistory, Visit } from './visits';

const MOST_VISITS = 20;

/** `item`: of the Map around it; `textAt` is the address of a text of an event. */
export function stateDetail(
  { definition, history }: Looked,
  state: string,
  item: number | undefined,
  textAt: (event: number) => string,
): StateDetail {
  const all = history.byState.get(state) ?? [];
  const visits = item === undefined ? all : all.filter(({ scope }) => itemAround(scope)?.index === item);
  // Those that failed want to be seen first, then the latest.
  const shown = [...visits].sort((a, b) => rank(a) - rank(b) || b.id - a.id).slice(0, MOST_VISITS);
  return {
    state,
    definition: jsonText(definitionOf(definition, state)),
    total: visits.length,
    visits: shown.map((visit) => visitShown(history, visit, textAt)),
  };
}

const rank = ({ status }: Visit): number => (status === 'failed' ? 0 : status === 'running' ? 1 : 2);

const itemAround = (scope: Visit['scope']): { index: number } | undefined =>
  scope === undefined ? undefined : (scope.item ?? itemAround(scope.owner.scope));

function definitionOf(definition: string, name: string): string {
  for (const { machine } of scopes(JSON.parse(definition) as StateMachine))
    if (Object.hasOwn(machine.States ?? {}, name)) return JSON.stringify(machine.States[name]);
  return '{}';
}

export function visitShown(history: RunHistory, visit: Visit, textAt: (event: number) => string): VisitShown {
  const input = history.events[visit.id - 1]?.stateEnteredEventDetails?.input;
  const exit = visit.exit;
  const output = exit === undefined ? undefined : history.events[exit - 1]?.stateExitedEventDetails?.output;
  const item = itemAround(visit.scope);
  return {
    id: visit.id,
    state: visit.state,
    status: visit.status,
    enteredAt: visit.enteredAt.toISOString(),
    ...(visit.exitedAt ? { exitedAt: visit.exitedAt.toISOString() } : {}),
    attempts: visit.attempts.map(attemptShown),
    ...(visit.error ? { error: visit.error } : {}),
    ...(item ? { item: item.index } : {}),
    ...(input === undefined ? {} : { input: jsonText(input, textAt(visit.id)) }),
    ...(output === undefined ? {} : { output: jsonText(output, textAt(exit!)) }),
  };
}

const attemptShown = ({ number, status, scheduledAt, startedAt, endedAt, error, redrives }: Attempt): AttemptShown => ({
  number,
  status,
  scheduledAt: scheduledAt.toISOString(),
  ...(startedAt ? { startedAt: startedAt.toISOString() } : {}),
  ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
  ...(error ? { error } : {}),
  redrives,
});

export function eventShown(history: RunHistory, event: HistoryEvent, textAt: (event: number) => string): EventShown {
  const { id = 0, previousEventId = 0, timestamp, type = '' } = event;
  const state = history.stateOf(id);
  return {
    id,
    previous: previousEventId,
    at: timestamp!.toISOString(),
    type,
    ...(state === undefined ? {} : { state }),
    details: textOf(JSON.stringify(detailsOf(event), null, 2), textAt(id)),
  };
}

/** The one member that is of its type. */
export const detailsOf = (event: HistoryEvent): unknown =>
  Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1] ?? {};

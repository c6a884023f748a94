/** What a run's visits come to: for each state of the graph, and as bars over time. */
import type { Graph } from '../../types/graph';
import type { Bar, ItemCounts, Lane, StateShown, StateStatus } from '../../types/run';
import type { Attempt, RunHistory, Visit } from './visits';

/** Of a Map Run, as DescribeMapRun counts; by its ARN. */
export type MapRunCounts = ReadonlyMap<string, ItemCounts>;

/** Those that were entered, in the order of the graph. */
export function shownStates(history: RunHistory, { nodes }: Graph, mapRuns: MapRunCounts): StateShown[] {
  return nodes.flatMap(({ id }) => {
    const visits = history.byState.get(id);
    return visits === undefined ? [] : [shownState(id, visits, mapRuns)];
  });
}

function shownState(id: string, visits: readonly Visit[], mapRuns: MapRunCounts): StateShown {
  const running = visits.filter(({ status }) => status === 'running').length;
  const failed = visits.filter(({ status }) => status === 'failed').length;
  const failures = visits.reduce((sum, { attempts }) => sum + attempts.filter(hasFailed).length, 0);
  const error = visits.findLast(({ status, error: one }) => one && status !== 'succeeded')?.error;
  const items = itemsOf(visits, mapRuns);
  const arns = visits.flatMap(({ mapRunArns }) => mapRunArns);
  return {
    id,
    status: statusOf(visits),
    visits: visits.length,
    running,
    failed,
    failures,
    ...spanOf(visits),
    ...(error ? { error: { ...error, cause: error.cause.slice(0, MOST_CAUSE) } } : {}),
    ...(items ? { items } : {}),
    ...(arns.length > 0 ? { mapRuns: arns } : {}),
  };
}

const MOST_CAUSE = 2000;

const hasFailed = ({ status }: Attempt): boolean => status === 'failed';

/** What most wants to be seen comes first. */
const ORDER: readonly StateStatus[] = ['running', 'failed', 'aborted', 'caught', 'succeeded'];

const statusOf = (visits: readonly { readonly status: StateStatus }[]): StateStatus =>
  ORDER.find((status) => visits.some((visit) => visit.status === status)) ?? 'succeeded';

/** Until the last of them has ended it has no end. */
function spanOf(visits: readonly Visit[]): { enteredAt: string; exitedAt?: string } {
  let first = visits[0]!.enteredAt;
  let last: Date | undefined = first;
  for (const visit of visits) {
    if (visit.enteredAt < first) first = visit.enteredAt;
    const end = endOf(visit);
    if (end === undefined) last = undefined;
    else if (last !== undefined && end > last) last = end;
  }
  return { enteredAt: first.toISOString(), ...(last ? { exitedAt: last.toISOString() } : {}) };
}

/** Of one that the run's end has ended, when the last that is known of it happened. */
function endOf(visit: Visit): Date | undefined {
  if (visit.exitedAt) return visit.exitedAt;
  if (visit.status === 'running') return undefined;
  return visit.attempts.at(-1)?.endedAt ?? visit.enteredAt;
}

function itemsOf(visits: readonly Visit[], mapRuns: MapRunCounts): ItemCounts | undefined {
  const counts = { total: 0, waiting: 0, running: 0, succeeded: 0, failed: 0, aborted: 0 };
  let isMap = false;
  for (const { length, items, mapRunArns } of visits) {
    if (length !== undefined && mapRunArns.length === 0) {
      isMap = true;
      counts.total += Math.max(length, items.length);
      counts.waiting += Math.max(0, length - items.length);
      for (const { status } of items) if (status in counts) counts[status as keyof typeof counts] += 1;
    }
    for (const arn of mapRunArns) {
      const of = mapRuns.get(arn);
      if (of === undefined) continue;
      isMap = true;
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += of[key];
    }
  }
  return isMap ? counts : undefined;
}

/** A row for each state that was entered, in the order in which they began; those in a Map or Parallel state below it. */
export function lanesOf(history: RunHistory, { nodes }: Graph): Lane[] {
  const entered = nodes.filter(({ id }) => history.byState.has(id));
  const began = (id: string) => history.byState.get(id)![0]!.id;
  const within = (parent: string | undefined, depth: number): Lane[] =>
    entered
      .filter((node) => node.parent === parent)
      .sort((a, b) => began(a.id) - began(b.id))
      .flatMap(({ id }) => [{ state: id, depth, bars: barsOf(history.byState.get(id)!) }, ...within(id, depth + 1)]);
  return within(undefined, 0);
}

/** Attempts of a task that was tried several times, visits that follow one another, or all at once of many side by side. */
function barsOf(visits: readonly Visit[]): Bar[] {
  const [only] = visits;
  if (visits.length === 1) {
    if (only!.attempts.length > 1) return only!.attempts.map(attemptBar);
    return [bar(only!.enteredAt, endOf(only!), only!.status, only!.error && { error: only!.error.name })];
  }
  const groups: Visit[][] = [];
  for (const visit of [...visits].sort((a, b) => a.enteredAt.getTime() - b.enteredAt.getTime())) {
    const group = groups.at(-1);
    const isBeside = group?.some((one) => (endOf(one) ?? visit.enteredAt) >= visit.enteredAt);
    if (group && (isBeside || groups.length >= MOST_BARS)) group.push(visit);
    else groups.push([visit]);
  }
  return groups.map((group) => {
    const { enteredAt, exitedAt } = spanOf(group);
    const error = group.findLast((visit) => visit.status === 'failed')?.error?.name;
    return bar(new Date(enteredAt), exitedAt === undefined ? undefined : new Date(exitedAt), statusOf(group), {
      ...(group.length > 1 ? { visits: group.length } : {}),
      ...(error === undefined ? {} : { error }),
    });
  });
}

const MOST_BARS = 60;

const attemptBar = ({ number, scheduledAt, endedAt, status, error }: Attempt): Bar =>
  bar(scheduledAt, endedAt ?? (status === 'running' ? undefined : scheduledAt), status, {
    attempt: number,
    ...(error ? { error: error.name } : {}),
  });

const bar = (from: Date, to: Date | undefined, status: StateStatus, more: Partial<Bar> = {}): Bar => ({
  from: from.toISOString(),
  ...(to ? { to: to.toISOString() } : {}),
  status,
  ...more,
});

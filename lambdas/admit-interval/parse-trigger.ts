import * as z from 'zod/mini';
import { intervalTrigger } from '../../lib/tasks/admit-interval';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { intervalAt, nextFire } from '../../lib/tasks/fires';
import type { Interval, Schedule } from '../../lib/tasks/schedule';

/** Of a run that starts anew. */
export interface ParsedTrigger {
  readonly interval: Interval;
  readonly reprocess: boolean;
  /** the run whose bad rows are to come in */
  readonly replayOf?: string;
  /** the schedule's own, not one that a person named */
  readonly forward: boolean;
  /** started by the schedule, or in its place */
  readonly scheduled: boolean;
}

/** The partial run of which the missing partitions are to be extracted, if that is what the execution is for. */
export function parseRerun(input: unknown): string | undefined {
  const parsed = z.safeParse(intervalTrigger, input ?? {});
  if (!parsed.success || !parsed.data.rerun) return undefined;
  const { rerun, ...others } = parsed.data;
  if (Object.keys(others).length > 0) throw notUnderstood(input);
  return rerun.runId;
}

/** Which interval the execution is for. Without any word of it, as from the console's button, the latest that is over. */
export function parseTrigger(input: unknown, schedule: Schedule, startedAt: string): ParsedTrigger {
  const parsed = z.safeParse(intervalTrigger, input ?? {});
  if (!parsed.success || (parsed.data.schedule && parsed.data.interval)) throw notUnderstood(input);
  const { schedule: fired, interval, reprocess = false, replay } = parsed.data;
  if (replay && !(interval && reprocess)) throw notUnderstood(input);
  if (interval) {
    const replayed = replay ? { replayOf: replay.runId } : {};
    return {
      interval: ofSchedule(interval, schedule, startedAt),
      reprocess,
      forward: false,
      scheduled: false,
      ...replayed,
    };
  }
  const time = new Date(fired?.time ?? startedAt);
  if (Number.isNaN(time.getTime())) throw notUnderstood(input);
  const found = intervalAt(schedule, time);
  if (!found) throw new InvalidTaskInput(`${describe(schedule)} has not fired twice before ${time.toISOString()}.`);
  return { interval: found, reprocess, forward: true, scheduled: fired !== undefined };
}

/** Any other interval would overlap with those of scheduled runs, and its rows could be in an `append` table twice. */
function ofSchedule(given: Interval, schedule: Schedule, startedAt: string): Interval {
  const start = new Date(given.start);
  const end = new Date(given.end);
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) throw notUnderstood({ interval: given });
  const shown = `${given.start} to ${given.end}`;
  const holding = intervalAt(schedule, nextFire(schedule, start) ?? end);
  if (!holding || holding.start !== start.toISOString() || holding.end !== end.toISOString()) {
    const nearest = holding ? ` The one that holds its start is ${holding.start} to ${holding.end}.` : '';
    throw new InvalidTaskInput(
      `${shown} is no interval of ${describe(schedule)}.${nearest} Start a run for each interval.`,
    );
  }
  if (end > new Date(startedAt)) {
    throw new InvalidTaskInput(`The interval ${shown} is not over yet: start the run after ${holding.end}.`);
  }
  return holding;
}

const describe = ({ cron, timezone }: Schedule): string => `the schedule ${JSON.stringify(cron)} (${timezone})`;

function notUnderstood(input: unknown): InvalidTaskInput {
  const text = JSON.stringify(input) ?? 'nothing';
  return new InvalidTaskInput(
    `The run was started with ${text.length > 300 ? `${text.slice(0, 300)}…` : text}, which names no data interval. ` +
      'Accepted are {"interval": {"start": "2026-01-31T01:00:00Z", "end": "2026-02-01T01:00:00Z"}}, {} for the latest interval, ' +
      'and {"schedule": {"time": "…"}}; beside them, "reprocess": true loads again what has been loaded. ' +
      '{"rerun": {"runId": "…"}} extracts the missing partitions of a partial run.',
  );
}

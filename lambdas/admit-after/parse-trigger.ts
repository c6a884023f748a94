import * as z from 'zod/mini';
import { afterTrigger } from '../../lib/tasks/admit-after';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { Interval } from '../../lib/tasks/schedule';

export interface ParsedTrigger {
  /** of the other pipeline; without it and without an interval its latest */
  readonly runId?: string;
  readonly interval?: Interval;
  readonly reprocess: boolean;
  /** the run whose bad rows are to come in */
  readonly replayOf?: string;
  /** an event: nobody is there to be told that the run has published nothing */
  readonly byEvent: boolean;
}

export function parseTrigger(input: unknown, upstream: string): ParsedTrigger {
  const parsed = z.safeParse(afterTrigger, input ?? {});
  if (!parsed.success || (parsed.data.after && parsed.data.interval)) throw notUnderstood(input, upstream);
  const { after, interval, reprocess = false, replay } = parsed.data;
  if (replay && !reprocess) throw notUnderstood(input, upstream);
  if (after?.pipeline !== undefined && after.pipeline !== upstream) throw notUnderstood(input, upstream);
  return {
    ...(after ? { runId: after.runId } : {}),
    ...(interval ? { interval: inUtc(interval, input, upstream) } : {}),
    reprocess,
    ...(replay ? { replayOf: replay.runId } : {}),
    byEvent: after?.time !== undefined,
  };
}

function inUtc({ start, end }: Interval, input: unknown, upstream: string): Interval {
  const [from, to] = [new Date(start), new Date(end)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) throw notUnderstood(input, upstream);
  return { start: from.toISOString(), end: to.toISOString() };
}

function notUnderstood(input: unknown, upstream: string): InvalidTaskInput {
  const text = JSON.stringify(input) ?? 'nothing';
  return new InvalidTaskInput(
    `The run was started with ${text.length > 300 ? `${text.slice(0, 300)}…` : text}, which names no run of ${upstream}. ` +
      `Accepted are {"after": {"runId": "…"}} with a run of ${upstream}, {"interval": {"start": "…", "end": "…"}} with one of its intervals, ` +
      'and {} for its latest run; beside them, "reprocess": true loads again what has been loaded.',
  );
}

/**
 * Missed intervals of a schedule that run by themselves. The ledger keeps up to where the schedule has come; whoever finds that it should
 * have come further starts the runs, under names that are the interval's: nobody starts one twice.
 */
import * as z from 'zod/mini';
import type { Interval, Schedule } from './schedule';

export const catchUpPolicy = z.enum(['all', 'last', 'none']);
export type CatchUpPolicy = z.infer<typeof catchUpPolicy>;

/** What Admit is told of it. `expression`: of the schedule in EventBridge. */
export const catchUp = z.strictObject({ policy: catchUpPolicy, expression: z.string() });
export type CatchUp = z.infer<typeof catchUp>;

/** How far the schedule has come, where a pipeline catches up. */
export interface ForwardItem {
  readonly pipeline: string;
  /** end of the latest interval that it has come to; those before it have been started, or are left to a person */
  readonly through: string;
  readonly stateMachineArn: string;
  readonly schedule: Schedule;
  /** of the schedule in EventBridge: where that says another, these are out of date */
  readonly expression: string;
  /** index `open`, for the sweeper: when the next run is late */
  readonly openPk?: 'schedule' | undefined;
  readonly dueAt?: string | undefined;
}

export const forwardKey = (pipeline: string) => ({ pk: `pipeline#${pipeline}`, sk: 'forward' });
/** The note of a pause: while it is there, nothing is caught up. */
export const pauseKey = (pipeline: string) => ({ pk: `pipeline#${pipeline}`, sk: 'pause' });

/** A schedule that delivers late, or a run that takes its time to begin, is no outage. */
export const LATE_MS = 15 * 60_000;

/** Of the run that an interval is caught up by. Its first eight characters tell it from others, as those of any run do. */
export function catchUpRun({ start, end }: Interval): { readonly name: string; readonly input: object } {
  const time = end.replace(/[-:]|\.\d+/g, '');
  return { name: `${hash(`${start}/${end}`)}-${time}-catch-up`, input: { schedule: { time: end } } };
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}

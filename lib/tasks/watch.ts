/**
 * What is watched of a pipeline: how old its inputs and its published data are, runs that do not end, deadlines. The pipeline's stack says it
 * with each start of the watch's state machine, so that the foundation knows of no pipeline before.
 */
import * as z from 'zod/mini';
import { schedule } from './schedule';

/** A source that reads landed files. */
export const watchedInput = z.strictObject({
  source: z.string(),
  globs: z.array(z.string()),
  /** by whose clock dates in the globs are */
  timezone: z.string(),
  /** no older than this is the newest file to be; absent: it is only measured */
  withinSeconds: z.optional(z.number()),
});
export type WatchedInput = z.infer<typeof watchedInput>;

export const watchInput = z.strictObject({
  pipeline: z.string(),
  /** ISO 8601: when it looks; a retry judges by the same time */
  now: z.string(),
  /** of a run */
  timeoutSeconds: z.number(),
  /** of a pipeline that a schedule starts */
  schedule: z.optional(schedule),
  /** what publishes: `redshift:shop.orders` */
  sinks: z.array(z.string()),
  inputs: z.array(watchedInput),
  /** no older than this is published data to be */
  withinSeconds: z.optional(z.number()),
  /** a crontab of the times by which all that ended before is to be published */
  deadline: z.optional(schedule),
});
export type WatchInput = z.infer<typeof watchInput>;

/** What the stack of a pipeline says. */
export type WatchSpec = Omit<WatchInput, 'now'>;

export const watchOutput = z.strictObject({ problems: z.array(z.string()), paused: z.boolean() });
export type WatchOutput = z.infer<typeof watchOutput>;

/** What is published into a table: item `pipeline#<name>` / `published#<sink>` of the ledger, written by Record. */
export interface PublishedItem {
  readonly sink: string;
  /** ISO 8601: up to when the data are, by the arrival of the file or the end of the interval */
  readonly asOf: string;
  /** ISO 8601 */
  readonly publishedAt: string;
  readonly runId: string;
  readonly rows: number;
}

/** How long the latest runs took: item `pipeline#<name>` / `durations`, written by Record; in milliseconds, the latest last. */
export interface DurationsItem {
  readonly durations: readonly number[];
}

/** The newest file of a source that a run was started for: item `pipeline#<name>` / `input#<source>`, written by Admit. */
export interface InputItem {
  readonly source: string;
  readonly key: string;
  /** ISO 8601 */
  readonly arrivedAt: string;
}

/** What the last look has found: item `pipeline#<name>` / `watch`. */
export interface WatchItem {
  /** ISO 8601: since when the pipeline is watched */
  readonly since: string;
  /** ISO 8601 */
  readonly lookedAt?: string;
  /** ISO 8601: when it was last seen paused */
  readonly pausedAt?: string;
  readonly problems?: readonly WatchedProblem[];
  /** by source: when its newest file arrived */
  readonly inputs?: Readonly<Record<string, string>>;
  /** the goals of that look, in seconds */
  readonly withinSeconds?: number;
  readonly inputsWithin?: Readonly<Record<string, number>>;
  readonly deadline?: { readonly cron: string; readonly timezone: string };
  /** changes with every write: the condition of the next one */
  readonly revision: number;
}

export interface WatchedProblem {
  /** the same as long as it is the same problem */
  readonly key: string;
  readonly kind: 'freshness' | 'stuck' | 'deadline';
  readonly title: string;
}

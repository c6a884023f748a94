/**
 * Arrivals that are gathered: a run loads many files that belong together. Which they are, and when their run starts. Files of each
 * date that the patterns name are a group; without dates all files are one. A group is gathered in rounds: each ends in a run, and what
 * comes later belongs to the next.
 */
import * as z from 'zod/mini';
import type { manifestRef } from './common';
import { DATE_TOKENS, dateTokensOf } from './dated-globs';

export const gatherRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('batch'), maxFiles: z.int(), windowSeconds: z.number() }),
  /** globs, with the dates of the patterns; one is never a file itself */
  z.strictObject({ kind: z.literal('marker'), globs: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('files'), count: z.int() }),
  z.strictObject({ kind: z.literal('quiet'), seconds: z.number() }),
]);
export type GatherRule = z.infer<typeof gatherRule>;

export const gatherDeadline = z.discriminatedUnion('kind', [
  /** `time`: `06:00` by the clock of `timezone`, so many days after the last day of a group's date */
  z.strictObject({ kind: z.literal('by'), time: z.string(), timezone: z.string(), daysLater: z.int() }),
  /** since the first file */
  z.strictObject({ kind: z.literal('within'), seconds: z.number() }),
]);
export type GatherDeadline = z.infer<typeof gatherDeadline>;

/** What the function is told of its pipeline. */
export const gatherPlan = z.strictObject({
  patterns: z.array(z.string()),
  rule: gatherRule,
  deadline: z.optional(gatherDeadline),
  /** each round is all that there is: nothing of a run that failed comes into the next */
  apart: z.optional(z.literal(true)),
  /** what a stream's function has staged: nobody corrects such a file */
  ofStream: z.optional(z.literal(true)),
});
export type GatherPlan = z.infer<typeof gatherPlan>;

/** Why a run was started: the rule, files that came when their group's run had started already, or a person. */
export const gatheredBy = z.enum(['maxFiles', 'window', 'marker', 'files', 'quiet', 'late', 'person']);
export type GatheredBy = z.infer<typeof gatheredBy>;

/** What a run is told of how its files were gathered. */
export const gathered = z.strictObject({
  /** a date as the patterns name it: `2026-11-20`; absent without dates */
  date: z.optional(z.string()),
  by: gatheredBy,
  files: z.int(),
  /** when the first of them was noticed; ISO 8601 */
  since: z.string(),
  /** how many of them a run was to load that failed: one of its files has come again */
  along: z.optional(z.int()),
  /** should it fail, its files do not come along with the one that is put again */
  apart: z.optional(z.literal(true)),
  /** its files are staged records of a stream */
  ofStream: z.optional(z.literal(true)),
});
export type Gathered = z.infer<typeof gathered>;

/** A run that was to load several files. */
export interface ManyFiles {
  readonly runId: string;
  /** when one of them is put again, the others are loaded with it */
  readonly comeAlong: boolean;
  /** they are staged records of a stream, be it one file alone */
  readonly ofStream?: boolean;
}

export const manyFiles = (runId: string, how: Gathered | undefined): ManyFiles => ({
  runId,
  comeAlong: how !== undefined && !how.apart,
  ...(how?.ofStream ? { ofStream: true } : {}),
});

/** One file of the list that a run is started with. */
export const gatheredFile = z.object({
  bucket: z.string(),
  key: z.string(),
  versionId: z.optional(z.string()),
  etag: z.optional(z.string()),
  sequencer: z.optional(z.string()),
});
export type GatheredFile = z.infer<typeof gatheredFile>;

export const gatheredFiles = z.array(gatheredFile);

/** What an execution is started with. */
export interface GatheredInput {
  readonly list: z.infer<typeof manifestRef>;
  readonly gathered: Gathered;
}

/** A run's files are claimed and recorded one by one; more make several runs. */
export const MOST_FILES = 10_000;

/** The group of files that no date is named in. */
export const ALL = 'all';

/** Of one date: `2026-11-20`, `2026-11-20-07`. */
export const groupOf = (parts: Readonly<Record<string, string>>): string =>
  DATE_TOKENS.flatMap((token) => parts[token] ?? []).join('-') || ALL;

export const dateOf = (group: string): string | undefined => (group === ALL ? undefined : group);

/** The smallest date that the patterns name. */
export const smallestToken = (patterns: readonly string[]): string | undefined =>
  patterns.flatMap((pattern) => dateTokensOf(pattern).at(-1) ?? [])[0];

/**
 * The groups whose date ends with a day: the day, its hours, or the month or year of which it is the last.
 *
 * @example groupsEndingOn('2026-11-30', '{MM}') // ['2026-11']
 */
export function groupsEndingOn(day: string, smallest: string | undefined): string[] {
  if (smallest === undefined) return [ALL];
  if (smallest === '{dd}') return [day];
  if (smallest === '{HH}') return Array.from({ length: 24 }, (_, hour) => `${day}-${String(hour).padStart(2, '0')}`);
  const length = smallest === '{MM}' ? 7 : 4;
  const group = day.slice(0, length);
  return dayAfter(day, 1).slice(0, length) === group ? [] : [group];
}

/** `2026-11-20` and 1: `2026-11-21`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Of the ledger, for the sweeper: groups that wait, and whose timer may be lost. */
export const OPEN_GATHERING = 'gather';

/** Detail types of events on the bus: look at what waits, start it at once. */
export const GATHERING_DUE = 'Stepwell Gathering Due';

/** Detail of such an event. */
export interface GatheringDue {
  readonly pipeline: string;
  /** absent: all of the pipeline's */
  readonly group?: string;
  /** a person wants what is there loaded now */
  readonly release?: true;
}

/** `500 files of 2026-11-20`. */
export const gatheredText = ({ files, date }: Pick<Gathered, 'files' | 'date'>): string =>
  `${files.toLocaleString('en')} file${files === 1 ? '' : 's'}${date === undefined ? '' : ` of ${date}`}`;

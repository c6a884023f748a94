/** When a run may have written into logs. */

/** Clocks differ; and what tells the end of a statement, or of a failure, comes after the run. */
const EARLIER_MS = 60_000;
const LATER_MS = 10 * 60_000;

export function timeOf({ startedAt, endedAt }: { startedAt: string; endedAt?: string }, now: Date) {
  const from = new Date(Date.parse(startedAt) - EARLIER_MS);
  const to = endedAt === undefined ? now : new Date(Date.parse(endedAt) + LATER_MS);
  return { from, to: to > now ? now : to };
}

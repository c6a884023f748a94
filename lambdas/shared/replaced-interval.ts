import type { Run, WriteMode } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';

/** Which rows `replace({ interval })` replaces: `start` <= column < `end`, in UTC as `2026-01-31 00:00:00.000`. */
export interface ReplacedInterval {
  readonly column: string;
  readonly start: string;
  readonly end: string;
}

/** How the run writes: one that rebuilds a time span replaces what was appended of it. */
export const writeOf = ({ rebuilds }: Run, write: WriteMode): WriteMode =>
  rebuilds && write.mode === 'append' ? { mode: 'replace', interval: rebuilds.column } : write;

/** Undefined where another write mode, or the whole table, is meant. */
export function replacedInterval({ interval, rebuilds, runId }: Run, write: WriteMode): ReplacedInterval | undefined {
  // As it was declared, or as `writeOf` has it.
  const isAppended = write.mode === 'append' || (write.mode === 'replace' && write.interval === rebuilds?.column);
  if (rebuilds && isAppended)
    return { column: rebuilds.column, start: inUtc(rebuilds.start), end: inUtc(rebuilds.end) };
  if (write.mode !== 'replace' || write.interval === undefined) return undefined;
  if (!interval) throw new InvalidTaskInput(`Run ${runId} has no data interval, so there is none to replace.`);
  return { column: write.interval, start: inUtc(interval.start), end: inUtc(interval.end) };
}

/** As the databases read it. */
export const inUtc = (time: string): string => new Date(time).toISOString().replace('T', ' ').replace('Z', '');

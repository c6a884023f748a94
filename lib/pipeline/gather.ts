/** What of a trigger's options is gathered, as the compiler and the checks of a definition want it. */
import { dateTokensOf } from '../tasks/dated-globs';
import { type GatherPlan, type GatherRule, smallestToken } from '../tasks/gather';
import type { S3Arrival, Trigger } from './types';

/** Undefined where each file has a run of its own. */
export function gatherPlanOf(trigger: Trigger): GatherPlan | undefined {
  if (trigger.kind !== 's3Arrival') return undefined;
  const rule = ruleOf(trigger);
  if (rule === undefined) return undefined;
  const { patterns, deadline } = trigger;
  return {
    patterns: [...patterns],
    rule,
    ...(deadline === undefined
      ? {}
      : {
          deadline:
            deadline.within === undefined
              ? {
                  kind: 'by',
                  time: deadline.by,
                  timezone: deadline.timezone ?? 'UTC',
                  daysLater: deadline.daysLater ?? (smallestToken(patterns) === undefined ? 0 : 1),
                }
              : { kind: 'within', seconds: deadline.within.seconds },
        }),
  };
}

function ruleOf({ patterns, batch, whole }: S3Arrival): GatherRule | undefined {
  if (batch) return { kind: 'batch', maxFiles: batch.maxFiles, windowSeconds: batch.window.seconds };
  if (whole === undefined) return undefined;
  if (whole.kind === 'files') return { kind: 'files', count: whole.count };
  if (whole.kind === 'quiet') return { kind: 'quiet', seconds: whole.after.seconds };
  return { kind: 'marker', globs: markerGlobs(whole.file, patterns) };
}

/** A name lies in the folder of each pattern; a path is the glob itself. */
export const markerGlobs = (file: string, patterns: readonly string[]): string[] =>
  file.includes('/')
    ? [file]
    : [...new Set(patterns.map((pattern) => `${pattern.slice(0, pattern.lastIndexOf('/') + 1)}${file}`))];

export const sameDates = (one: string, other: string): boolean =>
  dateTokensOf(one).join() === dateTokensOf(other).join();

/** What a pipeline's `overlap` comes to, and what it does not go together with. */
import { type Problem, show } from './errors';
import type { Overlap } from './types';

export interface Turns {
  readonly policy: 'queue' | 'skip';
  readonly maxActive: number;
}

/** Undefined where runs need no turns. */
export function turnsOf(overlap: Overlap | undefined): Turns | undefined {
  const { policy, maxActive = 1 } = typeof overlap === 'object' ? overlap : { policy: overlap ?? 'allow' };
  return policy === 'allow' ? undefined : { policy, maxActive };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** `overlap` and `trigger` as they were written, of whatever shape. */
export function overlapMistakes(overlap: unknown, trigger: Readonly<Record<string, unknown>>): Problem[] {
  const { policy, maxActive } = isObject(overlap) ? overlap : { policy: overlap, maxActive: undefined };
  const at = { field: 'overlap', value: show(overlap) };
  if (policy === 'allow' && maxActive !== undefined) {
    const rule = "'allow' lets any number of runs work at once";
    return [
      { field: 'overlap.maxActive', value: show(maxActive), rule, remedy: "Use policy: 'queue', or leave it out." },
    ];
  }
  if (policy !== 'skip') return [];
  if (trigger.kind === 's3Arrival') {
    const rule = 'a run that is skipped would not load its file, and nothing would start another for it';
    return [{ ...at, rule, remedy: "Use overlap: 'queue': the run waits for its turn." }];
  }
  if (trigger.kind === 'streamOf') {
    const rule = 'a run that is skipped would not publish what is staged, and nothing would start another for it';
    return [{ ...at, rule, remedy: "Use overlap: 'queue': the run waits for its turn." }];
  }
  if (trigger.kind === 'after') {
    const rule = `a run that is skipped would leave out what '${trigger.pipeline}' has published, and nothing would start another for it`;
    return [{ ...at, rule, remedy: "Use overlap: 'queue': the run waits for its turn." }];
  }
  if (trigger.catchUp === 'all') {
    const rule = 'runs for missed intervals start together, and all but one would be skipped';
    return [{ ...at, rule, remedy: "Use overlap: 'queue', or catchUp: 'last'." }];
  }
  return [];
}

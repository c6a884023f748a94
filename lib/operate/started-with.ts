import type { Gathered } from '../tasks/gather';
import type { Interval } from '../tasks/schedule';

export interface StartedWith {
  /** keys of an arrival, or of objects that a person named */
  readonly files: readonly string[];
  /** one that a person named: the schedule names none */
  readonly interval?: Interval;
  /** how its files were gathered */
  readonly gathered?: Gathered;
  /** a run of the pipeline before */
  readonly after?: AfterRun;
}

/** Another pipeline's run, that one is for. */
export interface AfterRun {
  readonly pipeline: string;
  readonly runId: string;
}

/** What an execution's input says that it is to load. */
export function startedWith(input: string | undefined): StartedWith {
  try {
    const { arrival, objects, interval, after, gathered } = JSON.parse(input ?? '') as {
      arrival?: { key: string };
      objects?: { key: string }[];
      interval?: Interval;
      after?: Partial<AfterRun>;
      gathered?: Partial<Gathered>;
    };
    return {
      files: arrival ? [arrival.key] : (objects ?? []).map(({ key }) => key),
      ...(isInterval(interval) ? { interval } : {}),
      ...(typeof gathered?.files === 'number' ? { gathered: gathered as Gathered } : {}),
      ...(after?.pipeline && after.runId ? { after: { pipeline: after.pipeline, runId: after.runId } } : {}),
    };
  } catch {
    return { files: [] };
  }
}

/** Anybody can write anything into an input. */
const isInterval = (value: unknown): boolean =>
  [(value as Interval | undefined)?.start, (value as Interval | undefined)?.end].every(
    (time) => typeof time === 'string' && !Number.isNaN(Date.parse(time)),
  );

import type { Interval } from '../tasks/schedule';

export interface StartedWith {
  /** keys of an arrival, or of objects that a person named */
  readonly files: readonly string[];
  /** one that a person named: the schedule names none */
  readonly interval?: Interval;
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
    const { arrival, objects, interval, after } = JSON.parse(input ?? '') as {
      arrival?: { key: string };
      objects?: { key: string }[];
      interval?: Interval;
      after?: Partial<AfterRun>;
    };
    return {
      files: arrival ? [arrival.key] : (objects ?? []).map(({ key }) => key),
      ...(isInterval(interval) ? { interval } : {}),
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

/** What a backfill does with each interval, or set of objects: plain data, made before anything is started. */
import { createHash } from 'node:crypto';
import type { BackfillRun } from '../../tasks/backfill';
import type { Order, Reprocess } from '../../tasks/backfill-options';

/** `partial`: loaded without some partitions, which its source tolerates; `running`: a run is at it just now. */
export type State = 'missing' | 'failed' | 'partial' | 'loaded' | 'running';

/** What one run would load. */
export interface Load {
  readonly title: string;
  readonly input: Omit<BackfillRun['input'], 'reprocess'>;
  readonly state: State;
  /** the run that has loaded it, has failed to, or is at it */
  readonly runId?: string;
}

export interface PlannedLoad extends Load {
  readonly runs: boolean;
}

/** In the order in which they are to begin. `loads` are in that of time. */
export function planLoads(loads: readonly Load[], reprocess: Reprocess, order: Order): PlannedLoad[] {
  const planned = loads.map((load) => ({ ...load, runs: RUNS[reprocess].includes(load.state) }));
  return order === 'newest' ? planned.reverse() : planned;
}

/** What runs again. What a run is at just now never does. */
export const RUNS: Readonly<Record<Reprocess, readonly State[]>> = {
  none: ['missing', 'failed'],
  failed: ['failed', 'partial'],
  all: ['missing', 'failed', 'partial', 'loaded'],
};

export const isLoaded = (state: State): boolean => state === 'loaded' || state === 'partial';

/** What is to be started. What has failed is taken over as it is: only what is loaded must be asked to be loaded again. */
export function runsOf(id: string, planned: readonly PlannedLoad[]): BackfillRun[] {
  return planned
    .filter(({ runs }) => runs)
    .map(({ input, state }) => ({
      name: runName(id, input),
      input: { ...input, ...(isLoaded(state) ? { reprocess: true as const } : {}) },
    }));
}

/**
 * The same for the same load of the same backfill: whoever starts it twice finds the name taken. Its beginning tells it from other runs,
 * as people name runs by that.
 */
export function runName(id: string, input: object): string {
  const digest = createHash('sha256')
    .update(`${id}\n${JSON.stringify(input)}`)
    .digest('hex');
  return `${digest.slice(0, 16)}-backfill-${id}`;
}

/** How many there are of each, where there are any. */
export function countStates(planned: readonly PlannedLoad[]): Partial<Record<State, number>> {
  const counts: Partial<Record<State, number>> = {};
  for (const { state, runs } of planned) if (!runs) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

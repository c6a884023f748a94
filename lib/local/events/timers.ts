/** Runs things when their schedule says so, one timer for each key. What was due while the cloud was down is not made up for. */
import type { Clock } from '../service';
import type { Schedule } from './schedule';

export interface Timers {
  /** Replaces the key's timer. `fire` gets the time for which the run was due. */
  set(key: string, schedule: Schedule, fire: (dueAt: number) => Promise<void>): void;
  clear(key: string): void;
  close(): Promise<void>;
}

/** Long sleeps are cut, since timers count in 32-bit milliseconds and laptops suspend. */
const LONGEST_SLEEP_MS = 3_600_000;

export function createTimers(clock: Clock, log: (line: string) => void): Timers {
  const running = new Map<string, AbortController>();
  const loops = new Set<Promise<void>>();

  const run = async (key: string, schedule: Schedule, fire: (dueAt: number) => Promise<void>, signal: AbortSignal) => {
    let due = schedule.next(clock.now());
    while (due !== undefined && !signal.aborted) {
      const wait = due - clock.now();
      if (wait > 0) {
        await clock.sleep(Math.min(wait, LONGEST_SLEEP_MS), signal);
        continue;
      }
      await fire(due).catch((error) => log(`${key}, due at ${new Date(due ?? 0).toISOString()}: ${error.message}`));
      due = schedule.next(Math.max(due, clock.now() - 1));
    }
  };

  const clear = (key: string) => {
    running.get(key)?.abort(new Error('cleared'));
    running.delete(key);
  };

  return {
    set(key, schedule, fire) {
      clear(key);
      const controller = new AbortController();
      running.set(key, controller);
      const loop = run(key, schedule, fire, controller.signal)
        .catch((error) => {
          if (!controller.signal.aborted) log(`${key}: ${error.message}`);
        })
        .finally(() => loops.delete(loop));
      loops.add(loop);
    },
    clear,
    async close() {
      for (const key of [...running.keys()]) clear(key);
      await Promise.all(loops);
    },
  };
}

import type { Clock } from '../service';

/** A timer cannot wait for longer: it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Rejects with the signal's reason when aborted. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  let left = ms;
  while (left > LONGEST_TIMER_MS) {
    await clock.sleep(LONGEST_TIMER_MS, signal);
    left -= LONGEST_TIMER_MS;
  }
  await clock.sleep(Math.max(0, left), signal);
}

/** By when a pipeline is to have published, and what was due by then. */
import { lastFire, nextFire } from './fires';
import type { Interval, Schedule } from './schedule';

/** `06:00` on `MON-FRI` is `0 6 * * MON-FRI`. */
export function deadlineCron({ by, days = '*' }: { readonly by: string; readonly days?: string | undefined }): string {
  const [hour, minute] = by.split(':').map(Number);
  return `${minute} ${hour} * * ${days.trim()}`;
}

/** The intervals of a schedule that end after `from` and before `at`, the oldest first. What ends at a deadline cannot be loaded by then. */
export function intervalsEnding(schedule: Schedule, from: Date, at: Date): Interval[] {
  const found: Interval[] = [];
  let end = lastFire(schedule, new Date(at.getTime() - 1000));
  while (end !== undefined && end > from) {
    const start = lastFire(schedule, new Date(end.getTime() - 1000));
    if (start === undefined) break;
    found.push({ start: start.toISOString(), end: end.toISOString() });
    end = start;
  }
  return found.reverse();
}

const SOME_DAY = new Date('2024-01-01T00:00:00Z');
const FIRES = 50;

/** Whether a schedule fires at the deadline itself and never else, so that nothing is ever due by it. */
export function isNeverDue(schedule: Schedule, deadline: Schedule): boolean {
  let fire = nextFire(schedule, SOME_DAY);
  for (let n = 0; n < FIRES && fire !== undefined; n++) {
    if (lastFire(deadline, fire)?.getTime() !== fire.getTime()) return false;
    fire = nextFire(schedule, fire);
  }
  return true;
}

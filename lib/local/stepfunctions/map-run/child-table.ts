/**
 * Where the children of one Map Run stand. There may be hundreds of thousands, so each takes a few bytes in arrays of numbers; what they
 * have in common is in the run's record and its parent's, and how they ended is on disk.
 */
import type { ExecutionStatus } from '../catalogue';

export interface ChildState {
  readonly status: ExecutionStatus;
  /** Epoch milliseconds. */
  readonly startDate: number;
  readonly stopDate?: number;
  readonly redriveCount: number;
  readonly redriveDate?: number;
  readonly itemCount: number;
}

/** A line of the journal: the index, and the state in its order there. */
export type ChildRow = readonly [
  index: number,
  status: ExecutionStatus,
  startDate: number,
  stopDate: number | null,
  redriveCount: number,
  redriveDate: number | null,
  itemCount: number,
];

export const rowOf = (index: number, child: ChildState): ChildRow => {
  const { status, startDate, stopDate = null, redriveCount, redriveDate = null, itemCount } = child;
  return [index, status, startDate, stopDate, redriveCount, redriveDate, itemCount];
};

const ABSENT = 0;
const STATUSES: readonly (ExecutionStatus | undefined)[] = [
  undefined,
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
];

export class ChildTable {
  #statuses = new Uint8Array(64);
  #startDates = new Float64Array(64);
  #stopDates = new Float64Array(64);
  #redriveCounts = new Uint16Array(64);
  #redriveDates = new Float64Array(64);
  #itemCounts = new Uint32Array(64);
  /** One more than the highest index. */
  #length = 0;

  get(index: number): ChildState | undefined {
    const status = STATUSES[this.#statuses[index] ?? ABSENT];
    if (status === undefined) return undefined;
    const stopDate = this.#stopDates[index]!;
    const redriveDate = this.#redriveDates[index]!;
    return {
      status,
      startDate: this.#startDates[index]!,
      redriveCount: this.#redriveCounts[index]!,
      itemCount: this.#itemCounts[index]!,
      ...(stopDate > 0 && { stopDate }),
      ...(redriveDate > 0 && { redriveDate }),
    };
  }

  set([index, status, startDate, stopDate, redriveCount, redriveDate, itemCount]: ChildRow): void {
    if (index >= this.#statuses.length) this.#grow(index + 1);
    this.#length = Math.max(this.#length, index + 1);
    this.#statuses[index] = STATUSES.indexOf(status);
    this.#startDates[index] = startDate;
    this.#stopDates[index] = stopDate ?? 0;
    this.#redriveCounts[index] = redriveCount;
    this.#redriveDates[index] = redriveDate ?? 0;
    this.#itemCounts[index] = itemCount;
  }

  delete(index: number): void {
    this.#statuses[index] = ABSENT;
  }

  /** In the order of their items, which is that of their starts. */
  *[Symbol.iterator](): Generator<readonly [number, ChildState]> {
    for (let index = 0; index < this.#length; index++) {
      const child = this.get(index);
      if (child) yield [index, child];
    }
  }

  #grow(needed: number): void {
    const size = Math.max(needed, this.#statuses.length * 2);
    const larger = <A extends { set(from: A): void }>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.#statuses = larger(this.#statuses, new Uint8Array(size));
    this.#startDates = larger(this.#startDates, new Float64Array(size));
    this.#stopDates = larger(this.#stopDates, new Float64Array(size));
    this.#redriveCounts = larger(this.#redriveCounts, new Uint16Array(size));
    this.#redriveDates = larger(this.#redriveDates, new Float64Array(size));
    this.#itemCounts = larger(this.#itemCounts, new Uint32Array(size));
  }
}

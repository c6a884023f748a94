/** Whether a number is as expected: within bounds, or near what earlier runs had. */
import type { Expectation } from '../../lib/tasks/check';
import { between } from './check-sql';

export interface Judged {
  readonly holds: boolean;
  /** completes "the mean of total must be …" */
  readonly bound: string;
  /** why it could not be judged */
  readonly note?: string;
}

/** A median of less says little. */
const LEAST_RUNS = 3;

/** `earlier`: the number as the last runs had it, the latest first. `value`: null where there are no rows to judge. */
export function judgeExpectation(
  value: number | null,
  { min, max, last, within = 0 }: Expectation,
  earlier: readonly number[],
): Judged {
  if (last === undefined) {
    const bound = between(min, max);
    if (value === null) return { holds: true, bound, note: 'there are no values to judge' };
    return {
      holds: (min === undefined || value >= min) && (max === undefined || value <= max),
      bound,
    };
  }
  const compared = earlier.slice(0, last);
  const needed = Math.min(last, LEAST_RUNS);
  const share = `${numberText(within * 100)} %`;
  if (compared.length < needed) {
    const runs =
      compared.length === 0 ? 'no earlier run' : `${compared.length} earlier ${compared.length === 1 ? 'run' : 'runs'}`;
    const note = `${runs} to compare with; it is judged once there ${needed === 1 ? 'is one' : `are ${needed}`}`;
    return { holds: true, bound: `within ${share} of the median of earlier runs`, note };
  }
  const middle = medianOf(compared);
  const bound = `within ${share} of ${numberText(middle)}, the median of the last ${compared.length === 1 ? 'run' : `${compared.length} runs`}`;
  if (value === null) return { holds: true, bound, note: 'there are no values to judge' };
  // A little more, since a share of a number is seldom exact: 0.1 of 3 is more than 0.3.
  return { holds: Math.abs(value - middle) <= Math.abs(middle) * within * (1 + Number.EPSILON * 4), bound };
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Six digits say enough. */
export const numberText = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));

import { ErrorName } from '../../asl/errors';
import type { Retrier } from '../../asl/types';
import type { StatesError } from './errors';

/** Whether `ErrorEquals` names the error. A runtime error is never retried or caught but by the name that documentation has for it. */
export function matches(names: readonly string[], { error, details }: StatesError): boolean {
  if (error === ErrorName.runtime) return details.alias !== undefined && names.includes(details.alias);
  return names.some((name) => {
    if (name === error || name === details.alias) return true;
    if (name === ErrorName.all) return error !== ErrorName.dataLimitExceeded;
    return name === ErrorName.taskFailed && error !== ErrorName.timeout && error !== ErrorName.dataLimitExceeded;
  });
}

export interface Retry {
  /** Which retrier; its count goes up by one. */
  readonly index: number;
  readonly delayMs: number;
}

/** The first retrier that names the error decides: undefined when there is none or its attempts are used up. */
export function decideRetry(
  retriers: readonly Retrier[],
  counts: readonly number[],
  error: StatesError,
  random: () => number,
): Retry | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const count = counts[index] ?? 0;
  const { MaxAttempts = 3, IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  if (count >= MaxAttempts) return undefined;
  const delaySeconds = Math.min(IntervalSeconds * BackoffRate ** count, MaxDelaySeconds);
  const share = retrier.JitterStrategy === 'FULL' ? random() : 1;
  return { index, delayMs: Math.round(delaySeconds * share * 1000) };
}

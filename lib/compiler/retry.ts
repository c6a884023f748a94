/** What every Task's `Retry` says. Order matters: Step Functions takes the first retrier that names the error. */
import type { Retrier } from '../asl/types';
import type { RetryPolicy } from '../pipeline/types';
import { PERMANENT_ERRORS, THROTTLE_ERRORS } from '../tasks/errors';

const permanent: Retrier = {
  Comment: 'No retry can mend these',
  ErrorEquals: [...PERMANENT_ERRORS],
  MaxAttempts: 0,
};

const throttled: Retrier = {
  Comment: 'Too many requests at once, or a database that is waking up: wait longer, try more often',
  ErrorEquals: [...THROTTLE_ERRORS],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/**
 * The Data API's call limit is 45 s; a longer statement goes on in the database, and the next attempt finds it done. In the lake,
 * one run at a time changes a table's partitions.
 */
const stillRunning: Retrier = {
  Comment: 'An earlier call, or another run, is still at it',
  ErrorEquals: ['StillRunning'],
  IntervalSeconds: 10,
  BackoffRate: 1.5,
  MaxDelaySeconds: 60,
  MaxAttempts: 200,
};

export function retriers(policy: RetryPolicy | undefined, options: { waitsForOthers?: boolean } = {}): Retrier[] {
  return [
    permanent,
    throttled,
    ...(options.waitsForOthers ? [stillRunning] : []),
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: Math.max(1, Math.round(policy?.interval?.seconds ?? 2)),
      BackoffRate: policy?.backoffRate ?? 2,
      MaxDelaySeconds: maxDelay(policy),
      MaxAttempts: policy?.attempts ?? 3,
      JitterStrategy: 'FULL',
    },
  ];
}

/** Step Functions wants it above the interval. */
function maxDelay(policy: RetryPolicy | undefined): number {
  const interval = Math.max(1, Math.round(policy?.interval?.seconds ?? 2));
  return Math.max(interval + 1, Math.round(policy?.maxInterval?.seconds ?? 60));
}

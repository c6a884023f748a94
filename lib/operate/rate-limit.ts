/** Keeps calls apart, so that following runs stays below what AWS allows an account (RateLimiter per API). */
export type RateLimiter = <T>(call: () => Promise<T>) => Promise<T>;

interface Time {
  now(): number;
  sleep(ms: number): Promise<void>;
}

const realTime: Time = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** At most `perSecond` calls begin in any second, evenly spaced. */
export function rateLimiter(perSecond: number, time: Time = realTime): RateLimiter {
  const gapMs = 1000 / perSecond;
  let next = 0;
  return async (call) => {
    const now = time.now();
    const at = Math.max(now, next);
    next = at + gapMs;
    if (at > now) await time.sleep(at - now);
    return call();
  };
}

/**
 * Half of what Step Functions refills for an account and region (DescribeExecution 15, ListExecutions 5, GetExecutionHistory 20 a
 * second), and less: others follow runs, too.
 */
export const PER_SECOND = {
  describe: 7,
  list: 2,
  history: 10,
  start: 50,
  /** reading rules of EventBridge: 50 */
  rules: 20,
  /** FilterLogEvents: 5 in the smallest regions */
  logs: 2.5,
  localLogs: 100,
} as const;

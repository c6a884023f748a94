/** Keeps calls apart, so that following runs stays below what AWS allows an account (RateLimiter per API). */
import type { Connection } from './connection';

export type RateLimiter = <T>(call: () => Promise<T>) => Promise<T>;

interface Time {
  now(): number;
  sleep(ms: number): Promise<void>;
}

const realTime: Time = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** At most `perSecond` calls begin in any second, evenly spaced; after a rest up to `burst` at once. */
export function rateLimiter(perSecond: number, time: Time = realTime, burst = 1): RateLimiter {
  const gapMs = 1000 / perSecond;
  const ahead = (burst - 1) * gapMs;
  let next = 0;
  return async (call) => {
    const now = time.now();
    const at = Math.max(now, next - ahead);
    next = Math.max(now, next) + gapMs;
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
  /** calls about Map Runs: all that it refills */
  mapRuns: 1,
  start: 50,
  /** reading rules of EventBridge: 50 */
  rules: 20,
  /** FilterLogEvents: 5 in the smallest regions */
  logs: 2.5,
} as const;

type Api = keyof typeof PER_SECOND;

/** A part of the bucket that Step Functions has for an account (DescribeExecution 300, ListExecutions 100, GetExecutionHistory 400). */
const BURST: Readonly<Partial<Record<Api, number>>> = { describe: 50, list: 40, history: 50, mapRuns: 10, rules: 20 };

/** One rate limiter for each API: AWS counts what an account asks, whatever of it does. */
export type Limits = Readonly<Record<Api, RateLimiter>>;

const free: RateLimiter = (call) => call();
const each = (limiter: (api: Api) => RateLimiter): Limits =>
  Object.fromEntries((Object.keys(PER_SECOND) as Api[]).map((api) => [api, limiter(api)])) as Limits;

/** The local cloud has no quota. */
const FREE = each(() => free);
const known = new Map<string, Limits>();

/** The same for all that this process asks of an account and region. */
export function limitsOf({ target }: Partial<Pick<Connection, 'target'>>): Limits {
  if (target?.kind !== 'account') return FREE;
  const key = `${target.account} ${target.region}`;
  const limits = known.get(key) ?? each((api) => rateLimiter(PER_SECOND[api], realTime, BURST[api]));
  known.set(key, limits);
  return limits;
}

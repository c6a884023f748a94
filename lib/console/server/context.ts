/** What routes are given: whom to speak to, what is deployed there, and what keeps the console within AWS's limits. */
import { type Connection, deployed } from '../../operate/connection';
import { limitsOf } from '../../operate/rate-limit';
import type { Context } from './route';

const STACKS_MS = { local: 2000, account: 15_000 } as const;

/** `connection` may change: `current` is asked each time. */
export function contexts(current: () => Connection, readOnly: boolean): () => Context {
  const { cached, forget } = cache();
  return () => {
    const connection = current();
    const { kind } = connection.target;
    return {
      connection,
      readOnly,
      limits: limitsOf(connection),
      cached,
      forget,
      stacks: () => cached(`stacks ${connection.client.endpoint ?? ''}`, STACKS_MS[kind], () => deployed(connection)),
    };
  };
}

/** So many answers are kept. */
const MOST_KEPT = 500;
/** What is kept for longer does not change by what a person does here. */
const CHANGEABLE_MS = 30_000;

export function cache(now: () => number = Date.now): Pick<Context, 'cached' | 'forget'> {
  const kept = new Map<string, { readonly value: Promise<unknown>; readonly ttlMs: number; until: number }>();
  const forget = () => {
    for (const [key, { ttlMs }] of kept) if (ttlMs <= CHANGEABLE_MS) kept.delete(key);
  };
  const cached = <T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known !== undefined && known.until > now()) return known.value as Promise<T>;
    const value = make();
    // Until it is there everybody waits for this one.
    const entry = { value, ttlMs, until: Number.POSITIVE_INFINITY };
    kept.delete(key);
    kept.set(key, entry);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    value.then(
      () => {
        entry.until = now() + ttlMs;
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    return value;
  };
  return { cached, forget };
}

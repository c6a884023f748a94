/** What routes are given: whom to speak to, what is deployed there, and what keeps the console within AWS's limits. */
import { type Connection, deployed } from '../../operate/connection';
import { limitsOf } from '../../operate/rate-limit';
import type { Context } from './route';

const STACKS_MS = { local: 2000, account: 15_000 } as const;

export type Cached = Context['cached'];

/** `connection` may change: `current` is asked each time. */
export function contexts(current: () => Connection, readOnly: boolean): () => Context {
  const cached = cache();
  return () => {
    const connection = current();
    const { kind } = connection.target;
    return {
      connection,
      readOnly,
      limits: limitsOf(connection),
      cached,
      stacks: () => cached(`stacks ${connection.client.endpoint ?? ''}`, STACKS_MS[kind], () => deployed(connection)),
    };
  };
}

/** So many answers are kept. */
const MOST_KEPT = 500;

export function cache(now: () => number = Date.now): Cached {
  const kept = new Map<string, { readonly value: Promise<unknown>; until: number }>();
  return <T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known !== undefined && known.until > now()) return known.value as Promise<T>;
    const value = make();
    // Until it is there everybody waits for this one.
    const entry = { value, until: Number.POSITIVE_INFINITY };
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
}

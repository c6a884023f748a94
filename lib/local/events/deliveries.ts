/**
 * Deliveries that are owed until they have arrived: written down before they are promised, tried again with exponential
 * backoff, resumed after a restart, and given up only when their retry policy says so. At least once, as on AWS.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../service';
import { openTable } from '../store';
import { DeliveryError } from './errors';

export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

/** What EventBridge and Scheduler do unless told otherwise. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 };

export interface Delivery<T> {
  readonly id: string;
  readonly payload: T;
  readonly policy: RetryPolicy;
  readonly createdAt: number;
  readonly attempts: number;
}

export interface GivenUp<T> {
  readonly delivery: Delivery<T>;
  readonly error: DeliveryError;
  /** Which limit was reached; none when the error could not be mended by trying again. */
  readonly exhausted?: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';
}

export interface Deliveries<T> {
  /** Takes up what was owed before a restart, once its targets are there. */
  resume(): void;
  readonly pending: number;
  /** Resolves when all are on disk; they are then delivered in the background. */
  add(payloads: readonly { payload: T; policy?: RetryPolicy }[]): Promise<void>;
  /** Resolves once nothing is on its way (those that wait for a retry are). */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryOptions<T> {
  readonly file: string;
  readonly clock: Clock;
  /** Rejects with a `DeliveryError` that says whether trying again makes sense; any other error is retried. */
  readonly attempt: (delivery: Delivery<T>) => Promise<void>;
  readonly giveUp: (given: GivenUp<T>) => Promise<void>;
  readonly log: (line: string) => void;
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 600_000;
const MAX_IN_FLIGHT = 64;

export async function openDeliveries<T>(options: DeliveryOptions<T>): Promise<Deliveries<T>> {
  const { file, clock, attempt, giveUp, log } = options;
  const table = await openTable<Delivery<T>>(file);
  const stopping = new AbortController();
  const owedBefore = [...table.keys()];
  const ready: string[] = [];
  const inFlight = new Set<Promise<void>>();
  const sleeping = new Set<Promise<void>>();
  let onIdle: (() => void)[] = [];

  const pump = () => {
    while (!stopping.signal.aborted && inFlight.size < MAX_IN_FLIGHT) {
      const id = ready.shift();
      if (id === undefined) break;
      const work = deliver(id)
        // Only the disk can fail here. What is owed is still written there, so the next start takes it up.
        .catch((error) => log(`A delivery could not be recorded in ${file}: ${(error as Error).message}`))
        .finally(() => {
          inFlight.delete(work);
          pump();
        });
      inFlight.add(work);
    }
    if (inFlight.size === 0) {
      for (const resolve of onIdle) resolve();
      onIdle = [];
    }
  };

  const deliver = async (id: string) => {
    const delivery = table.get(id);
    if (!delivery) return;
    try {
      await attempt(delivery);
    } catch (cause) {
      return failed({ ...delivery, attempts: delivery.attempts + 1 }, asDeliveryError(cause));
    }
    await table.delete(id);
  };

  const failed = async (delivery: Delivery<T>, error: DeliveryError) => {
    const { id, policy, createdAt, attempts } = delivery;
    const wait = backoff(attempts);
    const tooMany = attempts > policy.maximumRetryAttempts;
    const tooOld = clock.now() + wait > createdAt + policy.maximumEventAgeSeconds * 1_000;
    if (!error.retriable || tooMany || tooOld) {
      const exhausted = tooMany ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds';
      await giveUp({ delivery, error, ...(error.retriable ? { exhausted } : {}) });
      return table.delete(id);
    }
    await table.set(id, delivery);
    const sleep = clock
      .sleep(wait, stopping.signal)
      .then(() => {
        ready.push(id);
        pump();
      })
      .catch(() => undefined) // stopping: the delivery stays on disk
      .finally(() => sleeping.delete(sleep));
    sleeping.add(sleep);
  };

  return {
    resume() {
      ready.push(...owedBefore.splice(0));
      pump();
    },
    get pending() {
      return table.size;
    },
    async add(payloads) {
      const added = payloads.map(({ payload, policy = DEFAULT_RETRY_POLICY }): Delivery<T> => {
        return { id: randomUUID(), payload, policy, createdAt: clock.now(), attempts: 0 };
      });
      await Promise.all(added.map((delivery) => table.set(delivery.id, delivery)));
      ready.push(...added.map(({ id }) => id));
      pump();
    },
    idle: () => (inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
    async close() {
      stopping.abort();
      await Promise.all([...inFlight, ...sleeping]);
      await table.close();
    },
  };
}

/** Exponential with full jitter above half, so that retries of one outage spread. */
function backoff(attempts: number): number {
  const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}

function asDeliveryError(cause: unknown): DeliveryError {
  if (cause instanceof DeliveryError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new DeliveryError('INTERNAL_ERROR', message, true, { cause });
}

import type { Batch, Store } from './keep';
import { type PostOptions, postEvent, type Server } from './post';
import type { RunEvent } from './run-event';

export interface DeliverServices {
  readonly store: Store;
  /** absent: events are kept in the bucket alone */
  readonly server?: Server | undefined;
  readonly post?: PostOptions;
  /** an object of events that are not delivered, with the reason */
  readonly undelivered: (problem: string) => void;
  readonly refused: (problem: string, key: string) => void;
  /** of the invocation */
  readonly remainingMs: () => number;
}

/** For what the invocation does beside. */
const RESERVE_MS = 40_000;

/**
 * Keeps the events, and sends them: after those that wait, so that the server sees them in their order. While it is down each new batch
 * waits behind the others, and costs one attempt. Only the bucket can make this fail.
 */
export async function deliver(batch: Batch, services: DeliverServices): Promise<'kept' | 'sent' | 'undelivered'> {
  const { store, server } = services;
  await store.keep(batch);
  if (server === undefined) return 'kept';
  const before = await sendWaiting({ ...services, server });
  if (before.problem !== undefined || before.left > 0) {
    await store.keepUndelivered(batch);
    services.undelivered(before.problem ?? 'Others wait before it.');
    return 'undelivered';
  }
  const { rest, problem } = await sendBatch(batch, { ...services, server });
  if (rest.length === 0) return 'sent';
  await store.keepUndelivered({ name: batch.name, events: rest });
  services.undelivered(problem!);
  return 'undelivered';
}

export interface SentWaiting {
  /** objects whose events were taken */
  readonly sent: number;
  /** at least so many are left */
  readonly left: number;
  readonly problem?: string;
}

/** The oldest first, until one is not taken. */
export async function sendWaiting(services: DeliverServices & { readonly server: Server }): Promise<SentWaiting> {
  const { store, remainingMs } = services;
  let sent = 0;
  for (;;) {
    const { names, more } = await store.undelivered();
    for (const [index, name] of names.entries()) {
      if (remainingMs() < RESERVE_MS)
        return { sent, left: names.length - index, problem: 'There was no time for more.' };
      const events = await store.readUndelivered(name);
      // Another invocation was at it as well.
      if (events === undefined) continue;
      const { rest, problem } = await sendBatch({ name, events }, services);
      if (rest.length > 0) {
        // What was taken is not sent twice.
        if (rest.length < events.length) await store.keepUndelivered({ name, events: rest });
        return { sent, left: names.length - index, problem: problem! };
      }
      await store.removeUndelivered(name);
      sent++;
    }
    if (!more) return { sent, left: 0 };
  }
}

/** Events that the server refuses for good are put aside, and do not keep back the others. */
async function sendBatch(
  { name, events }: Pick<Batch, 'name' | 'events'>,
  { store, server, post, refused }: DeliverServices & { readonly server: Server },
): Promise<{ readonly rest: readonly RunEvent[]; readonly problem?: string }> {
  for (const [index, event] of events.entries()) {
    const answer = await postEvent(event, server, post);
    if (answer.outcome === 'failed') return { rest: events.slice(index), problem: answer.problem };
    if (answer.outcome === 'refused') {
      const key = await store.keepRefused({ name: name.replace('.ndjson', `-${index}.ndjson`), events: [event] });
      refused(answer.problem, key);
    }
  }
  return { rest: [] };
}

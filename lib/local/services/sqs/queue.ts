/**
 * One queue: its messages on disk, visibility, long polling, and the move to a dead-letter queue. Messages with a group, in a FIFO queue,
 * come in their order: while one is in flight, those behind it in its group wait.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../service';
import { openTable } from '../../store';
import type { StoredMessage } from './message';

/** Attributes in the units of the API. */
export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly maxReceiveCount?: number;
  readonly fifo?: boolean;
  /** how many messages may be received and not yet deleted; 120,000 unless told */
  readonly maxInFlight?: number;
}

const MAX_IN_FLIGHT = 120_000;

export interface QueueCounts {
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
}

export interface ReceiveOptions {
  readonly max: number;
  readonly waitMs: number;
  readonly visibilityMs?: number;
}

export interface Queue {
  send(messages: readonly StoredMessage[]): Promise<void>;
  receive(options: ReceiveOptions): Promise<readonly StoredMessage[]>;
  /** False when the handle is not that of the latest receive: the message stays. */
  delete(receiptHandle: string): Promise<boolean>;
  /** False when no message is in flight under this handle. */
  changeVisibility(receiptHandle: string, timeoutMs: number): Promise<boolean>;
  purge(): Promise<void>;
  /** Takes a message that can be received, to be put elsewhere: it is gone from here once `put` has it. False when there is none. */
  moveOne(put: (message: StoredMessage) => Promise<void>): Promise<boolean>;
  counts(): QueueCounts;
  /** As many messages are in flight as may be. */
  isFull(): boolean;
  oldestSentAt(): number | undefined;
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly settings: () => QueueSettings;
  /** Takes over what was received too often. */
  readonly moveToDeadLetters: (message: StoredMessage) => Promise<void>;
  readonly onChange: () => void;
}

export async function openQueue({ file, clock, settings, moveToDeadLetters, onChange }: QueueOptions): Promise<Queue> {
  const messages = await openTable<StoredMessage>(file);
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  /** Chosen by a receive that is still writing, so that no other chooses it. */
  const beingTaken = new Set<string>();

  const wake = () => {
    for (const resolve of waiting) resolve();
    onChange();
  };

  const expire = async () => {
    const oldest = clock.now() - settings().retentionSeconds * 1_000;
    const expired = [...messages.values()].filter(({ sentAt }) => sentAt < oldest);
    await Promise.all(expired.map(({ id }) => messages.delete(id)));
  };

  /** Moves to the dead letters what has been received as often as it may; returns the rest, now in flight. */
  const take = async ({ max, visibilityMs }: ReceiveOptions): Promise<StoredMessage[]> => {
    const { visibilityTimeoutSeconds, maxReceiveCount = Number.POSITIVE_INFINITY, fifo } = settings();
    const now = clock.now();
    const taken: StoredMessage[] = [];
    const dead: StoredMessage[] = [];
    const waitingGroups = new Set<string>();
    for (const message of messages.values()) {
      if (taken.length >= max) break;
      if (fifo && waitingGroups.has(message.groupId ?? '')) continue;
      if (message.visibleAt > now || beingTaken.has(message.id)) {
        waitingGroups.add(message.groupId ?? '');
        continue;
      }
      beingTaken.add(message.id);
      if (message.receiveCount >= maxReceiveCount) dead.push(message);
      else {
        taken.push({
          ...message,
          visibleAt: now + (visibilityMs ?? visibilityTimeoutSeconds * 1_000),
          receiveCount: message.receiveCount + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
          receiptHandle: Buffer.from(`${message.id}/${randomUUID()}`).toString('base64'),
        });
      }
    }
    try {
      await Promise.all([
        ...taken.map((message) => messages.set(message.id, message)),
        ...dead.map(async (message) => {
          await moveToDeadLetters(message);
          await messages.delete(message.id);
        }),
      ]);
    } finally {
      for (const { id } of [...taken, ...dead]) beingTaken.delete(id);
    }
    return taken;
  };

  const waitForMessage = async (until: number) => {
    let nextVisible = until;
    for (const { visibleAt } of messages.values())
      nextVisible = Math.min(nextVisible, Math.max(visibleAt, clock.now() + 1));
    const stop = new AbortController();
    const abort = () => stop.abort();
    closing.signal.addEventListener('abort', abort);
    let resolveWake = () => {};
    const woken = new Promise<void>((resolve) => {
      resolveWake = resolve;
      waiting.add(resolve);
    });
    await Promise.race([clock.sleep(nextVisible - clock.now(), stop.signal).catch(() => undefined), woken]);
    waiting.delete(resolveWake);
    closing.signal.removeEventListener('abort', abort);
    stop.abort();
  };

  const inFlight = (receiptHandle: string) => {
    const message = messages.get(Buffer.from(receiptHandle, 'base64').toString().split('/')[0] ?? '');
    return message?.receiptHandle === receiptHandle ? message : undefined;
  };

  const counts = (): QueueCounts => {
    const now = clock.now();
    let visible = 0;
    let delayed = 0;
    for (const { visibleAt, receiveCount } of messages.values()) {
      if (visibleAt <= now) visible++;
      else if (receiveCount === 0) delayed++;
    }
    return { visible, delayed, notVisible: messages.size - visible - delayed };
  };

  return {
    async send(added) {
      await Promise.all(added.map((message) => messages.set(message.id, message)));
      wake();
    },
    async receive(options) {
      const until = clock.now() + options.waitMs;
      await expire();
      for (;;) {
        const taken = await take(options);
        if (taken.length > 0) onChange();
        if (taken.length > 0 || clock.now() >= until || closing.signal.aborted) return taken;
        await waitForMessage(until);
      }
    },
    async delete(receiptHandle) {
      const message = inFlight(receiptHandle);
      if (!message) return false;
      await messages.delete(message.id);
      onChange();
      return true;
    },
    async changeVisibility(receiptHandle, timeoutMs) {
      const message = inFlight(receiptHandle);
      if (!message || message.visibleAt <= clock.now()) return false;
      await messages.set(message.id, { ...message, visibleAt: clock.now() + timeoutMs });
      wake();
      return true;
    },
    async moveOne(put) {
      const now = clock.now();
      const next = [...messages.values()].find(({ id, visibleAt }) => visibleAt <= now && !beingTaken.has(id));
      if (!next) return false;
      beingTaken.add(next.id);
      try {
        await put(next);
        await messages.delete(next.id);
      } finally {
        beingTaken.delete(next.id);
      }
      onChange();
      return true;
    },
    async purge() {
      await Promise.all([...messages.keys()].map((id) => messages.delete(id)));
      onChange();
    },
    counts,
    isFull() {
      const { maxInFlight = MAX_IN_FLIGHT } = settings();
      return messages.size >= maxInFlight && counts().notVisible >= maxInFlight;
    },
    oldestSentAt() {
      let oldest: number | undefined;
      for (const { sentAt } of messages.values()) oldest = Math.min(sentAt, oldest ?? sentAt);
      return oldest;
    },
    async close() {
      closing.abort();
      for (const resolve of waiting) resolve();
      await messages.close();
    },
  };
}

/** What a FIFO queue has taken in the last five minutes: the same once more is answered as before, and not stored again. */
import type { Clock } from '../../service';
import { openTable } from '../../store';
import type { StoredMessage } from './message';

const INTERVAL_MS = 300_000;

interface Taken {
  readonly message: StoredMessage;
  readonly at: number;
}

export interface Deduplication {
  /** The message with its sequence number, or the earlier one that it repeats. */
  number(message: StoredMessage, byGroup: boolean): { readonly message: StoredMessage; readonly isNew: boolean };
  /** Resolves when what was numbered is on disk. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export async function openDeduplication(file: string, clock: Clock): Promise<Deduplication> {
  const taken = await openTable<Taken>(file);
  let last = 0n;
  for (const { message } of taken.values()) {
    const sequence = BigInt(message.sequenceNumber ?? 0);
    if (sequence > last) last = sequence;
  }
  let writing: Promise<unknown>[] = [];

  /** 20 digits, always rising, also over restarts. */
  const next = (): string => {
    const fromClock = BigInt(clock.now()) * 10_000_000n;
    last = fromClock > last ? fromClock : last + 1n;
    return String(last);
  };

  return {
    number(message, byGroup) {
      const now = clock.now();
      for (const [key, { at }] of taken.entries()) {
        if (at + INTERVAL_MS > now) break;
        writing.push(taken.delete(key));
      }
      const key = byGroup ? `${message.groupId}/${message.deduplicationId}` : (message.deduplicationId ?? '');
      const earlier = taken.get(key);
      if (earlier) {
        const { id, sequenceNumber } = earlier.message;
        return { message: { ...message, id, ...(sequenceNumber ? { sequenceNumber } : {}) }, isNew: false };
      }
      const numbered = { ...message, sequenceNumber: next() };
      writing.push(taken.set(key, { message: numbered, at: now }));
      return { message: numbered, isNew: true };
    },
    async flushed() {
      const all = writing;
      writing = [];
      await Promise.all(all);
    },
    close: () => taken.close(),
  };
}

/** How many may be at work at once. */
export interface Slots {
  /** Resolves when there is one, or when nobody waits for it any more: it is to be given back in either case. */
  take(signal: AbortSignal): Promise<void>;
  give(): void;
}

export function newSlots(most: number): Slots {
  let taken = 0;
  let waiting: (() => void)[] = [];
  return {
    async take(signal) {
      while (taken >= most && !signal.aborted) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      taken++;
    },
    give() {
      taken--;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}

/** The machine's clock, which a test puts forward: whoever sleeps until then wakes up. */
import type { Clock } from '../../lib/local/service';

export interface MovedClock extends Clock {
  /** Puts it forward to that time. */
  moveTo(time: number): void;
}

export function movedClock(): MovedClock {
  let offset = 0;
  const sleepers = new Set<() => void>();
  const now = () => Date.now() + offset;
  return {
    now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const until = now() + ms;
        let timer: NodeJS.Timeout;
        const end = () => {
          clearTimeout(timer);
          sleepers.delete(look);
          signal?.removeEventListener('abort', abort);
        };
        const abort = () => {
          end();
          reject(signal?.reason);
        };
        const look = () => {
          clearTimeout(timer);
          const left = until - now();
          if (left > 0) timer = setTimeout(look, Math.min(left, 2 ** 31 - 1));
          else {
            end();
            resolve();
          }
        };
        sleepers.add(look);
        signal?.addEventListener('abort', abort);
        look();
      }),
    moveTo(time) {
      offset += Math.max(0, time - now());
      for (const look of [...sleepers]) look();
    },
  };
}

/** How many writes are under way at once: fewer as soon as the database throttles, more again while it does not. */

const FIRST = 32;
const MOST = 128;
/** One wave of throttled answers counts once. */
const HALVED_FOR_MS = 500;

export class Pace {
  limit = FIRST;
  private halvedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /** `attempts`: how often it took. */
  answered(attempts = 1): void {
    if (attempts > 1) this.slower();
    else this.limit = Math.min(MOST, this.limit + 1 / this.limit);
  }

  private slower(): void {
    if (this.now() - this.halvedAt < HALVED_FOR_MS) return;
    this.halvedAt = this.now();
    this.limit = Math.max(1, this.limit / 2);
  }
}

/**
 * Works through the items in order, several at once, until there are no more or `stop` says so. Returns how many it has done: all
 * of them are, once it returns. The first error ends it, when what is under way has ended.
 */
export async function paced<T>(
  items: readonly T[],
  from: number,
  pace: Pace,
  stop: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<number> {
  let next = from;
  let underWay = 0;
  let failure: { readonly error: unknown } | undefined;
  // A race of all that is under way would be told of each end by each of the others.
  await new Promise<void>((resolve) => {
    const begin = () => {
      while (next < items.length && failure === undefined && underWay < Math.floor(pace.limit) && !stop()) {
        underWay++;
        work(items[next++]!)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .then(() => {
            underWay--;
            begin();
          });
      }
      if (underWay === 0) resolve();
    };
    begin();
  });
  if (failure) throw failure.error;
  return next;
}

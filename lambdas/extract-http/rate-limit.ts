/** Spaces requests evenly: a server counts them in windows that nobody here knows. */

export type Turns = () => Promise<void>;

/**
 * `perSecond`: of the whole run; each of the partitions that are requested at once takes its share. The first turn is at a random
 * moment, since they begin together.
 */
export function openTurns(perSecond: number | undefined, atOnce: number): Turns {
  if (perSecond === undefined) return async () => {};
  const everyMs = (1000 * Math.max(atOnce, 1)) / perSecond;
  let next = performance.now() + (atOnce > 1 ? Math.random() * everyMs : 0);
  return async () => {
    const at = Math.max(next, performance.now());
    next = at + everyMs;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  };
}

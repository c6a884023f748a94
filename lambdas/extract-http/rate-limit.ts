/** Spaces requests evenly: a server counts them in windows that nobody here knows. */

export type Turns = () => Promise<void>;

/** As many partitions as run at once; each takes its share of the run's rate. */
const MOST_AT_ONCE = 40;

/** `perSecond`: of the whole run. The first turn is at a random moment, since all partitions begin together. */
export function openTurns(perSecond: number | undefined, partitions: number): Turns {
  if (perSecond === undefined) return async () => {};
  const everyMs = (1000 * Math.min(Math.max(partitions, 1), MOST_AT_ONCE)) / perSecond;
  let next = performance.now() + (partitions > 1 ? Math.random() * everyMs : 0);
  return async () => {
    const at = Math.max(next, performance.now());
    next = at + everyMs;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  };
}

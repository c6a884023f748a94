/** The children of a Map Run, as many at a time as may be. */
import type { ExecutionStatus } from '../catalogue';
import type { Frame } from '../frame';
import type { ChildInput } from './batch';
import type { ChildEnd, MapRunRecord, MapRuns } from './types';
import type { ChildResult, Results } from './writer';

/**
 * AWS runs 10,000 children at a time. Here they share one process, and each has a file open for its history, of which the
 * system allows only so many.
 */
const DISTRIBUTED_CONCURRENCY = 200;

/** Each limit that is set holds for itself; without one, no failure is tolerated. */
export function isTolerated(
  failed: number,
  { items = 0, ...run }: Pick<MapRunRecord, 'items' | 'toleratedFailureCount' | 'toleratedFailurePercentage'>,
): boolean {
  if (failed === 0) return true;
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = run;
  if (count === 0 && percentage === 0) return false;
  return (count === 0 || failed <= count) && (percentage === 0 || (failed * 100) / items <= percentage);
}

/** `isOver`: more has failed than is tolerated, and what still ran was stopped. Rejects with `Cancelled` when the state is. */
export async function runChildren(
  { thread, state }: Frame,
  mapRuns: MapRuns,
  run: () => MapRunRecord,
  inputs: readonly ChildInput[],
  redrives: number,
): Promise<Results & { readonly isOver: boolean }> {
  const { execution } = thread;
  const { mapRunArn } = run();
  let next = 0;
  let failedItems = 0;
  let isOver = false;

  const runOne = async (index: number) => {
    const input = inputs[index]!;
    const child = { run: run(), parent: execution.identity, stateName: state.name, index, input };
    const status = await thread.scope.wait<ExecutionStatus>((resolve, reject) => {
      mapRuns.runChild(child, redrives).then(resolve, reject);
      return undefined;
    });
    if (status !== 'SUCCEEDED') failedItems += input.items;
    await stopIfNotTolerated();
  };
  const stopIfNotTolerated = async () => {
    if (isOver || isTolerated(failedItems, run())) return;
    isOver = true;
    await mapRuns.stopChildren(mapRunArn);
  };

  let unwatch = () => {};
  const runAll = () =>
    new Promise<void>((resolve, reject) => {
      let active = 0;
      const fill = () => {
        // Both limits may be changed meanwhile.
        const width = Math.min(run().maxConcurrency || DISTRIBUTED_CONCURRENCY, DISTRIBUTED_CONCURRENCY);
        while (active < width && next < inputs.length && !isOver) {
          active++;
          runOne(next++).then(() => {
            active--;
            fill();
          }, reject);
        }
        if (active === 0) resolve();
      };
      unwatch = mapRuns.watch(mapRunArn, () => {
        stopIfNotTolerated().catch(reject);
        fill();
      });
      fill();
    });
  // What is written down before a child starts must not be undone.
  await execution.durable();
  try {
    await runAll();
  } finally {
    // After an error, too, nothing more is started.
    isOver ||= thread.scope.cancelled;
    unwatch();
  }
  return {
    isOver,
    ended: (statuses) => resultsOf(mapRuns.ended(mapRunArn, statuses), inputs),
    pending: inputs.slice(next).map(({ json }) => json),
  };
}

async function* resultsOf(ends: AsyncIterable<ChildEnd>, inputs: readonly ChildInput[]): AsyncIterable<ChildResult> {
  for await (const { index, ...child } of ends) yield { ...child, input: inputs[index]!.json };
}

import type { ChildState } from '../../stepfunctions/map-run/child-table';
import type { MapRunRecord } from '../../stepfunctions/map-run/types';

const NONE = {
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  aborted: 0,
  total: 0,
  resultsWritten: 0,
  failuresNotRedrivable: 0,
  pendingRedrive: 0,
};

type Counts = typeof NONE;

const COUNTED = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
} as const;

/** A child that failed waits to be redriven while its Map Run runs again. */
export const isPendingRedrive = (run: MapRunRecord, { status, redriveCount }: ChildState): boolean =>
  run.status === 'RUNNING' && status !== 'RUNNING' && status !== 'SUCCEEDED' && redriveCount < run.redriveCount;

/** As DescribeMapRun answers: of the children, and of the items that they work on. */
export function countsOf(
  run: MapRunRecord,
  children: Iterable<readonly [number, ChildState]>,
): { readonly itemCounts: Counts; readonly executionCounts: Counts } {
  const executionCounts: Counts = { ...NONE, total: run.children ?? 0 };
  const itemCounts: Counts = { ...NONE, total: run.items ?? 0 };
  let started = 0;
  let startedItems = 0;
  for (const [, child] of children) {
    const items = child.itemCount;
    started++;
    const counted = isPendingRedrive(run, child) ? 'pendingRedrive' : COUNTED[child.status];
    executionCounts[counted]++;
    itemCounts[counted] += items;
    startedItems += items;
  }
  executionCounts.pending = Math.max(0, executionCounts.total - started);
  itemCounts.pending = Math.max(0, itemCounts.total - startedItems);
  if (run.isExported) {
    executionCounts.resultsWritten = started;
    itemCounts.resultsWritten = startedItems;
  }
  return { itemCounts, executionCounts };
}

import { Data } from '../data';
import { StatesError } from '../errors';
import type { Frame } from '../frame';
import type { StateProgress } from '../resume';
import { runThread, type Work } from '../run';
import type { MapItem, Thread } from '../thread';

export async function runParallel(frame: Frame, progress?: StateProgress): Promise<Work> {
  const { state, thread } = frame;
  const { execution } = thread;
  if (progress?.phase.kind === 'succeeded') return { result: progress.phase.result };
  const phase = progress?.phase.kind === 'children' ? progress.phase : undefined;

  const input = phase ? (phase.input ?? frame.input) : frame.data(await state.effectiveInput(frame.environment));
  thread.scope.check();
  const started =
    phase?.event ??
    execution.record(
      thread,
      'ParallelStateStarted',
      undefined,
      input === frame.input ? undefined : { input: input.json },
    );

  const results = await runTogether(frame, started, state.branches.length, state.branches.length, {
    run: (branch, index) => runThread(branch, state.branches[index]!, input, phase?.threads.get(index)),
  });
  execution.record(thread, 'ParallelStateSucceeded');
  return { result: Data.list(results) };
}

interface Together {
  run(child: Thread, index: number): Promise<Data>;
  /** Of a Map. */
  item?(index: number): MapItem;
  /** The first one has failed, and what was under way beside it is aborted. */
  failed?(child: Thread): void;
}

/**
 * Runs `count` threads, at most `width` at a time, in the order of their indexes. When one fails no further one is started,
 * those under way are ended, and the state fails with its error.
 */
export async function runTogether(
  { thread, state }: Frame,
  started: number,
  count: number,
  width: number,
  work: Together,
): Promise<Data[]> {
  const { execution } = thread;
  const { scope, release } = thread.scope.child();
  const results = new Array<Data>(count);
  let next = 0;
  let last = thread.last;
  let failure: { error: unknown } | undefined;

  const worker = async () => {
    // What starts because something has ended follows from that.
    let before = started;
    while (next < count && !scope.cancelled) {
      const index = next++;
      const item = work.item?.(index);
      const child = thread.fork(started, index, scope, item, item && { name: state.name, index });
      child.last = before;
      thread.children.add(child);
      try {
        results[index] = await work.run(child, index);
        before = child.last;
        if (!failure) last = child.last;
      } catch (error) {
        if (failure) continue;
        failure = { error };
        last = child.last;
        thread.children.delete(child);
        if (error instanceof StatesError) {
          for (const other of thread.children) tell(() => other.abort(last));
          tell(() => work.failed?.(child));
        }
        scope.cancel();
      } finally {
        thread.children.delete(child);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  release();
  thread.last = last;
  if (failure) {
    const { error } = failure;
    if (error instanceof StatesError) {
      execution.record(thread, `${state.type}StateFailed`, undefined, {
        error: error.error,
        ...(error.reason === undefined ? {} : { cause: error.reason }),
      });
    }
    throw error;
  }
  thread.scope.check();
  return results;
}

/** Unless the execution is closed, or its history is full: that is told already. */
function tell(record: () => void): void {
  try {
    record();
  } catch {
    // Nothing more can be told.
  }
}

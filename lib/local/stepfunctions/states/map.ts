import { ErrorName } from '../../../asl/errors';
import { Data } from '../data';
import { Cancelled } from '../errors';
import type { Frame } from '../frame';
import type { StateProgress, ThreadProgress } from '../resume';
import { failure, runThread, type Work } from '../run';
import type { MapItem, Thread } from '../thread';
import { runDistributedMap } from './distributed-map';
import { mapItems, plainItem } from './items';
import { runTogether } from './parallel';

/** AWS runs at most so many iterations of an inline Map at a time. */
export const INLINE_CONCURRENCY = 40;

export async function runMap(frame: Frame, progress?: StateProgress): Promise<Work> {
  const { state, thread } = frame;
  const { execution } = thread;
  if (state.distributed) return runDistributedMap(frame, progress);
  if (progress?.phase.kind === 'succeeded') return { result: progress.phase.result };
  const phase = progress?.phase.kind === 'children' ? progress.phase : undefined;

  const maxConcurrency = (await state.maxConcurrency?.(frame.environment)) ?? 0;
  const source = phase ? (phase.input ?? frame.input) : frame.data(await state.items!(frame.environment));
  const items = mapItems(source.value);
  thread.scope.check();
  const started =
    phase?.event ??
    execution.record(
      thread,
      'MapStateStarted',
      { length: items.length },
      source === frame.input ? undefined : { input: source.json },
    );

  const width = Math.min(maxConcurrency || INLINE_CONCURRENCY, INLINE_CONCURRENCY);
  const results = await runTogether(frame, started, items.length, width, {
    item: (index) => items[index]!,
    run: (iteration, index) => runIteration(frame, iteration, items[index]!, phase?.threads.get(index)),
    failed: (iteration) => execution.record(iteration, 'MapIterationFailed', { ...iteration.iteration }),
  });
  execution.record(thread, 'MapStateSucceeded');
  return { result: Data.list(results) };
}

async function runIteration(frame: Frame, iteration: Thread, item: MapItem, done?: ThreadProgress): Promise<Data> {
  const { execution } = iteration;
  const about = { ...iteration.iteration };
  if (done) iteration.last = done.last;
  else execution.record(iteration, 'MapIterationStarted', about);
  if (done?.ended) return done.output!;
  const isUnderWay = done?.state ?? done?.next ?? done?.output;
  const input = isUnderWay ? frame.input : await iterationInput(frame, iteration, item);
  const output = await runThread(iteration, frame.state.branches[0]!, input, done);
  execution.record(iteration, 'MapIterationSucceeded', about);
  return output;
}

async function iterationInput(frame: Frame, iteration: Thread, item: MapItem): Promise<Data> {
  const { state, enteredEvent } = frame;
  if (!state.itemSelector) return Data.of(plainItem(item));
  try {
    return Data.of(await state.itemSelector(frame.itemEnvironment(item)));
  } catch (thrown) {
    if (thrown instanceof Cancelled) throw thrown;
    // It is the iteration that fails, and the Map with it.
    const failed = failure({ thread: iteration, state, enteredEvent }, thrown);
    if (failed.error !== ErrorName.runtime) throw failed;
    iteration.execution.fail(iteration.last, failed);
    throw new Cancelled();
  }
}

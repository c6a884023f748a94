/** Tasks that move the messages of a dead-letter queue back to where they came from, or to another queue. */
import { randomUUID } from 'node:crypto';
import { AwsError, type CloudContext } from '../../service';
import { openTable } from '../../store';
import type { StoredMessage } from './message';
import type { Queue } from './queue';
import type { QueueRecord } from './state';

export interface MoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly perSecond?: number;
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  readonly moved: number;
  readonly toMove: number;
  readonly startedAt: number;
  readonly failure?: string;
}

export interface MoveTasks {
  start(task: Pick<MoveTask, 'sourceArn' | 'destinationArn' | 'perSecond'>): Promise<MoveTask>;
  /** Returns how many messages it has moved. */
  cancel(handle: string): Promise<number>;
  /** newest first */
  of(sourceArn: string): readonly MoveTask[];
  resume(): void;
  close(): Promise<void>;
}

interface Queues {
  findRecord(name: string): QueueRecord | undefined;
  queue(name: string): Queue | undefined;
  send(record: QueueRecord, messages: readonly StoredMessage[]): Promise<unknown>;
}

const nameOf = (arn: string) => arn.split(':').at(-1) ?? '';
/** So many are shown; older ones are forgotten. */
const MAX_TASKS = 10;

export async function openMoveTasks(file: string, cloud: CloudContext, queues: Queues): Promise<MoveTasks> {
  const tasks = await openTable<MoveTask>(file);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const of = (sourceArn: string) =>
    [...tasks.values()].filter((task) => task.sourceArn === sourceArn).sort((a, b) => b.startedAt - a.startedAt);

  const destinationOf = (task: MoveTask, message: StoredMessage): QueueRecord => {
    const arn = task.destinationArn ?? message.sourceArn;
    const record = arn ? queues.findRecord(nameOf(arn)) : undefined;
    if (!record) throw new AwsError('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue');
    return record;
  };

  const move = async (handle: string) => {
    for (;;) {
      const task = tasks.get(handle);
      if (!task || stopping.signal.aborted) return;
      if (task.status === 'CANCELLING') return tasks.set(handle, { ...task, status: 'CANCELLED' });
      const source = queues.queue(nameOf(task.sourceArn));
      try {
        const hasMoved = await source?.moveOne(async (message) => {
          const { sourceArn: _, receiptHandle: __, firstReceivedAt: ___, ...kept } = message;
          const now = cloud.clock.now();
          // A moved message is a new one.
          const fresh = { ...kept, id: randomUUID(), sentAt: now, visibleAt: now, receiveCount: 0 };
          await queues.send(destinationOf(task, message), [fresh]);
        });
        const latest = tasks.get(handle) ?? task;
        if (!hasMoved) return tasks.set(handle, { ...latest, status: 'COMPLETED' });
        await tasks.set(handle, { ...latest, moved: latest.moved + 1 });
      } catch (error) {
        return tasks.set(handle, { ...task, status: 'FAILED', failure: (error as Error).message });
      }
      if (task.perSecond) await cloud.clock.sleep(1_000 / task.perSecond, stopping.signal).catch(() => undefined);
    }
  };
  const run = (handle: string) => {
    const work = move(handle)
      .catch((error) => cloud.log(`sqs: messages could not be moved: ${(error as Error).message}`))
      .finally(() => running.delete(work));
    running.add(work);
  };

  return {
    of,
    async start(given) {
      const task: MoveTask = {
        ...given,
        handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: given.sourceArn })).toString('base64'),
        status: 'RUNNING',
        moved: 0,
        toMove: queues.queue(nameOf(given.sourceArn))?.counts().visible ?? 0,
        startedAt: cloud.clock.now(),
      };
      await tasks.set(task.handle, task);
      for (const { handle } of of(task.sourceArn).slice(MAX_TASKS)) await tasks.delete(handle);
      run(task.handle);
      return task;
    },
    async cancel(handle) {
      const task = tasks.get(handle);
      if (task?.status !== 'RUNNING')
        throw new AwsError('ResourceNotFoundException', 'Only active tasks can be cancelled.', 404);
      await tasks.set(handle, { ...task, status: 'CANCELLING' });
      return task.moved;
    },
    resume() {
      for (const { handle, status } of tasks.values()) if (/^(RUNNING|CANCELLING)$/.test(status)) run(handle);
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await Promise.all(running);
      await tasks.close();
    },
  };
}

/** Tasks that wait for a worker to take them, by activity: first come, first served, each to one worker. */
import type { Clock } from '../service';

export interface ActivityTask {
  readonly token: string;
  /** JSON text. */
  readonly input: string;
  /** A worker has it. Resolves when that is on disk. */
  taken(workerName: string | undefined): Promise<void>;
}

export interface Activities {
  /** False when nobody has made the activity, or it is deleted. */
  exists(activityArn: string): boolean;
  /** Returns what takes the task back, if it is still there. */
  offer(activityArn: string, task: ActivityTask): () => void;
  /** Undefined when none comes within `ms`. */
  poll(activityArn: string, ms: number): Promise<ActivityTask | undefined>;
  /** Sends the workers that wait away. */
  close(): void;
}

type Worker = (task: ActivityTask | undefined) => void;

export function createActivities(clock: Clock, exists: (activityArn: string) => boolean): Activities {
  const tasks = new Map<string, Set<ActivityTask>>();
  const workers = new Map<string, Set<Worker>>();
  const setOf = <T>(map: Map<string, Set<T>>, arn: string): Set<T> => {
    const known = map.get(arn) ?? new Set<T>();
    map.set(arn, known);
    return known;
  };

  return {
    exists,

    offer(arn, task) {
      const [worker] = setOf(workers, arn);
      if (worker) worker(task);
      else setOf(tasks, arn).add(task);
      return () => setOf(tasks, arn).delete(task);
    },

    poll(arn, ms) {
      const waiting = setOf(tasks, arn);
      const [task] = waiting;
      if (task) {
        waiting.delete(task);
        return Promise.resolve(task);
      }
      return new Promise((resolve) => {
        const timer = new AbortController();
        const worker: Worker = (found) => {
          setOf(workers, arn).delete(worker);
          timer.abort();
          resolve(found);
        };
        setOf(workers, arn).add(worker);
        clock.sleep(ms, timer.signal).then(
          () => worker(undefined),
          () => undefined,
        );
      });
    },

    close() {
      for (const waiting of workers.values()) for (const worker of [...waiting]) worker(undefined);
    },
  };
}

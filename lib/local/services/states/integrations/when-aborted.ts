import { TASK_ABORTED, type TaskCall } from '../../../stepfunctions/invoker';

/** The execution that waits was stopped: AWS does its best to stop what it waits for. */
export function whenAborted({ signal }: TaskCall, stop: () => Promise<unknown>): void {
  const aborted = () => {
    if (signal.reason === TASK_ABORTED) void stop();
  };
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
}

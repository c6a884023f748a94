import type { CancelMessageMoveTaskCommandInput, CancelMessageMoveTaskCommandOutput } from '@aws-sdk/client-sqs';
import { type OperationOf, requireMembers } from '../stateful';
import type { SqsState } from './state';

type Output = Omit<CancelMessageMoveTaskCommandOutput, '$metadata'>;

export const CancelMessageMoveTask: OperationOf<SqsState, CancelMessageMoveTaskCommandInput, Output> = (state) => ({
  authorize: ({ TaskHandle }) => [{ action: 'sqs:CancelMessageMoveTask', resource: sourceOf(TaskHandle) }],

  async handle(input) {
    requireMembers(input, 'TaskHandle');
    return { ApproximateNumberOfMessagesMoved: await state().moveTasks.cancel(input.TaskHandle) };
  },
});

/** The handle says which queue it is about. */
function sourceOf(handle = ''): string {
  try {
    return String(JSON.parse(Buffer.from(handle, 'base64').toString()).sourceArn);
  } catch {
    return '*';
  }
}

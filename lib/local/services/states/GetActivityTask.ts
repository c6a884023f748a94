import type { GetActivityTaskCommandOutput, GetActivityTaskInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkActivityArn } from './arns';
import { activityDoesNotExist } from './errors';
import type { StatesState } from './state';

type Output = Omit<GetActivityTaskCommandOutput, '$metadata'>;

/** AWS: a poll waits for so long. */
const POLL_MS = 60_000;

/** Answers with a task and its token, or, after a while, with nothing. */
export const GetActivityTask: OperationOf<StatesState, GetActivityTaskInput, Output> = (state) => ({
  authorize: ({ activityArn }) => [{ action: 'states:GetActivityTask', resource: String(activityArn) }],

  async handle({ activityArn, workerName }, { cloud }) {
    const { activities } = state();
    if (!activities.exists(checkActivityArn(activityArn))) throw activityDoesNotExist(activityArn!);
    const deadline = cloud.clock.now() + POLL_MS;
    for (let left = POLL_MS; left > 0; left = deadline - cloud.clock.now()) {
      const task = await activities.poll(activityArn!, left);
      if (!task) break;
      try {
        await task.taken(workerName);
      } catch {
        // Its execution has ended in the meantime.
        continue;
      }
      return { taskToken: task.token, input: task.input };
    }
    return {};
  },
});

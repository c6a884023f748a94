import type { StopExecutionCommandOutput, StopExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkExecutionArn } from './arns';
import type { StatesState } from './state';

type Output = Omit<StopExecutionCommandOutput, '$metadata'>;

/** Stopping what has ended is no error: the answer says when it ended. Standard workflows only. */
export const StopExecution: OperationOf<StatesState, StopExecutionInput, Output> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:StopExecution', resource: String(executionArn) }],

  async handle({ executionArn, error, cause }, { cloud }) {
    const { status } = state().execution(checkExecutionArn(executionArn));
    if (status === 'RUNNING') await state().engine.stop(executionArn!, error, cause);
    return { stopDate: new Date(state().execution(executionArn).stopDate ?? cloud.clock.now()) };
  },
});

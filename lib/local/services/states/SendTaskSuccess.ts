import type { SendTaskSuccessInput } from '@aws-sdk/client-sfn';
import { Data } from '../../stepfunctions/data';
import { AWS_LIMITS } from '../../stepfunctions/execution';
import { jsonProblem } from '../../stepfunctions/json-problem';
import type { OperationOf } from '../stateful';
import { invalidOutput } from './errors';
import type { StatesState } from './state';
import { onStateMachine, waiterOf } from './task-token';

/** Answers once the task's success is on disk. */
export const SendTaskSuccess: OperationOf<StatesState, SendTaskSuccessInput, object> = (state) => ({
  authorize: ({ taskToken }) => onStateMachine('SendTaskSuccess', taskToken),

  async handle({ taskToken, output }) {
    const data = parse(output);
    const waiter = await waiterOf(state(), taskToken);
    await waiter.succeed(data);
    return {};
  },
});

function parse(output: string | undefined): Data {
  const data = Data.parse(output ?? '');
  if (data.exceeds(AWS_LIMITS.payloadBytes)) {
    throw invalidOutput(`Output exceeds the maximum of ${AWS_LIMITS.payloadBytes} bytes`);
  }
  const problem = jsonProblem(output ?? '');
  if (problem !== undefined) throw invalidOutput(problem);
  return data;
}

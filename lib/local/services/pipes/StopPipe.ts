import type { StopPipeCommandInput, StopPipeCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<StopPipeCommandOutput, '$metadata'>;

export const StopPipe: OperationOf<PipesState, StopPipeCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'pipes:StopPipe', resource: pipeArn(cloud, Name) }],

  async handle({ Name }, { cloud }) {
    const before = state().pipe(Name);
    const pipe = await state().put({ ...before, desiredState: 'STOPPED', modifiedAt: cloud.clock.now() });
    return { ...pipeAnswer(pipe), CurrentState: 'STOPPING' };
  },
});

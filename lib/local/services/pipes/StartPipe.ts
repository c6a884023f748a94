import type { StartPipeCommandInput, StartPipeCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<StartPipeCommandOutput, '$metadata'>;

export const StartPipe: OperationOf<PipesState, StartPipeCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'pipes:StartPipe', resource: pipeArn(cloud, Name) }],

  async handle({ Name }, { cloud }) {
    const before = state().pipe(Name);
    const pipe = await state().put({ ...before, desiredState: 'RUNNING', modifiedAt: cloud.clock.now() });
    return { ...pipeAnswer(pipe), CurrentState: 'STARTING' };
  },
});

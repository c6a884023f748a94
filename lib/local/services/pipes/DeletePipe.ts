import type { DeletePipeCommandInput, DeletePipeCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<DeletePipeCommandOutput, '$metadata'>;

export const DeletePipe: OperationOf<PipesState, DeletePipeCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'pipes:DeletePipe', resource: pipeArn(cloud, Name) }],

  async handle({ Name }) {
    const pipe = state().pipe(Name);
    await state().remove(pipe);
    return { ...pipeAnswer(pipe), DesiredState: 'DELETED', CurrentState: 'DELETING' };
  },
});

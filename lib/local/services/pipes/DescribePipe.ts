import type { DescribePipeCommandInput, DescribePipeCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<DescribePipeCommandOutput, '$metadata'>;

export const DescribePipe: OperationOf<PipesState, DescribePipeCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'pipes:DescribePipe', resource: pipeArn(cloud, Name) }],

  async handle({ Name }) {
    const pipe = state().pipe(Name);
    const { SourceParameters, ...input } = pipe.input;
    return {
      ...input,
      SourceParameters: { SqsQueueParameters: { BatchSize: 10 }, ...SourceParameters },
      ...pipeAnswer(pipe),
      ...(pipe.stateReason ? { StateReason: pipe.stateReason } : {}),
      Tags: { ...pipe.tags },
    };
  },
});

import type { ListPipesCommandInput, ListPipesCommandOutput } from '@aws-sdk/client-pipes';
import { type OperationOf, page } from '../stateful';
import { pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<ListPipesCommandOutput, '$metadata'>;

export const ListPipes: OperationOf<PipesState, ListPipesCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'pipes:ListPipes', resource: pipeArn(cloud, '*') }],

  async handle({
    NamePrefix = '',
    DesiredState,
    CurrentState,
    SourcePrefix = '',
    TargetPrefix = '',
    Limit = 100,
    NextToken,
  }) {
    const pipes = [...state().pipes.values()]
      .filter(({ name }) => name.startsWith(NamePrefix))
      .filter(({ desiredState }) => !DesiredState || desiredState === DesiredState)
      .filter(({ currentState }) => !CurrentState || currentState === CurrentState)
      .filter(({ input }) => input.Source?.startsWith(SourcePrefix) && input.Target?.startsWith(TargetPrefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(pipes, Limit, NextToken);
    const Pipes = items.map((pipe) => ({
      ...pipeAnswer(pipe),
      ...(pipe.stateReason ? { StateReason: pipe.stateReason } : {}),
      Source: pipe.input.Source,
      Target: pipe.input.Target,
      ...(pipe.input.Enrichment ? { Enrichment: pipe.input.Enrichment } : {}),
    }));
    return { Pipes, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});

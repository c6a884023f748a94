import type { UpdatePipeCommandInput, UpdatePipeCommandOutput } from '@aws-sdk/client-pipes';
import { type OperationOf, requireMembers } from '../stateful';
import { passRole } from './pass-role';
import { assertValidPipe, type PipeInput, pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<UpdatePipeCommandOutput, '$metadata'>;

/** What is not given stays. The source itself cannot change, only its parameters. */
export const UpdatePipe: OperationOf<PipesState, UpdatePipeCommandInput, Output> = (state) => ({
  authorize: ({ Name, RoleArn }, { cloud }) => [
    { action: 'pipes:UpdatePipe', resource: pipeArn(cloud, Name) },
    ...passRole(RoleArn),
  ],

  async handle(given, { cloud }) {
    requireMembers(given, 'Name', 'RoleArn');
    const { Name: name, DesiredState, SourceParameters, ...changes } = given;
    const before = state().pipe(name);
    const input = {
      ...before.input,
      ...changes,
      ...(SourceParameters ? { SourceParameters: { ...before.input.SourceParameters, ...SourceParameters } } : {}),
    } as PipeInput;
    assertValidPipe(name, input);
    const desiredState = DesiredState ?? before.desiredState;
    const pipe = await state().put({ ...before, input, desiredState, modifiedAt: cloud.clock.now() });
    return { ...pipeAnswer(pipe), CurrentState: 'UPDATING' };
  },
});

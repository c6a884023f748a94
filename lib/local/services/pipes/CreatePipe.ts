import type { CreatePipeCommandInput, CreatePipeCommandOutput } from '@aws-sdk/client-pipes';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { passRole } from './pass-role';
import { assertValidPipe, pipeAnswer, pipeArn } from './record';
import type { PipesState } from './state';

type Output = Omit<CreatePipeCommandOutput, '$metadata'>;

export const CreatePipe: OperationOf<PipesState, CreatePipeCommandInput, Output> = (state) => ({
  authorize: ({ Name, RoleArn }, { cloud }) => [
    { action: 'pipes:CreatePipe', resource: pipeArn(cloud, Name) },
    ...passRole(RoleArn),
  ],

  async handle(given, { cloud }) {
    requireMembers(given, 'Name', 'Source', 'Target', 'RoleArn');
    const { Name: name, DesiredState = 'RUNNING', Tags = {}, ...input } = given;
    assertValidPipe(name, input);
    if (state().pipes.has(name)) throw new AwsError('ConflictException', `Pipe ${name} already exists.`, 409);
    const now = cloud.clock.now();
    const pipe = await state().put({
      name,
      arn: pipeArn(cloud, name),
      input,
      desiredState: DesiredState,
      currentState: 'CREATING',
      tags: Tags,
      createdAt: now,
      modifiedAt: now,
    });
    return { ...pipeAnswer(pipe), CurrentState: 'CREATING' };
  },
});

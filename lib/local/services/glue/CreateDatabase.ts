import type { CreateDatabaseCommandInput, CreateDatabaseCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, fold, type GlueState } from './state';

type Output = Omit<CreateDatabaseCommandOutput, '$metadata'>;

export const CreateDatabase: OperationOf<GlueState, CreateDatabaseCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseInput }, context) => accessTo('CreateDatabase', context, DatabaseInput?.Name ?? ''),

  async handle(input, { cloud }) {
    requireMembers(input, 'DatabaseInput');
    const name = fold(input.DatabaseInput.Name);
    if (state().databases.has(name)) throw new AwsError('AlreadyExistsException', 'Database already exists.');
    await state().databases.set(name, {
      name,
      input: input.DatabaseInput,
      createdAt: cloud.clock.now(),
      tags: input.Tags ?? {},
    });
    return {};
  },
});

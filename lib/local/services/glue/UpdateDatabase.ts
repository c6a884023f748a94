import type { UpdateDatabaseCommandInput, UpdateDatabaseCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type GlueState } from './state';

type Output = Omit<UpdateDatabaseCommandOutput, '$metadata'>;

export const UpdateDatabase: OperationOf<GlueState, UpdateDatabaseCommandInput, Output> = (state) => ({
  authorize: ({ Name = '' }, context) => accessTo('UpdateDatabase', context, Name),

  async handle(input) {
    requireMembers(input, 'Name', 'DatabaseInput');
    const database = state().database(input.Name);
    await state().databases.set(database.name, { ...database, input: input.DatabaseInput });
    return {};
  },
});

import type { DeleteDatabaseCommandInput, DeleteDatabaseCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { accessTo, type GlueState } from './state';

type Output = Omit<DeleteDatabaseCommandOutput, '$metadata'>;

/** Its tables and their partitions go with it. */
export const DeleteDatabase: OperationOf<GlueState, DeleteDatabaseCommandInput, Output> = (state) => ({
  authorize: ({ Name = '' }, context) => accessTo('DeleteDatabase', context, Name),

  async handle({ Name }) {
    const { name } = state().database(Name);
    await Promise.all(
      state()
        .tablesOf(name)
        .map((table) => state().deleteTable(table)),
    );
    await state().databases.delete(name);
    return {};
  },
});

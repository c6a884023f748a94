import type { DeleteTableCommandInput, DeleteTableCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { accessTo, type GlueState } from './state';

type Output = Omit<DeleteTableCommandOutput, '$metadata'>;

export const DeleteTable: OperationOf<GlueState, DeleteTableCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', Name = '' }, context) => accessTo('DeleteTable', context, DatabaseName, Name),

  async handle({ DatabaseName, Name }) {
    await state().deleteTable(state().table(DatabaseName, Name));
    return {};
  },
});

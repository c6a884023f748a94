import type { GetTableCommandInput, GetTableCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { describeTable } from './describe';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetTableCommandOutput, '$metadata'>;

export const GetTable: OperationOf<GlueState, GetTableCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', Name = '' }, context) => accessTo('GetTable', context, DatabaseName, Name),

  async handle({ DatabaseName, Name }, { cloud }) {
    return { Table: describeTable(state().table(DatabaseName, Name), cloud) };
  },
});

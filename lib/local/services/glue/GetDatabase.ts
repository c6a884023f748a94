import type { GetDatabaseCommandInput, GetDatabaseCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { describeDatabase } from './describe';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetDatabaseCommandOutput, '$metadata'>;

export const GetDatabase: OperationOf<GlueState, GetDatabaseCommandInput, Output> = (state) => ({
  authorize: ({ Name = '' }, context) => accessTo('GetDatabase', context, Name),

  async handle({ Name }, { cloud }) {
    return { Database: describeDatabase(state().database(Name), cloud) };
  },
});

import type { GetDatabasesCommandInput, GetDatabasesCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, page } from '../stateful';
import { describeDatabase } from './describe';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetDatabasesCommandOutput, '$metadata'>;

export const GetDatabases: OperationOf<GlueState, GetDatabasesCommandInput, Output> = (state) => ({
  authorize: (_, context) => accessTo('GetDatabases', context, '*'),

  async handle({ MaxResults = 100, NextToken }, { cloud }) {
    const databases = [...state().databases.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(databases, MaxResults, NextToken);
    return {
      DatabaseList: items.map((database) => describeDatabase(database, cloud)),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});

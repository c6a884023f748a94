import type { GetTablesCommandInput, GetTablesCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../service';
import { type OperationOf, page } from '../stateful';
import { describeTable } from './describe';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetTablesCommandOutput, '$metadata'>;

export const GetTables: OperationOf<GlueState, GetTablesCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '' }, context) => accessTo('GetTables', context, DatabaseName, '*'),

  async handle({ DatabaseName, Expression, MaxResults = 100, NextToken }, { cloud }) {
    const matches = nameFilter(Expression);
    const tables = state()
      .tablesOf(state().database(DatabaseName).name)
      .filter(({ name }) => matches.test(name));
    const { items, nextToken } = page(tables, MaxResults, NextToken);
    return {
      TableList: items.map((table) => describeTable(table, cloud)),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});

function nameFilter(expression = '.*'): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`, 'i');
  } catch {
    throw new AwsError('InvalidInputException', `The expression ${expression} is no regular expression.`);
  }
}

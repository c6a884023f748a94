import type { ListStatementsRequest, ListStatementsResponse, StatementData } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { accessToStatement, principalArn, type RedshiftData } from './state';
import type { Statement } from './statement';

const DEFAULT_PAGE = 100;

/** The caller's own statements of the last day, newest first. */
export const ListStatements: OperationOf<RedshiftData, ListStatementsRequest, ListStatementsResponse> = (current) => ({
  authorize: (_input, context) => accessToStatement('ListStatements', context),

  async handle(input, { principal, cloud }) {
    const state = current();
    const caller = principalArn(principal, cloud.account);
    const role = (arn: string) => (input.RoleLevel === false ? arn : arn.split('/').slice(0, 2).join('/'));
    const all = (await state.journal.list()).map((statement) => state.executor.active(statement.id) ?? statement);
    const chosen = all.filter(
      ({ name = '', status, principal: owner, database, workgroup }) =>
        // An administrator sees all, which is what a console on the local cloud needs.
        (principal.kind === 'admin' || role(owner) === role(caller)) &&
        (!input.StatementName || name.startsWith(input.StatementName)) &&
        (!input.Status || input.Status === 'ALL' || input.Status === status) &&
        (!input.Database || input.Database === database) &&
        (!input.WorkgroupName || input.WorkgroupName === workgroup),
    );
    const { items, nextToken } = page(chosen, input.MaxResults || DEFAULT_PAGE, input.NextToken);
    return { Statements: items.map(data), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});

function data(statement: Statement): StatementData {
  const { parts } = statement;
  return {
    Id: statement.id,
    ...(statement.batch ? { QueryStrings: parts.map(({ sql }) => sql) } : { QueryString: parts[0]!.sql }),
    ...(statement.secretArn === undefined ? {} : { SecretArn: statement.secretArn }),
    Status: statement.status,
    ...(statement.name === undefined ? {} : { StatementName: statement.name }),
    CreatedAt: new Date(statement.createdAt),
    UpdatedAt: new Date(statement.updatedAt),
    ...(statement.parameters.length > 0 ? { QueryParameters: [...statement.parameters] } : {}),
    IsBatchStatement: statement.batch,
    ResultFormat: 'JSON',
  };
}

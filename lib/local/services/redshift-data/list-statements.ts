import type { ListStatementsRequest, ListStatementsResponse, StatementData } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { validation } from './errors';
import { accessToStatement, enumeration, isOwner, principalArn, type RedshiftData } from './state';
import type { Statement } from './statement';

const DEFAULT_PAGE = 100;
const STATUSES = ['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED', 'ABORTED', 'FAILED', 'ALL'];

/** The caller's own statements of the last day, newest first. */
export const ListStatements: OperationOf<RedshiftData, ListStatementsRequest, ListStatementsResponse> = (current) => ({
  authorize: (_input, context) => accessToStatement('ListStatements', context),

  async handle(input, context) {
    const state = current();
    enumeration('status', input.Status, STATUSES);
    const { MaxResults: size = 0 } = input;
    if (size < 0 || size > DEFAULT_PAGE)
      throw validation(
        `1 validation error detected: Value '${size}' at 'maxResults' failed to satisfy constraint: Member must have value ${size < 0 ? 'greater than or equal to 0' : `less than or equal to ${DEFAULT_PAGE}`}`,
      );
    const caller = principalArn(context.principal, context.cloud.account);
    // Of the role, or of this session alone.
    const isListed = (statement: Statement) =>
      isOwner(statement, context) &&
      (input.RoleLevel !== false || context.principal.kind === 'admin' || statement.principal === caller);
    const all = (await state.journal.list()).map((statement) => state.executor.active(statement.id) ?? statement);
    const chosen = all.filter(
      (statement) =>
        isListed(statement) &&
        (!input.StatementName || statement.name?.startsWith(input.StatementName)) &&
        (!input.Status || input.Status === 'ALL' || input.Status === statement.status) &&
        (!input.Database || input.Database === statement.database) &&
        (!input.WorkgroupName || input.WorkgroupName === statement.workgroup),
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
    ResultFormat: statement.resultFormat ?? 'JSON',
    ...(statement.sessionId === undefined ? {} : { SessionId: statement.sessionId }),
  };
}

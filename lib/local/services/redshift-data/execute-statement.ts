import type { ExecuteStatementInput, ExecuteStatementOutput } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { accessToWorkgroup, findStatement, type RedshiftData, submit, submitted } from './state';

export const ExecuteStatement: OperationOf<RedshiftData, ExecuteStatementInput, ExecuteStatementOutput> = (
  current,
) => ({
  authorize: (input) => accessToWorkgroup(current(), 'ExecuteStatement', input),

  async handle(input, context) {
    const { Sql, ...rest } = input;
    const accepted = await submit(current(), { ...rest, Sqls: [Sql], batch: false }, context);
    if (!input.WaitTimeSeconds) return submitted(accepted);
    const { statement } = await findStatement(current(), accepted.id, context, input.WaitTimeSeconds);
    const hasResult = statement.parts[0]!.columns !== undefined;
    return { ...submitted(statement), Status: statement.status, RedshiftPid: statement.pid, HasResultSet: hasResult };
  },
});

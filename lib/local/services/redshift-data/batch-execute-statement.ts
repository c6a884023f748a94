import type { BatchExecuteStatementInput, BatchExecuteStatementOutput } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { validation } from './errors';
import { accessToWorkgroup, findStatement, type RedshiftData, submit, submitted } from './state';

const MAX_STATEMENTS = 40;

/** All statements in one transaction, one after the other. */
export const BatchExecuteStatement: OperationOf<
  RedshiftData,
  BatchExecuteStatementInput,
  BatchExecuteStatementOutput
> = (current) => ({
  authorize: (input) => accessToWorkgroup(current(), 'BatchExecuteStatement', input),

  async handle(input, context) {
    const count = input.Sqls?.length ?? 0;
    if (count < 1 || count > MAX_STATEMENTS) {
      throw validation(
        `1 validation error detected: Value at 'sqls' failed to satisfy constraint: Member must have length ${count < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_STATEMENTS}`}`,
      );
    }
    const accepted = await submit(current(), { ...input, Sqls: input.Sqls!, batch: true }, context);
    if (!input.WaitTimeSeconds) return submitted(accepted);
    const { statement } = await findStatement(current(), accepted.id, context, input.WaitTimeSeconds);
    return { ...submitted(statement), Status: statement.status, RedshiftPid: statement.pid };
  },
});

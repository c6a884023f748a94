import type { CancelStatementRequest, CancelStatementResponse } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { validation } from './errors';
import { accessToStatement, findStatement, type RedshiftData } from './state';
import { hasEnded } from './statement';

export const CancelStatement: OperationOf<RedshiftData, CancelStatementRequest, CancelStatementResponse> = (
  current,
) => ({
  authorize: (_input, context) => accessToStatement('CancelStatement', context),

  async handle({ Id }, context) {
    const state = current();
    const { statement } = await findStatement(state, Id, context);
    if (hasEnded(statement)) throw validation(`Could not cancel a query that is already in ${statement.status} state`);
    await state.executor.cancel(statement.id);
    return { Status: true };
  },
});

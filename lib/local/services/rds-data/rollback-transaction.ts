import type { RollbackTransactionRequest, RollbackTransactionResponse } from '@aws-sdk/client-rds-data';
import type { OperationOf } from '../stateful';
import { badRequest, translate } from './errors';
import { login, type RdsData } from './state';

export const RollbackTransaction: OperationOf<RdsData, RollbackTransactionRequest, RollbackTransactionResponse> = (
  current,
) => ({
  authorize: ({ resourceArn }) => [{ action: 'rds-data:RollbackTransaction', resource: resourceArn ?? '*' }],

  async handle(input, context) {
    const state = current();
    if (!input.transactionId) throw badRequest('transactionId is required');
    await login(state, input, context);
    try {
      await state.sessions.end(input.transactionId, 'ROLLBACK');
    } catch (error) {
      throw translate(error);
    }
    return { transactionStatus: 'Rollback Complete' };
  },
});

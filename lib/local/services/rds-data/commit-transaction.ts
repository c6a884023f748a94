import type { CommitTransactionRequest, CommitTransactionResponse } from '@aws-sdk/client-rds-data';
import type { OperationOf } from '../stateful';
import { badRequest, translate } from './errors';
import { login, type RdsData } from './state';

export const CommitTransaction: OperationOf<RdsData, CommitTransactionRequest, CommitTransactionResponse> = (
  current,
) => ({
  authorize: ({ resourceArn }) => [{ action: 'rds-data:CommitTransaction', resource: resourceArn ?? '*' }],

  async handle(input, context) {
    const state = current();
    if (!input.transactionId) throw badRequest('transactionId is required');
    await login(state, input, context);
    try {
      await state.sessions.end(input.transactionId, 'COMMIT');
    } catch (error) {
      throw translate(error);
    }
    return { transactionStatus: 'Transaction Committed' };
  },
});

import type { BeginTransactionRequest, BeginTransactionResponse } from '@aws-sdk/client-rds-data';
import type { OperationOf } from '../stateful';
import { badRequest, translate } from './errors';
import { login, type RdsData } from './state';

export const BeginTransaction: OperationOf<RdsData, BeginTransactionRequest, BeginTransactionResponse> = (current) => ({
  authorize: ({ resourceArn }) => [{ action: 'rds-data:BeginTransaction', resource: resourceArn ?? '*' }],

  async handle(input, context) {
    const state = current();
    if (input.schema) throw badRequest('The schema parameter is not supported for Aurora PostgreSQL.');
    const user = await login(state, input, context);
    try {
      return { transactionId: await state.sessions.begin(user) };
    } catch (error) {
      throw translate(error);
    }
  },
});

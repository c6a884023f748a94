import type { Concurrency, PutFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const PutFunctionConcurrency: OperationOf<LambdaState, PutFunctionConcurrencyRequest, Concurrency> = (
  state,
) => ({
  authorize: (input, context) => onFunction('PutFunctionConcurrency', input.FunctionName as string, context),
  async handle(input) {
    const record = state().function(input.FunctionName as string);
    const reservedConcurrency = input.ReservedConcurrentExecutions as number;
    await state().functions.set(record.name, { ...record, reservedConcurrency });
    return { ReservedConcurrentExecutions: reservedConcurrency };
  },
});

import type { GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const GetFunctionConcurrency: OperationOf<
  LambdaState,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse
> = (state) => ({
  authorize: (input, context) => onFunction('GetFunctionConcurrency', input.FunctionName as string, context),
  async handle(input) {
    const { reservedConcurrency } = state().function(input.FunctionName as string);
    return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
  },
});

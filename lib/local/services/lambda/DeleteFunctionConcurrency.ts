import type { DeleteFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const DeleteFunctionConcurrency: OperationOf<
  LambdaState,
  DeleteFunctionConcurrencyRequest,
  Record<string, never>
> = (state) => ({
  authorize: (input, context) => onFunction('DeleteFunctionConcurrency', input.FunctionName as string, context),
  async handle(input) {
    const { reservedConcurrency: _, ...record } = state().function(input.FunctionName as string);
    await state().functions.set(record.name, record);
    return {};
  },
});

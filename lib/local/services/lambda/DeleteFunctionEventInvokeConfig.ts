import type { DeleteFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const DeleteFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  DeleteFunctionEventInvokeConfigRequest,
  Record<string, never>
> = (state) => ({
  authorize: (input, context) =>
    onFunction('DeleteFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const { asynchronous: _, ...record } = state().function(input.FunctionName as string);
    await state().functions.set(record.name, record);
    return {};
  },
});

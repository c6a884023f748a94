import type { DeleteFunctionRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const DeleteFunction: OperationOf<LambdaState, DeleteFunctionRequest, Record<string, never>> = (state) => ({
  authorize: (input, context) => onFunction('DeleteFunction', input.FunctionName as string, context),
  async handle(input) {
    const { functions, runtime, iam } = state();
    const record = state().function(input.FunctionName as string);
    await functions.delete(record.name);
    iam.registry.removeResourcePolicy(record.arn, 'permissions');
    runtime.retire(record.name);
    return {};
  },
});

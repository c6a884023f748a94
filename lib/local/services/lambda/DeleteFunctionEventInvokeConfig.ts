import type { DeleteFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { requireAsyncConfig, withAsyncConfig } from './event-invoke';
import { checkFunctionName } from './names';
import type { LambdaState } from './state';

export const DeleteFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  DeleteFunctionEventInvokeConfigRequest,
  Record<string, never>
> = (state) => ({
  authorize: (input, context) =>
    onFunction('DeleteFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud }) {
    const { qualifier } = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const record = state().function(input.FunctionName as string);
    requireAsyncConfig(cloud, record, qualifier);
    await state().functions.set(record.name, withAsyncConfig(record, qualifier));
    return {};
  },
});

import type { FunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { eventInvokeConfigOf, requireAsyncConfig } from './event-invoke';
import { checkFunctionName } from './names';
import type { LambdaState } from './state';

export const GetFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  GetFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig
> = (state) => ({
  authorize: (input, context) =>
    onFunction('GetFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud }) {
    const { qualifier } = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const record = state().function(input.FunctionName as string);
    return eventInvokeConfigOf(cloud, record, qualifier, requireAsyncConfig(cloud, record, qualifier));
  },
});

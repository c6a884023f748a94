import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { asyncConfigFrom, eventInvokeConfigOf, withAsyncConfig } from './event-invoke';
import { checkFunctionName } from './names';
import type { LambdaState } from './state';

export const PutFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  PutFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig
> = (state) => ({
  authorize: (input, context) =>
    onFunction('PutFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud }) {
    const { qualifier } = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const record = state().function(input.FunctionName as string);
    const config = asyncConfigFrom(input, record, cloud.clock.now());
    await state().functions.set(record.name, withAsyncConfig(record, qualifier, config));
    return eventInvokeConfigOf(cloud, record, qualifier, config);
  },
});

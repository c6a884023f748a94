import type { FunctionConfiguration, GetFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { configurationOf } from './configuration';
import { checkFunctionName } from './names';
import type { LambdaState } from './state';

export const GetFunctionConfiguration: OperationOf<
  LambdaState,
  GetFunctionConfigurationRequest,
  FunctionConfiguration
> = (state) => ({
  authorize: (input, context) =>
    onFunction('GetFunctionConfiguration', input.FunctionName as string, context, input.Qualifier),
  handle: async (input) =>
    configurationOf(state().versions.resolve(checkFunctionName(input.FunctionName as string, input.Qualifier))),
});

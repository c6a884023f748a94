import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction, passing } from './access';
import { changesOf, configurationOf, refuseInvalid, refuseStale, stamped } from './configuration';
import type { LambdaState } from './state';

export const UpdateFunctionConfiguration: OperationOf<
  LambdaState,
  UpdateFunctionConfigurationRequest,
  FunctionConfiguration
> = (state) => ({
  authorize: (input, context) => [
    ...onFunction('UpdateFunctionConfiguration', input.FunctionName as string, context),
    ...passing(input.Role),
  ],
  async handle(input, context) {
    const { functions, runtime } = state();
    const record = state().function(input.FunctionName as string);
    refuseStale(record.revision, input.RevisionId);
    const updated = stamped({ ...record, ...changesOf(input) }, context);
    refuseInvalid(updated);
    await functions.set(record.name, updated);
    runtime.retire(record.name);
    return configurationOf(updated);
  },
});

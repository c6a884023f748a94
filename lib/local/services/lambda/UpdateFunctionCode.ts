import type { FunctionConfiguration, UpdateFunctionCodeRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { configurationOf, refuseStale, stamped } from './configuration';
import type { LambdaState } from './state';

export const UpdateFunctionCode: OperationOf<LambdaState, UpdateFunctionCodeRequest, FunctionConfiguration> = (
  state,
) => ({
  authorize: (input, context) => onFunction('UpdateFunctionCode', input.FunctionName as string, context),
  async handle(input, context) {
    const { functions, runtime } = state();
    refuseStale(state().function(input.FunctionName as string).revision, input.RevisionId);
    const code = await state().storeCode(input);
    const record = state().function(input.FunctionName as string);
    const architectures = input.Architectures ?? record.architectures;
    const updated = stamped({ ...record, code, architectures }, context);
    if (input.DryRun) return configurationOf(updated);
    await functions.set(record.name, updated);
    runtime.retire(record.name);
    return configurationOf(input.Publish ? await state().versions.publish(updated) : updated);
  },
});

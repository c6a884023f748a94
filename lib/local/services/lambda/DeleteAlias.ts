import type { DeleteAliasRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

/** No error where there is none. */
export const DeleteAlias: OperationOf<LambdaState, DeleteAliasRequest, Record<string, never>> = (state) => ({
  authorize: (input, context) => onFunction('DeleteAlias', input.FunctionName as string, context),
  async handle(input) {
    const { name } = state().function(input.FunctionName as string);
    await state().versions.removeAlias(name, input.Name as string);
    return {};
  },
});

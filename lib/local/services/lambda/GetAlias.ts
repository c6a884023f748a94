import type { AliasConfiguration, GetAliasRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';
import { aliasOutput } from './versions';

export const GetAlias: OperationOf<LambdaState, GetAliasRequest, AliasConfiguration> = (state) => ({
  authorize: (input, context) => onFunction('GetAlias', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const { name } = state().function(input.FunctionName as string);
    return aliasOutput(cloud, state().versions.alias(name, input.Name as string));
  },
});

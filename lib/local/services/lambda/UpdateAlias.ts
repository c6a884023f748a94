import type { AliasConfiguration, UpdateAliasRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { checkWeights } from './alias-weights';
import { refuseStale } from './configuration';
import type { LambdaState } from './state';
import { aliasOutput } from './versions';

export const UpdateAlias: OperationOf<LambdaState, UpdateAliasRequest, AliasConfiguration> = (state) => ({
  authorize: (input, context) => onFunction('UpdateAlias', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const { versions } = state();
    const { name } = state().function(input.FunctionName as string);
    const alias = versions.alias(name, input.Name as string);
    refuseStale(alias.revision, input.RevisionId);
    const version = input.FunctionVersion ?? alias.version;
    versions.resolve({ name, qualifier: version });
    const asked =
      input.RoutingConfig === undefined ? alias.weights : (input.RoutingConfig.AdditionalVersionWeights ?? {});
    const weights = checkWeights(asked, version, name, versions);
    const description = input.Description ?? alias.description;
    return aliasOutput(cloud, await versions.putAlias({ ...alias, version, description, weights }));
  },
});

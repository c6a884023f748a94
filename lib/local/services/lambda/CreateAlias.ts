import type { AliasConfiguration, CreateAliasRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { checkWeights } from './alias-weights';
import { functionArn } from './names';
import type { LambdaState } from './state';
import { aliasOutput } from './versions';

export const CreateAlias: OperationOf<LambdaState, CreateAliasRequest, AliasConfiguration> = (state) => ({
  authorize: (input, context) => onFunction('CreateAlias', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const { versions } = state();
    const { name } = state().function(input.FunctionName as string);
    const alias = input.Name as string;
    const version = input.FunctionVersion as string;
    if (/^[0-9]+$/.test(alias) || !/^[\w-]{1,128}$/.test(alias))
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${alias}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)`,
      );
    if (versions.aliases(name).some((one) => one.name === alias))
      throw new AwsError(
        'ResourceConflictException',
        `Alias already exists: ${functionArn(cloud, { name, qualifier: alias })}`,
        409,
        { Type: 'User' },
      );
    versions.resolve({ name, qualifier: version });
    const weights = checkWeights(input.RoutingConfig?.AdditionalVersionWeights ?? {}, version, name, versions);
    const description = input.Description ?? '';
    return aliasOutput(
      cloud,
      await versions.putAlias({ functionName: name, name: alias, version, description, weights }),
    );
  },
});

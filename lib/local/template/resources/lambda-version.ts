import { createOrUpdate, type ResourceHandler, record, text } from '../resource';
import { unlessGone } from './lambda-permission';

export const lambdaVersion: ResourceHandler = {
  async apply({ properties, host }) {
    const { FunctionArn, Version } = await host.call<{ FunctionArn: string; Version: string }>(
      'lambda',
      'PublishVersion',
      { FunctionName: properties.FunctionName, Description: text(properties.Description) },
    );
    return { physicalId: FunctionArn, attributes: { Version, FunctionArn } };
  },
  async remove({ resource, host }) {
    const { FunctionName } = resource.properties;
    const Qualifier = String(resource.attributes?.Version);
    await host.call('lambda', 'DeleteFunction', { FunctionName, Qualifier }).catch(unlessGone);
  },
};

export const lambdaAlias: ResourceHandler = {
  async apply({ properties, host }) {
    const input = {
      FunctionName: properties.FunctionName,
      Name: properties.Name,
      FunctionVersion: properties.FunctionVersion,
      Description: text(properties.Description) ?? '',
      RoutingConfig: { AdditionalVersionWeights: weightsOf(properties.RoutingConfig) },
    };
    const { AliasArn } = await createOrUpdate(
      () => host.call<{ AliasArn: string }>('lambda', 'CreateAlias', input),
      ['ResourceConflictException'],
      () => host.call<{ AliasArn: string }>('lambda', 'UpdateAlias', input),
    );
    return { physicalId: AliasArn, attributes: { AliasArn } };
  },
  async remove({ resource, host }) {
    const { FunctionName, Name } = resource.properties;
    await host.call('lambda', 'DeleteAlias', { FunctionName, Name }).catch(unlessGone);
  },
};

/** The template lists `{FunctionVersion, FunctionWeight}`; the API takes a map. */
function weightsOf(routing: unknown): Record<string, number> {
  const weights = record(routing).AdditionalVersionWeights;
  if (!Array.isArray(weights)) return {};
  return Object.fromEntries(
    weights.map(({ FunctionVersion, FunctionWeight }: Record<string, unknown>) => [
      String(FunctionVersion),
      Number(FunctionWeight),
    ]),
  );
}

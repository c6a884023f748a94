import { physicalName, type ResourceHandler, text } from '../resource';

export const lambdaPermission: ResourceHandler = {
  async apply({ properties, host, previous, ...request }) {
    const StatementId = physicalName(request, { max: 100 });
    const input = {
      FunctionName: properties.FunctionName,
      StatementId,
      Action: properties.Action,
      Principal: properties.Principal,
      SourceArn: text(properties.SourceArn),
      SourceAccount: text(properties.SourceAccount),
    };
    try {
      await host.call('lambda', 'AddPermission', input);
    } catch (error) {
      if ((error as Error).name !== 'ResourceConflictException') throw error;
      await host.call('lambda', 'RemovePermission', { FunctionName: properties.FunctionName, StatementId });
      await host.call('lambda', 'AddPermission', input);
    }
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  async remove({ resource, host }) {
    const { FunctionName } = resource.properties;
    await host.call('lambda', 'RemovePermission', { FunctionName, StatementId: resource.physicalId }).catch(unlessGone);
  },
};

/** The function went first, and its permissions with it. */
export function unlessGone(error: Error): void {
  if (error.name !== 'ResourceNotFoundException') throw error;
}

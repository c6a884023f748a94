import { type ResourceHandler, unless } from '../resource';

export const secretResourcePolicy: ResourceHandler = {
  async apply({ properties, host }) {
    const { SecretId, ResourcePolicy } = properties;
    const input = { SecretId, ResourcePolicy: JSON.stringify(ResourcePolicy) };
    const { ARN } = await host.call<{ ARN: string }>('secretsmanager', 'PutResourcePolicy', input);
    return { physicalId: ARN, attributes: { Id: ARN } };
  },
  async remove({ resource, host }) {
    await host
      .call('secretsmanager', 'DeleteResourcePolicy', { SecretId: resource.physicalId })
      .catch(unless('ResourceNotFoundException', 'InvalidRequestException'));
  },
};

import { list, type ResourceHandler } from '../resource';
import { camelCased } from './stepfunctions-state-machine';

export const activity: ResourceHandler = {
  async apply({ properties, host }) {
    const { activityArn } = await host.call<{ activityArn: string }>('states', 'CreateActivity', {
      name: properties.Name,
      tags: list(properties.Tags).map(camelCased),
      encryptionConfiguration: camelCased(properties.EncryptionConfiguration),
    });
    return { physicalId: activityArn, attributes: { Arn: activityArn, Name: properties.Name } };
  },
  async remove({ resource, host }) {
    await host.call('states', 'DeleteActivity', { activityArn: resource.physicalId });
  },
};

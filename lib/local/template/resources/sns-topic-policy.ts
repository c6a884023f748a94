import type { PolicyDocument } from '../../iam';
import { list, physicalName, type ResourceHandler } from '../resource';

export const snsTopicPolicy: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, ...request }) {
    for (const arn of list<string>(properties.Topics))
      host.iam.registry.putResourcePolicy(arn, physicalName(request), properties.PolicyDocument as PolicyDocument);
    return { physicalId: physicalName(request) };
  },
  async remove({ resource, host }) {
    for (const arn of list<string>(resource.properties.Topics))
      host.iam.registry.removeResourcePolicy(arn, resource.physicalId);
  },
};

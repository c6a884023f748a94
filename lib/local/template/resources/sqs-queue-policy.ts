import type { PolicyDocument } from '../../iam';
import { type Host, list, physicalName, type ResourceHandler } from '../resource';

export const sqsQueuePolicy: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, ...request }) {
    const id = physicalName(request);
    for (const url of list<string>(properties.Queues))
      host.iam.registry.putResourcePolicy(arnOf(url, host), id, properties.PolicyDocument as PolicyDocument);
    return { physicalId: id, attributes: { Id: id } };
  },
  async remove({ resource, host }) {
    for (const url of list<string>(resource.properties.Queues))
      host.iam.registry.removeResourcePolicy(arnOf(url, host), resource.physicalId);
  },
};

function arnOf(queueUrl: string, { cloud }: Host): string {
  return `arn:aws:sqs:${cloud.region}:${cloud.account}:${queueUrl.split('/').at(-1)}`;
}

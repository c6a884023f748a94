import type { PolicyDocument } from '../../iam';
import { list, physicalName, type ResourceHandler, text } from '../resource';

export const iamPolicy: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, stack, logicalId }) {
    const id = `${stack.name}/${logicalId}`;
    host.iam.registry.attachPolicy(id, properties.PolicyDocument as PolicyDocument, list<string>(properties.Roles));
    return { physicalId: id, attributes: { Id: id } };
  },
  async remove({ resource, host }) {
    host.iam.registry.detachPolicy(resource.physicalId);
  },
};

export const iamManagedPolicy: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, ...request }) {
    const name = physicalName(request, { explicit: properties.ManagedPolicyName, max: 128 });
    const arn = `arn:aws:iam::${host.cloud.account}:policy${text(properties.Path) ?? '/'}${name}`;
    const document = properties.PolicyDocument as PolicyDocument;
    host.iam.registry.putManagedPolicy(arn, document);
    host.iam.registry.attachPolicy(arn, document, list<string>(properties.Roles));
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async remove({ resource, host }) {
    host.iam.registry.removeManagedPolicy(resource.physicalId);
    host.iam.registry.detachPolicy(resource.physicalId);
  },
};

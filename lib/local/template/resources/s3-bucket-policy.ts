import type { PolicyDocument } from '../../iam';
import type { ResourceHandler } from '../resource';

export const s3BucketPolicy: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, stack, logicalId }) {
    const arn = `arn:aws:s3:::${properties.Bucket}`;
    host.iam.registry.putResourcePolicy(arn, `${stack.name}/${logicalId}`, properties.PolicyDocument as PolicyDocument);
    return { physicalId: String(properties.Bucket) };
  },
  async remove({ resource, host, stack, logicalId }) {
    host.iam.registry.removeResourcePolicy(`arn:aws:s3:::${resource.properties.Bucket}`, `${stack.name}/${logicalId}`);
  },
};

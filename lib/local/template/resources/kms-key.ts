import type { PolicyDocument } from '../../iam';
import type { ResourceHandler } from '../resource';
import { uuidOf } from './redshiftserverless-namespace';

/** Nothing is encrypted here; the key is there for what refers to it, and for its policy. */
export const kmsKey: ResourceHandler = {
  holdsData: true,
  volatile: true,
  async apply({ properties, host, stack, logicalId }) {
    const id = uuidOf(`${stack.name}/${logicalId}`);
    const arn = `arn:aws:kms:${host.cloud.region}:${host.cloud.account}:key/${id}`;
    host.iam.registry.putResourcePolicy(arn, 'key policy', properties.KeyPolicy as PolicyDocument);
    return { physicalId: id, attributes: { Arn: arn, KeyId: id } };
  },
};

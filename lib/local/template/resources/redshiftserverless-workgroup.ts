import { type ResourceHandler, text } from '../resource';
import { uuidOf } from './redshiftserverless-namespace';

export const redshiftWorkgroup: ResourceHandler = {
  volatile: true,
  async apply({ properties, host }) {
    const workgroup = String(properties.WorkgroupName);
    const namespace = text(properties.NamespaceName);
    if (namespace === undefined) throw new Error('NamespaceName must be set');
    await host.databases.registerWorkgroup({ workgroup, namespace });
    const id = uuidOf(`workgroup/${workgroup}`);
    return {
      physicalId: workgroup,
      attributes: {
        'Workgroup.WorkgroupArn': `arn:aws:redshift-serverless:${host.cloud.region}:${host.cloud.account}:workgroup/${id}`,
        'Workgroup.WorkgroupId': id,
        'Workgroup.WorkgroupName': workgroup,
        'Workgroup.NamespaceName': namespace,
        'Workgroup.Endpoint.Address': '127.0.0.1',
        'Workgroup.Endpoint.Port': host.databases.port,
      },
    };
  },
};

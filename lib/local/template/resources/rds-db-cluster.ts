import { randomUUID } from 'node:crypto';
import {
  flag,
  type Host,
  list,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  refuseUntrusted,
  text,
} from '../resource';

/** A database on the local PostgreSQL, reached as Aurora's are: by the Data API or by a PostgreSQL client. */
export const rdsDbCluster: ResourceHandler = {
  holdsData: true,
  // The database server is told again at each start, which costs little and mends a lost state folder.
  volatile: true,
  async apply({ properties, host, ...request }) {
    const identifier = physicalName(request, { explicit: properties.DBClusterIdentifier, max: 63, lowerCase: true });
    const masterUser = text(properties.MasterUsername) ?? 'postgres';
    const isManaged = flag(properties.ManageMasterUserPassword) === true;
    const managed = isManaged ? await managedSecret(identifier, masterUser, host) : undefined;
    const masterPassword = managed?.password ?? text(properties.MasterUserPassword);
    if (masterPassword === undefined) throw new Error('MasterUserPassword or ManageMasterUserPassword must be set');
    for (const { RoleArn } of list<Properties>(properties.AssociatedRoles))
      refuseUntrusted(host, RoleArn, 'rds.amazonaws.com');
    await host.databases.registerCluster({
      clusterIdentifier: identifier,
      databaseName: text(properties.DatabaseName) ?? 'postgres',
      masterUser,
      masterPassword,
      httpEndpoint: flag(properties.EnableHttpEndpoint) === true,
      s3ImportRoles: list<Properties>(properties.AssociatedRoles)
        .filter(({ FeatureName }) => FeatureName === 's3Import' || FeatureName === '')
        .map(({ RoleArn }) => String(RoleArn)),
    });
    const arn = `arn:aws:rds:${host.cloud.region}:${host.cloud.account}:cluster:${identifier}`;
    return {
      physicalId: identifier,
      attributes: {
        DBClusterArn: arn,
        DBClusterResourceId: `cluster-${identifier}`,
        'Endpoint.Address': '127.0.0.1',
        'Endpoint.Port': String(host.databases.port),
        'ReadEndpoint.Address': '127.0.0.1',
        ...(managed === undefined ? {} : { 'MasterUserSecret.SecretArn': managed.arn }),
      },
    };
  },
};

/** The secret that RDS makes and owns: `rds!cluster-<id>`. */
async function managedSecret(
  identifier: string,
  username: string,
  host: Host,
): Promise<{ arn: string; password: string }> {
  const Name = `rds!cluster-${identifier}`;
  try {
    const found = await host.call<{ ARN: string; SecretString: string }>('secretsmanager', 'GetSecretValue', {
      SecretId: Name,
    });
    return { arn: found.ARN, password: String(record(JSON.parse(found.SecretString)).password) };
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  }
  const password = randomUUID().replaceAll('-', '');
  const { ARN } = await host.call<{ ARN: string }>('secretsmanager', 'CreateSecret', {
    Name,
    Description: `The administrator of the cluster ${identifier}`,
    SecretString: JSON.stringify({ username, password }),
  });
  return { arn: ARN, password };
}

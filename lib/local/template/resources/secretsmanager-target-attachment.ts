import type { ResourceHandler } from '../resource';

/** Adds to a secret how its database is reached, as RDS clients expect to find it there. */
export const secretTargetAttachment: ResourceHandler = {
  async apply({ properties, host }) {
    const SecretId = String(properties.SecretId);
    const { SecretString } = await host.call<{ SecretString: string }>('secretsmanager', 'GetSecretValue', {
      SecretId,
    });
    const attached = {
      engine: 'postgres',
      host: '127.0.0.1',
      port: host.databases.port,
      dbClusterIdentifier: String(properties.TargetId),
      ...(JSON.parse(SecretString) as object),
    };
    const updated = JSON.stringify(attached);
    if (updated !== SecretString)
      await host.call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: updated });
    return { physicalId: SecretId, attributes: { Id: SecretId } };
  },
};

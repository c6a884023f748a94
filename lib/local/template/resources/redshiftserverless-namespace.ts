import { list, type ResourceHandler, refuseUntrusted, shortHash, text } from '../resource';

/** A database on the local PostgreSQL behind the Redshift dialect. */
export const redshiftNamespace: ResourceHandler = {
  holdsData: true,
  volatile: true,
  async apply({ properties, host }) {
    const name = String(properties.NamespaceName);
    const adminPassword = text(properties.AdminUserPassword);
    if (adminPassword === undefined)
      throw new Error(
        'AdminUserPassword must be set (e.g. by {{resolve:secretsmanager:…}}): ManageAdminPassword is not supported here',
      );
    const defaultIamRole = text(properties.DefaultIamRoleArn);
    for (const role of list<string>(properties.IamRoles)) refuseUntrusted(host, role, 'redshift.amazonaws.com');
    await host.databases.registerNamespace({
      namespace: name,
      dbName: text(properties.DbName) ?? 'dev',
      adminUser: text(properties.AdminUsername) ?? 'admin',
      adminPassword,
      iamRoles: list<string>(properties.IamRoles),
      ...(defaultIamRole === undefined ? {} : { defaultIamRole }),
    });
    const id = uuidOf(`namespace/${name}`);
    const arn = `arn:aws:redshift-serverless:${host.cloud.region}:${host.cloud.account}:namespace/${id}`;
    return {
      physicalId: name,
      attributes: {
        'Namespace.NamespaceArn': arn,
        'Namespace.NamespaceId': id,
        'Namespace.NamespaceName': name,
        'Namespace.DbName': text(properties.DbName) ?? 'dev',
        'Namespace.AdminUsername': text(properties.AdminUsername) ?? 'admin',
      },
    };
  },
};

export function uuidOf(text: string): string {
  return shortHash(text, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

import { type PolicyDocument, roleIdOf } from '../../iam';
import { type Host, list, type Properties, physicalName, type ResourceHandler, tagMap, text } from '../resource';

export const iamRole: ResourceHandler = {
  volatile: true,
  async apply({ properties, host, ...request }) {
    const name = physicalName(request, { explicit: properties.RoleName, max: 64 });
    const arn = `arn:aws:iam::${host.cloud.account}:role${text(properties.Path) ?? '/'}${name}`;
    const boundary = text(properties.PermissionsBoundary);
    const managedPolicyArns = list<string>(properties.ManagedPolicyArns);
    for (const policy of managedPolicyArns) sayUnknown(policy, `${request.stack.name}/${request.logicalId}`, host);
    host.iam.registry.putRole({
      arn,
      name,
      trust: properties.AssumeRolePolicyDocument as PolicyDocument,
      inline: Object.fromEntries(
        list<Properties>(properties.Policies).map((policy) => [
          String(policy.PolicyName),
          policy.PolicyDocument as PolicyDocument,
        ]),
      ),
      managedPolicyArns,
      tags: tagMap(properties.Tags),
      ...(boundary === undefined ? {} : { permissionsBoundaryArn: boundary }),
    });
    return { physicalId: name, attributes: { Arn: arn, RoleId: roleIdOf(arn) } };
  },
  async remove({ resource, host }) {
    host.iam.registry.removeRole(String(resource.attributes?.Arn));
  },
};

function sayUnknown(arn: string, where: string, { cloud, iam }: Host): void {
  if (arn.includes(':iam::aws:policy/') && !iam.registry.hasManagedPolicy(arn))
    cloud.log(`${where}: the local cloud does not know the managed policy ${arn}, so it grants nothing here`);
}

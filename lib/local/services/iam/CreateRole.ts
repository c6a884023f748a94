import type { CreateRoleCommandInput, CreateRoleCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { alreadyExists, checkName, onRole, parsePolicy, roleOutput } from './entities';

type Output = Omit<CreateRoleCommandOutput, '$metadata'>;

export const createRole = (registry: IamRegistry): Operation<CreateRoleCommandInput, Output> => ({
  authorize: (input, context) => onRole('CreateRole', input.RoleName, context),

  async handle(input, { cloud }) {
    const name = checkName('roleName', input.RoleName);
    if (registry.roles().some((role) => role.name === name))
      throw alreadyExists(`Role with name ${name} already exists.`);
    const boundary = input.PermissionsBoundary;
    const role = {
      arn: `arn:aws:iam::${cloud.account}:role${input.Path ?? '/'}${name}`,
      name,
      trust: parsePolicy(input.AssumeRolePolicyDocument),
      inline: {},
      managedPolicyArns: [],
      createdAt: cloud.clock.now(),
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.MaxSessionDuration === undefined ? {} : { maxSessionSeconds: input.MaxSessionDuration }),
      ...(boundary === undefined ? {} : { permissionsBoundaryArn: boundary }),
      tags: Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    };
    registry.putRole(role);
    return { Role: roleOutput(role) };
  },
});

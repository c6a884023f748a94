import type { DetachRolePolicyCommandInput, DetachRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { noSuchEntity, onRole, roleNamed } from './entities';

type Output = Omit<DetachRolePolicyCommandOutput, '$metadata'>;

export const detachRolePolicy = (registry: IamRegistry): Operation<DetachRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('DetachRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    if (!role.managedPolicyArns.includes(input.PolicyArn ?? ''))
      throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
    registry.putRole({ ...role, managedPolicyArns: role.managedPolicyArns.filter((arn) => arn !== input.PolicyArn) });
    return {};
  },
});

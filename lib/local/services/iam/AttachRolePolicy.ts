import type { AttachRolePolicyCommandInput, AttachRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { noSuchEntity, onRole, roleNamed } from './entities';

type Output = Omit<AttachRolePolicyCommandOutput, '$metadata'>;

export const attachRolePolicy = (registry: IamRegistry): Operation<AttachRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('AttachRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const arn = input.PolicyArn ?? '';
    if (!registry.hasManagedPolicy(arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    registry.putRole({ ...role, managedPolicyArns: [...new Set([...role.managedPolicyArns, arn])] });
    return {};
  },
});

import type { UpdateAssumeRolePolicyCommandInput, UpdateAssumeRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, parsePolicy, roleNamed } from './entities';

type Output = Omit<UpdateAssumeRolePolicyCommandOutput, '$metadata'>;

export const updateAssumeRolePolicy = (
  registry: IamRegistry,
): Operation<UpdateAssumeRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('UpdateAssumeRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    registry.putRole({ ...role, trust: parsePolicy(input.PolicyDocument) });
    return {};
  },
});

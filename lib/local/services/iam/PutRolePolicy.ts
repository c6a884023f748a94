import type { PutRolePolicyCommandInput, PutRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { checkName, onRole, parsePolicy, roleNamed } from './entities';

type Output = Omit<PutRolePolicyCommandOutput, '$metadata'>;

export const putRolePolicy = (registry: IamRegistry): Operation<PutRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('PutRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const name = checkName('policyName', input.PolicyName);
    registry.putRole({ ...role, inline: { ...role.inline, [name]: parsePolicy(input.PolicyDocument) } });
    return {};
  },
});

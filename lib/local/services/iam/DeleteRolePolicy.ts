import type { DeleteRolePolicyCommandInput, DeleteRolePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { noSuchEntity, onRole, roleNamed } from './entities';

type Output = Omit<DeleteRolePolicyCommandOutput, '$metadata'>;

export const deleteRolePolicy = (registry: IamRegistry): Operation<DeleteRolePolicyCommandInput, Output> => ({
  authorize: (input, context) => onRole('DeleteRolePolicy', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const { [input.PolicyName ?? '']: document, ...inline } = role.inline;
    if (document === undefined) throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
    registry.putRole({ ...role, inline });
    return {};
  },
});

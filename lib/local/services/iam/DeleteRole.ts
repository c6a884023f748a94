import type { DeleteRoleCommandInput, DeleteRoleCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { deleteConflict, onRole, roleNamed } from './entities';

type Output = Omit<DeleteRoleCommandOutput, '$metadata'>;

export const deleteRole = (registry: IamRegistry): Operation<DeleteRoleCommandInput, Output> => ({
  authorize: (input, context) => onRole('DeleteRole', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    if (Object.keys(role.inline).length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    if (role.managedPolicyArns.length > 0)
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    registry.removeRole(role.arn);
    return {};
  },
});

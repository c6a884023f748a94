import type {
  DeleteRolePermissionsBoundaryCommandInput,
  DeleteRolePermissionsBoundaryCommandOutput,
} from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed } from './entities';

type Output = Omit<DeleteRolePermissionsBoundaryCommandOutput, '$metadata'>;

export const deleteRolePermissionsBoundary = (
  registry: IamRegistry,
): Operation<DeleteRolePermissionsBoundaryCommandInput, Output> => ({
  authorize: (input, context) => onRole('DeleteRolePermissionsBoundary', input.RoleName, context),

  async handle(input) {
    const { permissionsBoundaryArn: _, ...role } = roleNamed(registry, input.RoleName);
    registry.putRole(role);
    return {};
  },
});

import type {
  PutRolePermissionsBoundaryCommandInput,
  PutRolePermissionsBoundaryCommandOutput,
} from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { noSuchEntity, onRole, roleNamed } from './entities';

type Output = Omit<PutRolePermissionsBoundaryCommandOutput, '$metadata'>;

export const putRolePermissionsBoundary = (
  registry: IamRegistry,
): Operation<PutRolePermissionsBoundaryCommandInput, Output> => ({
  authorize: (input, context) => onRole('PutRolePermissionsBoundary', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const arn = input.PermissionsBoundary ?? '';
    if (!registry.hasManagedPolicy(arn)) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
    registry.putRole({ ...role, permissionsBoundaryArn: arn });
    return {};
  },
});

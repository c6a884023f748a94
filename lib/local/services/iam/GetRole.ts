import type { GetRoleCommandInput, GetRoleCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed, roleOutput } from './entities';

type Output = Omit<GetRoleCommandOutput, '$metadata'>;

export const getRole = (registry: IamRegistry): Operation<GetRoleCommandInput, Output> => ({
  authorize: (input, context) => onRole('GetRole', input.RoleName, context),

  async handle(input) {
    return { Role: roleOutput(roleNamed(registry, input.RoleName)) };
  },
});

import type { UntagRoleCommandInput, UntagRoleCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed } from './entities';

type Output = Omit<UntagRoleCommandOutput, '$metadata'>;

export const untagRole = (registry: IamRegistry): Operation<UntagRoleCommandInput, Output> => ({
  authorize: (input, context) => onRole('UntagRole', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const gone = new Set(input.TagKeys);
    const tags = Object.fromEntries(Object.entries(role.tags ?? {}).filter(([key]) => !gone.has(key)));
    registry.putRole({ ...role, tags });
    return {};
  },
});

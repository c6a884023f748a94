import type { TagRoleCommandInput, TagRoleCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed } from './entities';

type Output = Omit<TagRoleCommandOutput, '$metadata'>;

export const tagRole = (registry: IamRegistry): Operation<TagRoleCommandInput, Output> => ({
  authorize: (input, context) => onRole('TagRole', input.RoleName, context),

  async handle(input) {
    const role = roleNamed(registry, input.RoleName);
    const tags = Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
    registry.putRole({ ...role, tags: { ...role.tags, ...tags } });
    return {};
  },
});

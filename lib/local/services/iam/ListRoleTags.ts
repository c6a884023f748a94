import type { ListRoleTagsCommandInput, ListRoleTagsCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed, tagList } from './entities';

type Output = Omit<ListRoleTagsCommandOutput, '$metadata'>;

export const listRoleTags = (registry: IamRegistry): Operation<ListRoleTagsCommandInput, Output> => ({
  authorize: (input, context) => onRole('ListRoleTags', input.RoleName, context),

  async handle(input) {
    return { Tags: tagList(roleNamed(registry, input.RoleName).tags), IsTruncated: false };
  },
});

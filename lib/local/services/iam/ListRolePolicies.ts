import type { ListRolePoliciesCommandInput, ListRolePoliciesCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed } from './entities';

type Output = Omit<ListRolePoliciesCommandOutput, '$metadata'>;

export const listRolePolicies = (registry: IamRegistry): Operation<ListRolePoliciesCommandInput, Output> => ({
  authorize: (input, context) => onRole('ListRolePolicies', input.RoleName, context),

  async handle(input) {
    return { PolicyNames: Object.keys(roleNamed(registry, input.RoleName).inline), IsTruncated: false };
  },
});

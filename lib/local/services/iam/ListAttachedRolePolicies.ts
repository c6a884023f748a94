import type { ListAttachedRolePoliciesCommandInput, ListAttachedRolePoliciesCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { onRole, roleNamed } from './entities';

type Output = Omit<ListAttachedRolePoliciesCommandOutput, '$metadata'>;

export const listAttachedRolePolicies = (
  registry: IamRegistry,
): Operation<ListAttachedRolePoliciesCommandInput, Output> => ({
  authorize: (input, context) => onRole('ListAttachedRolePolicies', input.RoleName, context),

  async handle(input) {
    const { managedPolicyArns } = roleNamed(registry, input.RoleName);
    const AttachedPolicies = managedPolicyArns.map((PolicyArn) => ({
      PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf('/') + 1),
      PolicyArn,
    }));
    return { AttachedPolicies, IsTruncated: false };
  },
});

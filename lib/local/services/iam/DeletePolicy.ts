import type { DeletePolicyCommandInput, DeletePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { deleteConflict, noSuchEntity, onPolicy } from './entities';

type Output = Omit<DeletePolicyCommandOutput, '$metadata'>;

export const deletePolicy = (registry: IamRegistry): Operation<DeletePolicyCommandInput, Output> => ({
  authorize: (input) => onPolicy('DeletePolicy', input.PolicyArn),

  async handle(input) {
    const arn = input.PolicyArn ?? '';
    if (!registry.hasManagedPolicy(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
    if (registry.roles().some(({ managedPolicyArns }) => managedPolicyArns.includes(arn)))
      throw deleteConflict('Cannot delete a policy attached to entities.');
    registry.removeManagedPolicy(arn);
    return {};
  },
});

import type { GetPolicyCommandInput, GetPolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { noSuchEntity, onPolicy, policyOutput } from './entities';

type Output = Omit<GetPolicyCommandOutput, '$metadata'>;

export const getPolicy = (registry: IamRegistry): Operation<GetPolicyCommandInput, Output> => ({
  authorize: (input) => onPolicy('GetPolicy', input.PolicyArn),

  async handle(input) {
    const arn = input.PolicyArn ?? '';
    if (!registry.hasManagedPolicy(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
    return { Policy: policyOutput(arn) };
  },
});

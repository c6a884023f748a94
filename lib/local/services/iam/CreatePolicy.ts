import type { CreatePolicyCommandInput, CreatePolicyCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { alreadyExists, checkName, onPolicy, parsePolicy, policyOutput } from './entities';

type Output = Omit<CreatePolicyCommandOutput, '$metadata'>;

export const createPolicy = (registry: IamRegistry): Operation<CreatePolicyCommandInput, Output> => ({
  authorize: () => onPolicy('CreatePolicy', undefined),

  async handle(input, { cloud }) {
    const name = checkName('policyName', input.PolicyName);
    const arn = `arn:aws:iam::${cloud.account}:policy${input.Path ?? '/'}${name}`;
    if (registry.hasManagedPolicy(arn))
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    registry.putManagedPolicy(arn, parsePolicy(input.PolicyDocument));
    return { Policy: policyOutput(arn) };
  },
});

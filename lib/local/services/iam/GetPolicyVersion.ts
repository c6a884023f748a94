import type { GetPolicyVersionCommandInput, GetPolicyVersionCommandOutput } from '@aws-sdk/client-iam';
import type { IamRegistry } from '../../iam';
import type { Operation } from '../../service';
import { encoded, noSuchEntity, ONLY_VERSION, onPolicy } from './entities';

type Output = Omit<GetPolicyVersionCommandOutput, '$metadata'>;

export const getPolicyVersion = (registry: IamRegistry): Operation<GetPolicyVersionCommandInput, Output> => ({
  authorize: (input) => onPolicy('GetPolicyVersion', input.PolicyArn),

  async handle(input) {
    const document = registry.managedDocument(input.PolicyArn ?? '');
    if (document === undefined || input.VersionId !== ONLY_VERSION)
      throw noSuchEntity(`Policy ${input.PolicyArn} version ${input.VersionId} does not exist or is not attachable.`);
    return { PolicyVersion: { Document: encoded(document), VersionId: ONLY_VERSION, IsDefaultVersion: true } };
  },
});

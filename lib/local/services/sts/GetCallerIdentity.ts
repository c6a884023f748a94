import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import { identityOf } from '../../iam';
import type { Operation } from '../../service';

type Output = Omit<GetCallerIdentityCommandOutput, '$metadata'>;

/** Everybody may ask who they are. */
export const GetCallerIdentity: Operation<GetCallerIdentityCommandInput, Output> = {
  authorize: () => [],

  async handle(_, { cloud, principal }) {
    const { arn, userId } = identityOf(principal, cloud.account);
    return { Account: cloud.account, Arn: arn, UserId: userId };
  },
};

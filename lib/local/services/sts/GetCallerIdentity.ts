import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Operation } from '../../service';
import { identityOf } from './identity';

type Output = Omit<GetCallerIdentityCommandOutput, '$metadata'>;

/** Everybody may ask who they are. */
export const GetCallerIdentity: Operation<GetCallerIdentityCommandInput, Output> = {
  authorize: () => [],

  async handle(_, context) {
    const { arn, userId } = identityOf(context);
    return { Account: context.cloud.account, Arn: arn, UserId: userId };
  },
};

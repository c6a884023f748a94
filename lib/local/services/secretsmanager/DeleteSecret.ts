import type { DeleteSecretCommandInput, DeleteSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { applyOwnPolicy } from '../resource-policy';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;
const LEAST_WINDOW_DAYS = 7;

type Output = Omit<DeleteSecretCommandOutput, '$metadata'>;

export const DeleteSecret: OperationOf<SecretsState, DeleteSecretCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('DeleteSecret', SecretId, state(), context),

  async handle(input, { cloud }) {
    requireMembers(input, 'SecretId');
    const { RecoveryWindowInDays, ForceDeleteWithoutRecovery } = input;
    if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
      const message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
      throw new AwsError('InvalidParameterException', message);
    }
    const days = RecoveryWindowInDays ?? DEFAULT_WINDOW_DAYS;
    if (days < LEAST_WINDOW_DAYS || days > DEFAULT_WINDOW_DAYS)
      throw new AwsError(
        'InvalidParameterException',
        `The RecoveryWindowInDays value must be between ${LEAST_WINDOW_DAYS} and ${DEFAULT_WINDOW_DAYS} days (inclusive).`,
      );
    const secret = state().get(input.SecretId);
    const now = cloud.clock.now();
    if (ForceDeleteWithoutRecovery) {
      await state().secrets.delete(secret.name);
      applyOwnPolicy(state().policies, secret.arn, undefined);
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(now) };
    }
    const deleteAt = now + days * DAY_MS;
    await state().put({ ...secret, deletedAt: now, deleteAt });
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(deleteAt) };
  },
});

import type { PutRetentionPolicyCommandInput, PutRetentionPolicyCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<PutRetentionPolicyCommandOutput, '$metadata'>;

const ALLOWED_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const PutRetentionPolicy: OperationOf<LogsState, PutRetentionPolicyCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('PutRetentionPolicy', cloud, logGroupName),

  async handle(input) {
    requireMembers(input, 'logGroupName', 'retentionInDays');
    if (!ALLOWED_DAYS.includes(input.retentionInDays)) {
      const message = `retentionInDays ${input.retentionInDays} is not valid: use one of ${ALLOWED_DAYS.join(', ')}`;
      throw new AwsError('InvalidParameterException', message);
    }
    const group = state().group(input.logGroupName);
    await state().groups.set(group.name, { ...group, retentionInDays: input.retentionInDays });
    return {};
  },
});

import type {
  DeleteRetentionPolicyCommandInput,
  DeleteRetentionPolicyCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DeleteRetentionPolicyCommandOutput, '$metadata'>;

export const DeleteRetentionPolicy: OperationOf<LogsState, DeleteRetentionPolicyCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('DeleteRetentionPolicy', cloud, logGroupName),

  async handle({ logGroupName }) {
    const { retentionInDays: _, ...group } = state().group(logGroupName);
    await state().groups.set(group.name, group);
    return {};
  },
});

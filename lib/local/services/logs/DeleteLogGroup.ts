import type { DeleteLogGroupCommandInput, DeleteLogGroupCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DeleteLogGroupCommandOutput, '$metadata'>;

export const DeleteLogGroup: OperationOf<LogsState, DeleteLogGroupCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('DeleteLogGroup', cloud, logGroupName),

  async handle({ logGroupName }) {
    await state().deleteGroup(state().group(logGroupName).name);
    return {};
  },
});

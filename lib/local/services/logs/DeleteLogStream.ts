import type { DeleteLogStreamCommandInput, DeleteLogStreamCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DeleteLogStreamCommandOutput, '$metadata'>;

export const DeleteLogStream: OperationOf<LogsState, DeleteLogStreamCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logStreamName }, { cloud }) =>
    accessTo('DeleteLogStream', cloud, logGroupName, logStreamName),

  async handle({ logGroupName, logStreamName }) {
    await state().deleteStream(state().stream(logGroupName, logStreamName));
    return {};
  },
});

import type { CreateLogStreamCommandInput, CreateLogStreamCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<CreateLogStreamCommandOutput, '$metadata'>;

export const CreateLogStream: OperationOf<LogsState, CreateLogStreamCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logStreamName }, { cloud }) =>
    accessTo('CreateLogStream', cloud, logGroupName, logStreamName),

  async handle(input) {
    requireMembers(input, 'logGroupName', 'logStreamName');
    if (!/^[^:*]{1,512}$/.test(input.logStreamName)) {
      throw new AwsError(
        'InvalidParameterException',
        `The log stream name ${input.logStreamName} is not valid: it holds : or *`,
      );
    }
    await state().createStream(input.logGroupName, input.logStreamName);
    return {};
  },
});

import type { CreateLogGroupCommandInput, CreateLogGroupCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<CreateLogGroupCommandOutput, '$metadata'>;

export const CreateLogGroup: OperationOf<LogsState, CreateLogGroupCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('CreateLogGroup', cloud, logGroupName),

  async handle(input, { cloud }) {
    requireMembers(input, 'logGroupName');
    const { logGroupName: name, tags = {} } = input;
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `The log group name ${name} is not valid: use up to 512 of A-Z a-z 0-9 . - _ / #`,
      );
    }
    if (state().groups.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    await state().groups.set(name, { name, createdAt: cloud.clock.now(), tags });
    return {};
  },
});

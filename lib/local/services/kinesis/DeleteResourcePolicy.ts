import type { DeleteResourcePolicyCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const DeleteResourcePolicy: OperationOf<KinesisState, DeleteResourcePolicyCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:DeleteResourcePolicy', resource: arnOf(input, cloud) }],

  async handle(input) {
    const { policy, ...stream } = state().stream(input);
    if (policy === undefined)
      throw new AwsError('ResourceNotFoundException', `No resource policy found for resource ARN ${stream.arn}`);
    await state().put(stream);
    return {};
  },
});

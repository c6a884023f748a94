import type { DeleteStreamCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const DeleteStream: OperationOf<KinesisState, DeleteStreamCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:DeleteStream', resource: arnOf(input, cloud) }],

  async handle(input) {
    await state().remove(state().stream(input));
    return {};
  },
});

import type { UpdateStreamModeCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const UpdateStreamMode: OperationOf<KinesisState, UpdateStreamModeCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:UpdateStreamMode', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    await state().put({ ...stream, mode: input.StreamModeDetails?.StreamMode ?? stream.mode });
    return {};
  },
});

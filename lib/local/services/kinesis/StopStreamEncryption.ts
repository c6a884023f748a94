import type { StopStreamEncryptionCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const StopStreamEncryption: OperationOf<KinesisState, StopStreamEncryptionCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:StopStreamEncryption', resource: arnOf(input, cloud) }],

  async handle(input) {
    const { encryption: _, ...stream } = state().stream(input);
    await state().put(stream);
    return {};
  },
});

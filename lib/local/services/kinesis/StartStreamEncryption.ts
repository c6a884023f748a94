import type { StartStreamEncryptionCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

/** The disk holds records as they are: what is encrypted on AWS is told, not done. */
export const StartStreamEncryption: OperationOf<KinesisState, StartStreamEncryptionCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:StartStreamEncryption', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    await state().put({ ...stream, encryption: { type: 'KMS', keyId: input.KeyId ?? '' } });
    return {};
  },
});

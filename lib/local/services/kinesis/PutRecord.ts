import type { PutRecordCommandInput, PutRecordCommandOutput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { assertEntry, exceeded, putEntries } from './put';
import type { KinesisState } from './state';
import { arnOf, encryptionOf } from './stream';

type Output = Omit<PutRecordCommandOutput, '$metadata'>;

export const PutRecord: OperationOf<KinesisState, PutRecordCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:PutRecord', resource: arnOf(input, cloud) }],

  async handle(input, { cloud }) {
    const stream = state().stream(input);
    assertEntry(stream, input);
    const [placed] = await putEntries(state(), stream, [input]);
    const { shard, sequence } = placed!;
    if (sequence === undefined)
      throw new AwsError('ProvisionedThroughputExceededException', exceeded(cloud, stream, shard));
    return { ShardId: shard.id, SequenceNumber: sequence, EncryptionType: encryptionOf(stream).EncryptionType };
  },
});

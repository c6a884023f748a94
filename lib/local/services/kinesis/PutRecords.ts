import type { PutRecordsCommandInput, PutRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { assertEntry, exceeded, putEntries, sizeOf } from './put';
import type { KinesisState } from './state';
import { arnOf, encryptionOf } from './stream';

type Output = Omit<PutRecordsCommandOutput, '$metadata'>;

const MOST = 500;
const MOST_BYTES = 10 * 1024 * 1024;

export const PutRecords: OperationOf<KinesisState, PutRecordsCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:PutRecords', resource: arnOf(input, cloud) }],

  async handle(input, { cloud }) {
    const stream = state().stream(input);
    const entries = input.Records ?? [];
    if (entries.length === 0 || entries.length > MOST) {
      const rule = entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MOST}`;
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length ${rule}`,
      );
    }
    for (const [index, entry] of entries.entries()) assertEntry(stream, entry, `records.${index + 1}.member.`);
    if (entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > MOST_BYTES)
      throw new AwsError('InvalidArgumentException', `Records size exceeds ${MOST_BYTES / 1024 / 1024} MB limit`);
    const placed = await putEntries(state(), stream, entries);
    return {
      FailedRecordCount: placed.filter(({ sequence }) => sequence === undefined).length,
      Records: placed.map(({ shard, sequence }) =>
        sequence === undefined
          ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: exceeded(cloud, stream, shard) }
          : { SequenceNumber: sequence, ShardId: shard.id },
      ),
      EncryptionType: encryptionOf(stream).EncryptionType,
    };
  },
});

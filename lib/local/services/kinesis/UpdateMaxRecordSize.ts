import type { UpdateMaxRecordSizeCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

const LEAST_KIB = 1024;
const MOST_KIB = 10_240;

export const UpdateMaxRecordSize: OperationOf<KinesisState, UpdateMaxRecordSizeCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:UpdateMaxRecordSize', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const maxRecordKiB = input.MaxRecordSizeInKiB ?? 0;
    if (maxRecordKiB < LEAST_KIB || maxRecordKiB > MOST_KIB)
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${maxRecordKiB}' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value ${maxRecordKiB < LEAST_KIB ? `greater than or equal to ${LEAST_KIB}` : `less than or equal to ${MOST_KIB}`}`,
      );
    await state().put({ ...stream, maxRecordKiB });
    return {};
  },
});

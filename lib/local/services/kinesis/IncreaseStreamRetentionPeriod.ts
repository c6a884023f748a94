import type { IncreaseStreamRetentionPeriodCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { assertRetention } from './retention';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const IncreaseStreamRetentionPeriod: OperationOf<
  KinesisState,
  IncreaseStreamRetentionPeriodCommandInput,
  object
> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:IncreaseStreamRetentionPeriod', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const retentionHours = assertRetention(input.RetentionPeriodHours);
    if (retentionHours < stream.retentionHours)
      throw new AwsError(
        'InvalidArgumentException',
        `Requested retention period (${retentionHours} hours) for stream ${stream.name} can not be shorter than existing retention period (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
      );
    await state().put({ ...stream, retentionHours });
    return {};
  },
});

import type { DescribeStreamSummaryCommandInput, DescribeStreamSummaryCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf, summaryOf } from './stream';

type Output = Omit<DescribeStreamSummaryCommandOutput, '$metadata'>;

export const DescribeStreamSummary: OperationOf<KinesisState, DescribeStreamSummaryCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:DescribeStreamSummary', resource: arnOf(input, cloud) }],

  async handle(input) {
    return { StreamDescriptionSummary: summaryOf(state().stream(input)) };
  },
});

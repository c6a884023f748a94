import type { ListStreamsCommandInput, ListStreamsCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';

type Output = Omit<ListStreamsCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 100;

export const ListStreams: OperationOf<KinesisState, ListStreamsCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'kinesis:ListStreams', resource: '*' }],

  async handle({ ExclusiveStartStreamName, NextToken, Limit = DEFAULT_LIMIT }) {
    const start = ExclusiveStartStreamName ?? (NextToken ? Buffer.from(NextToken, 'base64').toString() : '');
    const all = [...state().streams()].sort((a, b) => (a.name < b.name ? -1 : 1)).filter(({ name }) => name > start);
    const page = all.slice(0, Limit);
    const hasMore = page.length < all.length;
    return {
      StreamNames: page.map(({ name }) => name),
      HasMoreStreams: hasMore,
      ...(hasMore ? { NextToken: Buffer.from(page.at(-1)?.name ?? start).toString('base64') } : {}),
      StreamSummaries: page.map(({ name, arn, mode, createdAt }) => ({
        StreamName: name,
        StreamARN: arn,
        StreamStatus: 'ACTIVE' as const,
        StreamModeDetails: { StreamMode: mode },
        StreamCreationTimestamp: new Date(createdAt),
      })),
    };
  },
});

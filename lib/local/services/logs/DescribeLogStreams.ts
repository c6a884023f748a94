import type { DescribeLogStreamsCommandInput, DescribeLogStreamsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { type OperationOf, page } from '../stateful';
import { accessTo, groupNameOf, type LogsState, logGroupArn } from './state';

type Output = Omit<DescribeLogStreamsCommandOutput, '$metadata'>;

export const DescribeLogStreams: OperationOf<LogsState, DescribeLogStreamsCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logGroupIdentifier }, { cloud }) =>
    accessTo('DescribeLogStreams', cloud, groupNameOf(logGroupName ?? logGroupIdentifier)),

  async handle(input, { cloud }) {
    const { logStreamNamePrefix = '', orderBy, descending, limit = 50, nextToken } = input;
    const group = state().group(input.logGroupName ?? input.logGroupIdentifier);
    const direction = descending ? -1 : 1;
    const streams = state()
      .streamsOf(group.name)
      .filter(({ name }) => name.startsWith(logStreamNamePrefix))
      .sort((a, b) =>
        orderBy === 'LastEventTime'
          ? direction * ((a.lastEventAt ?? 0) - (b.lastEventAt ?? 0))
          : direction * (a.name < b.name ? -1 : 1),
      );
    const found = page(streams, limit, nextToken);
    const logStreams = found.items.map(({ name, createdAt, firstEventAt, lastEventAt, lastIngestionAt }) => ({
      logStreamName: name,
      creationTime: createdAt,
      arn: `${logGroupArn(cloud, group.name)}:log-stream:${name}`,
      ...(firstEventAt === undefined ? {} : { firstEventTimestamp: firstEventAt }),
      ...(lastEventAt === undefined ? {} : { lastEventTimestamp: lastEventAt }),
      ...(lastIngestionAt === undefined ? {} : { lastIngestionTime: lastIngestionAt }),
    }));
    return { logStreams, ...(found.nextToken ? { nextToken: found.nextToken } : {}) };
  },
});

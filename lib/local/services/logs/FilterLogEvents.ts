import type { FilterLogEventsCommandInput, FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { type OperationOf, page } from '../stateful';
import { parseFilterPattern } from './filter-pattern';
import { accessTo, groupNameOf, type LogsState } from './state';

type Output = Omit<FilterLogEventsCommandOutput, '$metadata'>;

const MAX_EVENTS = 10_000;

export const FilterLogEvents: OperationOf<LogsState, FilterLogEventsCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logGroupIdentifier }, { cloud }) =>
    accessTo('FilterLogEvents', cloud, groupNameOf(logGroupName ?? logGroupIdentifier)),

  async handle(input) {
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, logStreamNames, logStreamNamePrefix = '' } = input;
    const matches = parseFilterPattern(input.filterPattern);
    const streams = state()
      .streamsOf(state().group(input.logGroupName ?? input.logGroupIdentifier).name)
      .filter(({ name }) => (logStreamNames ? logStreamNames.includes(name) : name.startsWith(logStreamNamePrefix)))
      .filter(({ firstEventAt, lastEventAt }) => (lastEventAt ?? 0) >= startTime && (firstEventAt ?? 0) <= endTime);

    const found = await Promise.all(
      streams.map(async (stream) =>
        (await state().read(stream))
          .filter(({ timestamp, message }) => timestamp >= startTime && timestamp <= endTime && matches(message))
          .map((line, i) => ({
            ...line,
            logStreamName: stream.name,
            eventId: `${line.timestamp}/${stream.name}/${i}`,
          })),
      ),
    );
    const events = found.flat().sort((a, b) => a.timestamp - b.timestamp);
    const { items, nextToken } = page(events, input.limit ?? MAX_EVENTS, input.nextToken);
    return { events: [...items], searchedLogStreams: [], ...(nextToken ? { nextToken } : {}) };
  },
});

import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, groupNameOf, type LogsState } from './state';

type Output = Omit<GetLogEventsCommandOutput, '$metadata'>;

const MAX_EVENTS = 10_000;

/** Without a token the latest events, or the first with `startFromHead`; a token that comes back unchanged is the end. */
export const GetLogEvents: OperationOf<LogsState, GetLogEventsCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName, logGroupIdentifier, logStreamName }, { cloud }) =>
    accessTo('GetLogEvents', cloud, groupNameOf(logGroupName ?? logGroupIdentifier), logStreamName),

  async handle(input) {
    requireMembers(input, 'logStreamName');
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, startFromHead, limit = MAX_EVENTS, nextToken } = input;
    const stream = state().stream(input.logGroupName ?? input.logGroupIdentifier, input.logStreamName);
    const lines = (await state().read(stream)).filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime);

    const { direction, position } = parseToken(nextToken, startFromHead ? 'f' : 'b', startFromHead ? 0 : lines.length);
    const start = direction === 'f' ? Math.min(position, lines.length) : Math.max(0, position - limit);
    const end = direction === 'f' ? Math.min(lines.length, start + limit) : Math.min(position, lines.length);
    return { events: lines.slice(start, end), nextForwardToken: `f/${end}`, nextBackwardToken: `b/${start}` };
  },
});

function parseToken(token: string | undefined, direction: string, position: number) {
  if (!token) return { direction, position };
  const match = /^([fb])\/(\d+)$/.exec(token);
  if (!match) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { direction: match[1], position: Number(match[2]) };
}

import type { DescribeReplayCommandInput, DescribeReplayCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { replayArn, replayOutput } from './archives';
import type { EventsState } from './state';

type Output = Omit<DescribeReplayCommandOutput, '$metadata'>;

export const DescribeReplay: OperationOf<EventsState, DescribeReplayCommandInput, Output> = (state) => ({
  authorize: ({ ReplayName = '' }, { cloud }) => [
    { action: 'events:DescribeReplay', resource: replayArn(cloud, ReplayName) },
  ],

  async handle(input) {
    requireMembers(input, 'ReplayName');
    const replay = state().archives.replay(input.ReplayName);
    const { Arn, FilterArns } = replay.destination;
    return {
      ...replayOutput(replay),
      ReplayArn: replay.arn,
      Destination: { Arn, ...(FilterArns ? { FilterArns: [...FilterArns] } : {}) },
      ...(replay.description === undefined ? {} : { Description: replay.description }),
    };
  },
});

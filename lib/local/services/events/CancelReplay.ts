import type { CancelReplayCommandInput, CancelReplayCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { replayArn } from './archives';
import type { EventsState } from './state';

type Output = Omit<CancelReplayCommandOutput, '$metadata'>;

export const CancelReplay: OperationOf<EventsState, CancelReplayCommandInput, Output> = (state) => ({
  authorize: ({ ReplayName = '' }, { cloud }) => [
    { action: 'events:CancelReplay', resource: replayArn(cloud, ReplayName) },
  ],

  /** What is cancelled here has ended at once. */
  async handle(input, { cloud }) {
    requireMembers(input, 'ReplayName');
    const replay = state().archives.replay(input.ReplayName);
    if (replay.state !== 'STARTING' && replay.state !== 'RUNNING')
      throw new AwsError('IllegalStatusException', `Replay ${replay.name} is not in a valid state for this operation.`);
    await state().archives.replays.set(replay.name, { ...replay, state: 'CANCELLED', endedAt: cloud.clock.now() });
    return { ReplayArn: replay.arn, State: 'CANCELLING' };
  },
});

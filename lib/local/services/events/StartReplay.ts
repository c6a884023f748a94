import type { StartReplayCommandInput, StartReplayCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { toMillis } from '../timestamps';
import { type Replay, replayArn } from './archives';
import type { EventsState } from './state';

type Output = Omit<StartReplayCommandOutput, '$metadata'>;

export const StartReplay: OperationOf<EventsState, StartReplayCommandInput, Output> = (state) => ({
  authorize: ({ ReplayName = '' }, { cloud }) => [
    { action: 'events:StartReplay', resource: replayArn(cloud, ReplayName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'ReplayName', 'EventSourceArn', 'EventStartTime', 'EventEndTime', 'Destination');
    const { ReplayName: name, EventSourceArn, Destination, Description } = input;
    const { archives } = state();
    const archive = archives.archive(EventSourceArn.replace(/^.*:archive\//, ''));
    const [from, to] = [toMillis(input.EventStartTime), toMillis(input.EventEndTime)];
    if (Destination.Arn !== archive.busArn)
      throw invalid('Destination.Arn', 'Cross event bus replay is not permitted.');
    if (from >= to) throw invalid('EventEndTime', 'EventStartTime must be before EventEndTime.');
    if (archives.replays.has(name))
      throw new AwsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
    const replay: Replay = {
      name,
      arn: replayArn(cloud, name),
      archive: archive.name,
      archiveArn: archive.arn,
      destination: {
        Arn: Destination.Arn,
        ...(Destination.FilterArns?.length ? { FilterArns: Destination.FilterArns } : {}),
      },
      state: 'STARTING',
      from,
      to,
      startedAt: cloud.clock.now(),
      ...(Description ? { description: Description } : {}),
    };
    await archives.start(replay);
    return { ReplayArn: replay.arn, State: replay.state, ReplayStartTime: new Date(replay.startedAt) };
  },
});

const invalid = (parameter: string, reason: string) =>
  new AwsError('ValidationException', `Parameter ${parameter} is not valid. Reason: ${reason}`);

import type { DeleteEventBusCommandInput, DeleteEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { busArn, DEFAULT_BUS, type EventsState } from './state';

type Output = Omit<DeleteEventBusCommandOutput, '$metadata'>;

export const DeleteEventBus: OperationOf<EventsState, DeleteEventBusCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'events:DeleteEventBus', resource: busArn(cloud, Name) }],

  async handle(input) {
    requireMembers(input, 'Name');
    const { Name: name } = input;
    if (name === DEFAULT_BUS) throw new AwsError('ValidationException', 'Cannot delete event bus default.');
    // Deleting what is not there succeeds, as on AWS.
    if (!state().buses.has(name)) return {};
    if (state().rulesOf(name).length > 0)
      throw new AwsError('ValidationException', "Event bus can't be deleted since it has rules.");
    await state().buses.delete(name);
    return {};
  },
});

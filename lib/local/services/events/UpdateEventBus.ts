import type { UpdateEventBusCommandInput, UpdateEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { busArn, type EventsState } from './state';

type Output = Omit<UpdateEventBusCommandOutput, '$metadata'>;

export const UpdateEventBus: OperationOf<EventsState, UpdateEventBusCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'events:UpdateEventBus', resource: busArn(cloud, Name) }],

  async handle({ Name, Description }) {
    const bus = state().buses.get(state().busName(Name));
    if (!bus) throw new AwsError('ValidationException', 'The default event bus has no description here.');
    const { description: _, ...others } = bus;
    await state().buses.set(bus.name, { ...others, ...(Description ? { description: Description } : {}) });
    return { Name: bus.name, Arn: bus.arn, ...(Description ? { Description } : {}) };
  },
});

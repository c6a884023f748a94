import type { CreateEventBusCommandInput, CreateEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { busArn, DEFAULT_BUS, type EventsState } from './state';

type Output = Omit<CreateEventBusCommandOutput, '$metadata'>;

const MAX_BUSES = 100;

export const CreateEventBus: OperationOf<EventsState, CreateEventBusCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'events:CreateEventBus', resource: busArn(cloud, Name) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const { Name: name, Description: description, Tags } = input;
    if (!/^[.\-_A-Za-z0-9]{1,256}$/.test(name))
      throw new AwsError('ValidationException', `Parameter Name is not valid: ${name}.`);
    if (name === DEFAULT_BUS || state().buses.has(name))
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    if (state().buses.size >= MAX_BUSES)
      throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    const bus = {
      name,
      arn: busArn(cloud, name),
      ...(description ? { description } : {}),
      tags: tagsOf(Tags),
      createdAt: cloud.clock.now(),
    };
    await state().buses.set(name, bus);
    return { EventBusArn: bus.arn, ...(description ? { Description: description } : {}) };
  },
});

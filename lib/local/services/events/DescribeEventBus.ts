import type { DescribeEventBusCommandInput, DescribeEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import type { OperationOf } from '../stateful';
import { busArn, DEFAULT_BUS, type EventsState } from './state';

type Output = Omit<DescribeEventBusCommandOutput, '$metadata'>;

export const DescribeEventBus: OperationOf<EventsState, DescribeEventBusCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'events:DescribeEventBus', resource: busArn(cloud, Name) }],

  async handle({ Name }, { cloud }) {
    const bus = state().buses.get(state().busName(Name));
    if (!bus) return { Name: DEFAULT_BUS, Arn: busArn(cloud) };
    return {
      Name: bus.name,
      Arn: bus.arn,
      ...(bus.description ? { Description: bus.description } : {}),
      CreationTime: new Date(bus.createdAt),
      LastModifiedTime: new Date(bus.createdAt),
    };
  },
});

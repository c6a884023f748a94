import type { DescribeEventBusCommandInput, DescribeEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import type { OperationOf } from '../stateful';
import { assertDefaultBus, busArn, type EventsState } from './state';

type Output = Omit<DescribeEventBusCommandOutput, '$metadata'>;

export const DescribeEventBus: OperationOf<EventsState, DescribeEventBusCommandInput, Output> = () => ({
  authorize: (_, { cloud }) => [{ action: 'events:DescribeEventBus', resource: busArn(cloud) }],

  async handle({ Name }, { cloud }) {
    assertDefaultBus(cloud, Name);
    return { Name: 'default', Arn: busArn(cloud) };
  },
});

import type { DescribeConnectionCommandInput, DescribeConnectionCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { accessToConnection, connectionNamed, times } from './connections';
import type { EventsState } from './state';

type Output = Omit<DescribeConnectionCommandOutput, '$metadata'>;

export const DescribeConnection: OperationOf<EventsState, DescribeConnectionCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [
    { action: 'events:DescribeConnection', resource: accessToConnection(state(), cloud, Name) },
  ],

  async handle(input) {
    requireMembers(input, 'Name');
    const connection = connectionNamed(state(), input.Name);
    return {
      ConnectionArn: connection.arn,
      Name: connection.name,
      ...(connection.description === undefined ? {} : { Description: connection.description }),
      ConnectionState: connection.state,
      ...(connection.reason === undefined ? {} : { StateReason: connection.reason }),
      AuthorizationType: connection.type,
      SecretArn: connection.secretArn,
      AuthParameters: connection.shown,
      ...times(connection),
    };
  },
});

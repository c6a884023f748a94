import type { DeleteConnectionCommandInput, DeleteConnectionCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { accessToConnection, connectionNamed, times } from './connections';
import type { EventsState } from './state';

type Output = Omit<DeleteConnectionCommandOutput, '$metadata'>;

/** With its secret. */
export const DeleteConnection: OperationOf<EventsState, DeleteConnectionCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [
    { action: 'events:DeleteConnection', resource: accessToConnection(state(), cloud, Name) },
  ],

  async handle(input, { cloud, principal }) {
    requireMembers(input, 'Name');
    const connection = connectionNamed(state(), input.Name);
    await cloud.call(principal, 'secretsmanager', 'DeleteSecret', {
      SecretId: connection.secretArn,
      ForceDeleteWithoutRecovery: true,
    });
    await state().connections.delete(connection.name);
    return { ConnectionArn: connection.arn, ConnectionState: 'DELETING', ...times(connection) };
  },
});

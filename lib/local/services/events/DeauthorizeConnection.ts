import type {
  DeauthorizeConnectionCommandInput,
  DeauthorizeConnectionCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { accessToConnection, type ConnectionRecord, connectionNamed, times } from './connections';
import type { EventsState } from './state';

type Output = Omit<DeauthorizeConnectionCommandOutput, '$metadata'>;

/** Nothing is sent by it until it is updated. */
export const DeauthorizeConnection: OperationOf<EventsState, DeauthorizeConnectionCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [
    { action: 'events:DeauthorizeConnection', resource: accessToConnection(state(), cloud, Name) },
  ],

  async handle(input, { cloud, principal }) {
    requireMembers(input, 'Name');
    const before = connectionNamed(state(), input.Name);
    await cloud.call(principal, 'secretsmanager', 'UpdateSecret', { SecretId: before.secretArn, SecretString: '{}' });
    const connection: ConnectionRecord = { ...before, state: 'DEAUTHORIZED', modifiedAt: cloud.clock.now() };
    await state().connections.set(before.name, connection);
    return { ConnectionArn: connection.arn, ConnectionState: 'DEAUTHORIZING', ...times(connection) };
  },
});

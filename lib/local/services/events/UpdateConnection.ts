import type { UpdateConnectionCommandInput, UpdateConnectionCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import {
  accessToConnection,
  type ConnectionRecord,
  checkAuth,
  connectionNamed,
  merged,
  readSecret,
  shownAuth,
  times,
} from './connections';
import type { EventsState } from './state';

type Output = Omit<UpdateConnectionCommandOutput, '$metadata'>;

/** Authorises anew. */
export const UpdateConnection: OperationOf<EventsState, UpdateConnectionCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [
    { action: 'events:UpdateConnection', resource: accessToConnection(state(), cloud, Name) },
  ],

  async handle(input, context) {
    requireMembers(input, 'Name');
    const { cloud, principal } = context;
    const before = connectionNamed(state(), input.Name);
    const type = input.AuthorizationType ?? before.type;
    const auth = merged(await readSecret(context, before), input.AuthParameters);
    checkAuth(type, auth);
    await cloud.call(principal, 'secretsmanager', 'UpdateSecret', {
      SecretId: before.secretArn,
      SecretString: JSON.stringify(auth),
    });
    const now = cloud.clock.now();
    const { reason: _, ...rest } = before;
    const connection: ConnectionRecord = {
      ...rest,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      type,
      shown: shownAuth(auth),
      modifiedAt: now,
      ...(type === 'OAUTH_CLIENT_CREDENTIALS' ? { state: 'AUTHORIZING' } : { state: 'AUTHORIZED', authorizedAt: now }),
    };
    await state().connections.set(before.name, connection);
    if (type === 'OAUTH_CLIENT_CREDENTIALS') state().authorizeConnection(connection, auth);
    return { ConnectionArn: connection.arn, ConnectionState: connection.state, ...times(connection) };
  },
});

import { randomUUID } from 'node:crypto';
import type { CreateConnectionCommandInput, CreateConnectionCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessToConnection, type ConnectionRecord, checkAuth, connectionArn, shownAuth, times } from './connections';
import type { EventsState } from './state';

type Output = Omit<CreateConnectionCommandOutput, '$metadata'>;

/** Its secret is made as the caller, who needs what that takes. */
export const CreateConnection: OperationOf<EventsState, CreateConnectionCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [
    { action: 'events:CreateConnection', resource: accessToConnection(state(), cloud, Name) },
  ],

  async handle(input, { cloud, principal }) {
    requireMembers(input, 'Name', 'AuthorizationType', 'AuthParameters');
    const { Name: name, Description: description, AuthorizationType: type, AuthParameters } = input;
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
      throw new AwsError('ValidationException', `Parameter Name is not valid: ${name}.`);
    }
    checkAuth(type, AuthParameters);
    if (state().connections.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `Connection ${name} already exists.`);
    }
    const secret = (await cloud.call(principal, 'secretsmanager', 'CreateSecret', {
      Name: `events!connection/${name}/${randomUUID()}`,
      SecretString: JSON.stringify(AuthParameters),
    })) as { ARN: string };
    const now = cloud.clock.now();
    const connection: ConnectionRecord = {
      name,
      arn: connectionArn(cloud, `${name}/${randomUUID()}`),
      ...(description === undefined ? {} : { description }),
      type,
      shown: shownAuth(AuthParameters),
      secretArn: secret.ARN,
      createdAt: now,
      modifiedAt: now,
      ...(type === 'OAUTH_CLIENT_CREDENTIALS' ? { state: 'AUTHORIZING' } : { state: 'AUTHORIZED', authorizedAt: now }),
    };
    await state().connections.set(name, connection);
    if (type === 'OAUTH_CLIENT_CREDENTIALS') state().authorizeConnection(connection, AuthParameters);
    return { ConnectionArn: connection.arn, ConnectionState: connection.state, ...times(connection) };
  },
});

import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { type AuthParameters, readSecret } from './connections';
import { fetchToken } from './oauth';
import type { EventsState } from './state';

interface Input {
  readonly ConnectionArn: string;
  /** The API has refused the token that there was. */
  readonly isRefused?: boolean;
}

/** What a request by a connection is authorised with, and what goes along. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: NonNullable<AuthParameters['InvocationHttpParameters']>;
}

/** No operation of the API: the permission is asked of the role of a state machine that has an HTTP Task. */
export const RetrieveConnectionCredentials: OperationOf<EventsState, Input, Credentials> = (state) => ({
  authorize: ({ ConnectionArn }) => [
    { action: 'events:RetrieveConnectionCredentials', resource: String(ConnectionArn) },
  ],

  async handle({ ConnectionArn, isRefused = false }, context) {
    const connection = [...state().connections.values()].find(({ arn }) => arn === ConnectionArn);
    if (!connection) throw new AwsError('ResourceNotFoundException', `Connection '${ConnectionArn}' does not exist.`);
    if (connection.state === 'AUTHORIZING') {
      throw new AwsError('AuthInProgress', `Connection '${ConnectionArn}' is being authorized.`);
    }
    if (connection.state !== 'AUTHORIZED') {
      throw new AwsError(
        'InvalidConnectionState',
        `Connection '${ConnectionArn}' is in the state ${connection.state}.`,
      );
    }
    await context.cloud.call(context.principal, 'secretsmanager', 'DescribeSecret', { SecretId: connection.secretArn });
    const auth = await readSecret(context, connection);
    const token = async () => {
      const { tokens } = state();
      if (isRefused) tokens.delete(ConnectionArn);
      const asked = tokens.get(ConnectionArn) ?? fetchToken(auth.OAuthParameters!);
      tokens.set(ConnectionArn, asked);
      try {
        return await asked;
      } catch (error) {
        tokens.delete(ConnectionArn);
        throw new AwsError('InvalidConnectionState', (error as Error).message);
      }
    };
    return { headers: await authorization(auth, token), parameters: auth.InvocationHttpParameters ?? {} };
  },
});

async function authorization(
  { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth }: AuthParameters,
  token: () => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  if (basic) {
    const login = Buffer.from(`${basic.Username}:${basic.Password}`).toString('base64');
    return { Authorization: `Basic ${login}` };
  }
  if (key) return { [key.ApiKeyName!]: key.ApiKeyValue! };
  return oauth ? { Authorization: `Bearer ${await token()}` } : {};
}

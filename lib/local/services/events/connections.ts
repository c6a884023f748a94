/**
 * Connections: how an API is authorised, with what goes along in each request. What is secret lies in Secrets Manager:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
 */
import type {
  ConnectionAuthorizationType,
  ConnectionAuthResponseParameters,
  ConnectionHttpParameters,
  ConnectionState,
  CreateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge';
import { AwsError, type CallContext, type CloudContext } from '../../service';
import type { EventsState } from './state';

export interface ConnectionRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly type: ConnectionAuthorizationType;
  /** Without what is secret. */
  readonly shown: ConnectionAuthResponseParameters;
  readonly secretArn: string;
  readonly state: ConnectionState;
  readonly reason?: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly authorizedAt?: number;
}

export type AuthParameters = CreateConnectionAuthRequestParameters;

export const connectionArn = ({ region, account }: CloudContext, path: string): string =>
  `arn:aws:events:${region}:${account}:connection/${path}`;

/** IAM's resource of a connection, by its name. */
export const accessToConnection = (state: EventsState, cloud: CloudContext, name: string | undefined): string =>
  state.connections.get(name ?? '')?.arn ?? connectionArn(cloud, `${name ?? ''}/*`);

/** Throws ResourceNotFoundException. */
export function connectionNamed({ connections }: EventsState, name: string): ConnectionRecord {
  const connection = connections.get(name);
  if (!connection)
    throw new AwsError(
      'ResourceNotFoundException',
      `Failed to describe the connection(s). Connection '${name}' does not exist.`,
    );
  return connection;
}

/** Throws ValidationException where the parameters are not those of the type. */
export function checkAuth(type: ConnectionAuthorizationType, given: AuthParameters): void {
  const field = FIELDS[type];
  if (field === undefined || given[field] === undefined) {
    throw new AwsError(
      'ValidationException',
      `Parameter AuthParameters is not valid. Reason: ${field} must be given for the authorization type ${type}.`,
    );
  }
  const { AuthorizationEndpoint } = given.OAuthParameters ?? {};
  if (AuthorizationEndpoint !== undefined && !URL.canParse(AuthorizationEndpoint)) {
    throw new AwsError(
      'ValidationException',
      'Parameter AuthorizationEndpoint is not valid. Reason: It must be a URL.',
    );
  }
}

const FIELDS = {
  BASIC: 'BasicAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
} as const;

/** As DescribeConnection tells them: passwords, keys and values that are marked as secret are left out. */
export function shownAuth({
  BasicAuthParameters,
  OAuthParameters,
  ApiKeyAuthParameters,
  InvocationHttpParameters,
}: AuthParameters): ConnectionAuthResponseParameters {
  const { ClientParameters, AuthorizationEndpoint, HttpMethod, OAuthHttpParameters } = OAuthParameters ?? {};
  return {
    ...(BasicAuthParameters && { BasicAuthParameters: { Username: BasicAuthParameters.Username } }),
    ...(OAuthParameters && {
      OAuthParameters: {
        ClientParameters: { ClientID: ClientParameters?.ClientID },
        AuthorizationEndpoint,
        HttpMethod,
        ...(OAuthHttpParameters && { OAuthHttpParameters: withoutSecrets(OAuthHttpParameters) }),
      },
    }),
    ...(ApiKeyAuthParameters && { ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName } }),
    ...(InvocationHttpParameters && { InvocationHttpParameters: withoutSecrets(InvocationHttpParameters) }),
  };
}

function withoutSecrets(given: ConnectionHttpParameters): ConnectionHttpParameters {
  const lists = Object.entries(given as Record<string, readonly { Value?: string; IsValueSecret?: boolean }[]>).map(
    ([name, list]) => [
      name,
      (list ?? []).map(({ Value, IsValueSecret = false, ...rest }) => ({
        ...rest,
        ...(IsValueSecret ? {} : { Value }),
        IsValueSecret,
      })),
    ],
  );
  return Object.fromEntries(lists) as ConnectionHttpParameters;
}

/** What an update leaves out stays as it is. */
export const merged = (before: AuthParameters, change: object = {}): AuthParameters => {
  const result: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(change)) {
    const old = result[name];
    const isObject = (one: unknown): one is object => one !== null && typeof one === 'object' && !Array.isArray(one);
    if (value !== undefined)
      result[name] = isObject(old) && isObject(value) ? merged(old as AuthParameters, value) : value;
  }
  return result as AuthParameters;
};

/** Read and written as whoever calls, as on AWS. */
export async function readSecret(
  { cloud, principal }: CallContext,
  { secretArn }: ConnectionRecord,
): Promise<AuthParameters> {
  const { SecretString } = (await cloud.call(principal, 'secretsmanager', 'GetSecretValue', {
    SecretId: secretArn,
  })) as {
    SecretString: string;
  };
  return JSON.parse(SecretString) as AuthParameters;
}

export const times = ({ createdAt, modifiedAt, authorizedAt }: ConnectionRecord) => ({
  CreationTime: new Date(createdAt),
  LastModifiedTime: new Date(modifiedAt),
  ...(authorizedAt === undefined ? {} : { LastAuthorizedTime: new Date(authorizedAt) }),
});

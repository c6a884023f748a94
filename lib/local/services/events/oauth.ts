/** The token of a connection that authorises by OAuth's client credentials. */
import type { ConnectionHttpParameters } from '@aws-sdk/client-eventbridge';
import type { AuthParameters } from './connections';

const TIMEOUT_MS = 10_000;

/** Rejects with the reason why there is none. */
export async function fetchToken({
  ClientParameters,
  AuthorizationEndpoint,
  HttpMethod,
  OAuthHttpParameters,
}: NonNullable<AuthParameters['OAuthParameters']>): Promise<string> {
  const {
    HeaderParameters = [],
    QueryStringParameters = [],
    BodyParameters = [],
  } = (OAuthHttpParameters ?? {}) as ConnectionHttpParameters;
  const url = new URL(AuthorizationEndpoint!);
  for (const { Key, Value } of QueryStringParameters) url.searchParams.set(Key!, Value ?? '');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: ClientParameters?.ClientID ?? '',
    client_secret: ClientParameters?.ClientSecret ?? '',
    ...Object.fromEntries(BodyParameters.map(({ Key, Value }) => [Key, Value ?? ''])),
  });
  if (HttpMethod === 'GET') for (const [key, value] of form) url.searchParams.set(key, value);
  const response = await fetch(url, {
    method: HttpMethod ?? 'POST',
    headers: Object.fromEntries(HeaderParameters.map(({ Key, Value }) => [Key, Value ?? ''])),
    ...(HttpMethod === 'GET' ? {} : { body: form }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`The authorization endpoint answered with status ${response.status}`);
  const { access_token: token } = (await response.json()) as { access_token?: unknown };
  if (typeof token !== 'string') throw new Error('The authorization endpoint answered without an access token');
  return token;
}

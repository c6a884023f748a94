/**
 * How a client of Amazon Keyspaces proves who it is: the server sends a nonce, the client answers with a signature (Signature Version 4)
 * over a request that is never sent, `PUT /authenticate`, whose body is the nonce. As AWS's own plugins for Cassandra's drivers do it
 * (aws/aws-sigv4-auth-cassandra-nodejs-driver-plugin, which wants SDK v2); its documented example is a test here.
 */
import { createHash, createHmac } from 'node:crypto';
import type { auth } from 'cassandra-driver';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SigV4Options {
  readonly region: string;
  /** asked at each login: those of a role change */
  readonly credentials: () => Credentials;
  readonly now?: () => Date;
}

const SERVICE = 'cassandra';
const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Seconds. */
const EXPIRES = 900;
/** The first word of the client: the mechanism, an empty identity and an empty password. */
const MECHANISM = Buffer.from('SigV4\0\0');

export function sigV4Auth(options: SigV4Options): auth.AuthProvider {
  return { newAuthenticator: () => authenticator(options) };
}

type Answer = (error: Error | null, response?: Buffer) => void;

function authenticator({ region, credentials, now = () => new Date() }: SigV4Options): auth.Authenticator {
  return {
    initialResponse: (callback) => (callback as Answer)(null, MECHANISM),
    evaluateChallenge(challenge, callback) {
      const answer = callback as Answer;
      const nonce = nonceOf(challenge.toString('utf8'));
      if (nonce === undefined) {
        answer(new Error('Keyspaces sent no nonce to sign. Is this host an endpoint of Amazon Keyspaces?'));
        return;
      }
      try {
        answer(null, Buffer.from(signedAnswer(nonce, credentials(), { region, date: now() })));
      } catch (error) {
        answer(error as Error);
      }
    },
    onAuthenticationSuccess() {},
  };
}

/** Of a challenge, members joined by commas. */
const nonceOf = (challenge: string): string | undefined => /(?:^|,)nonce=([^,]+)/.exec(challenge)?.[1];

export function signedAnswer(
  nonce: string,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, date }: { readonly region: string; readonly date: Date },
): string {
  const time = date.toISOString();
  const day = time.slice(0, 10).replaceAll('-', '');
  const scope = `${day}/${region}/${SERVICE}/aws4_request`;
  const query = [
    `X-Amz-Algorithm=${ALGORITHM}`,
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${encodeURIComponent(time)}`,
    `X-Amz-Expires=${EXPIRES}`,
  ].join('&');
  const request = ['PUT', '/authenticate', query, `host:${SERVICE}`, '', 'host', sha256(nonce)].join('\n');
  const toSign = [ALGORITHM, time, scope, sha256(request)].join('\n');
  const key = [day, region, SERVICE, 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const token = sessionToken === undefined ? '' : `,session_token=${sessionToken}`;
  return `signature=${hmac(key, toSign).toString('hex')},access_key=${accessKeyId},amzdate=${time}${token}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

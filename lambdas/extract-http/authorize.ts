/** Proves who asks. Secrets are read at run time; one that is refused is read once more, for it may have been rotated. */
import { SourceRefused, SourceUnavailable } from '../../lib/tasks/errors';
import type { HttpConfig } from '../../lib/tasks/extract-rows';
import { secretId } from '../shared/secret-id';
import { memberOf, type Secrets } from '../shared/secrets';
import { showBody } from './explain';
import { withOrigin } from './origins';

export interface Authorization {
  /** Adds to a request what it needs. `fresh`: the last one was refused. */
  authorize(url: URL, headers: Record<string, string>, fresh: boolean): Promise<void>;
  /** what must not be shown anywhere */
  readonly hidden: ReadonlySet<string>;
}

type Auth = NonNullable<HttpConfig['auth']>;
type OAuth = Extract<Auth, { kind: 'oauth2' }>;

const TOKEN_TIMEOUT_MS = 15_000;
/** A token is not used to its last second: it is on its way for a while. */
const TOKEN_MARGIN_MS = 60_000;
const DEFAULT_LIFE_SECONDS = 300;
const MOST_TOKEN_BYTES = 64 * 1024;

interface Token {
  readonly text: string;
  readonly until: number;
}
/** For the function's life: partitions after the first need no token of their own. */
const tokens = new Map<string, Token>();

export function openAuthorization(auth: Auth | undefined, secrets: Secrets): Authorization {
  const hidden = new Set<string>();
  const keep = (text: string) => {
    hidden.add(text);
    return text;
  };
  const read = async (name: string, member: string, fresh: boolean) =>
    keep(memberOf(await secrets.read(name, { fresh }), name, member));
  return {
    hidden,
    async authorize(url, headers, fresh) {
      switch (auth?.kind) {
        case undefined:
          return;
        case 'bearer':
          headers.authorization = `Bearer ${inHeader(await read(auth.secret, 'token', fresh), auth.secret)}`;
          return;
        case 'apiKey': {
          const key = await read(auth.secret, 'apiKey', fresh);
          if (auth.in === 'query') url.searchParams.set(auth.name, key);
          else headers[auth.name.toLowerCase()] = inHeader(key, auth.secret);
          return;
        }
        case 'basic': {
          const username = await read(auth.secret, 'username', fresh);
          // The secret was read anew just now.
          const password = await read(auth.secret, 'password', false);
          headers.authorization = `Basic ${keep(base64(`${username}:${password}`))}`;
          return;
        }
        case 'oauth2': {
          const clientId = await read(auth.secret, 'clientId', fresh);
          const clientSecret = await read(auth.secret, 'clientSecret', false);
          const text = await tokenOf(auth, clientId, clientSecret, fresh, hidden);
          headers.authorization = `Bearer ${inHeader(keep(text), auth.secret)}`;
        }
      }
    },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** fetch would quote the whole header in its error. */
function inHeader(text: string, secret: string): string {
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text)) return text;
  throw new SourceRefused(
    `The secret ${secretId(secret)} has characters that no header can hold, maybe a line break at its end. Set it again without them.`,
  );
}

async function tokenOf(
  auth: OAuth,
  clientId: string,
  clientSecret: string,
  fresh: boolean,
  hidden: ReadonlySet<string>,
): Promise<string> {
  const id = JSON.stringify([auth.tokenUrl, clientId, auth.scope]);
  const known = tokens.get(id);
  if (!fresh && known && known.until > Date.now()) return known.text;
  const token = await requestToken(auth, clientId, clientSecret, hidden);
  tokens.set(id, token);
  return token.text;
}

async function requestToken(
  { tokenUrl: declared, scope, secret }: OAuth,
  clientId: string,
  clientSecret: string,
  hidden: ReadonlySet<string>,
): Promise<Token> {
  const tokenUrl = withOrigin(declared);
  const place = `${new URL(tokenUrl).origin}${new URL(tokenUrl).pathname}`;
  const form = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) };
  const encoded = [clientId, clientSecret].map(encodeURIComponent).join(':');
  let { status, text } = await post(tokenUrl, place, form, { authorization: `Basic ${base64(encoded)}` });
  if (status === 400 || status === 401) {
    // RFC 6749, 2.3.1, wants the first way of every server; some know only the other.
    const inBody = { ...form, client_id: clientId, client_secret: clientSecret };
    ({ status, text } = await post(tokenUrl, place, inBody, {}));
  }
  if (status === 429 || status >= 500) {
    throw new SourceUnavailable(`${place} gives no token: status ${status}, ${showBody(text, hidden)}.`);
  }
  const answer = parse(text);
  const token = answer?.access_token;
  if (status !== 200 || typeof token !== 'string' || token === '') {
    throw new SourceRefused(
      `${place} gives no token for the client in the secret ${secretId(secret)}: status ${status}, ${showBody(status === 200 ? 'an answer without access_token' : text, hidden)}. Correct the client's id, secret and scope there.`,
    );
  }
  const life = Number(answer?.expires_in ?? DEFAULT_LIFE_SECONDS) * 1000;
  return { text: token, until: Date.now() + Math.max(life - TOKEN_MARGIN_MS, life / 2) };
}

async function post(
  url: string,
  place: string,
  form: Record<string, string>,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json' },
      body: new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
    return { status: response.status, text: (await response.text()).slice(0, MOST_TOKEN_BYTES) };
  } catch (error) {
    throw new SourceUnavailable(`${place} gives no token: ${reasonOf(error)}.`, { cause: error });
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** fetch's own errors say only that they failed, and their cause says why; of several addresses' errors there is only the code. */
export function reasonOf(error: unknown): string {
  const { name, message, code, cause } = error as Error & {
    code?: string;
    cause?: { code?: string; message?: string };
  };
  if (name === 'TimeoutError') return 'no answer in time';
  return cause?.message || cause?.code || message || code || name;
}

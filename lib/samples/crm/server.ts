/**
 * A CRM's REST API. The same interactions in the three ways of paging that APIs have:
 *
 * - `/v1/interactions?limit&cursor`: `{ data, meta: { next } }`, by cursor
 * - `/v1/interactions/pages?page&per_page`: `{ items, page, per_page, total }`, by page
 * - `/v1/interactions/links?limit`: an array, and `Link: <…>; rel="next"`
 *
 * each with `updated_since` and `updated_before` (ISO 8601, half-open). Logins: a bearer token, an API key in `x-api-key`, HTTP
 * Basic, and OAuth2 client credentials at `/oauth/token`. Too many requests: 429 with Retry-After.
 */
import { randomUUID } from 'node:crypto';
import { type Reply, RequestLimit, type SampleRequest, type SampleServer, startSampleServer } from '../server';
import { DAY_MS, dayOf } from '../shop/calendar';
import { type Interaction, interactionOf } from './interactions';

/** Of the service that it stands in for. */
export const CRM_ORIGIN = 'https://crm.example.com';

export interface CrmServerOptions {
  readonly bearerToken: string;
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port?: number;
  /** default 400 */
  readonly interactionsPerDay?: number;
  /** days before now that have interactions; default 30 */
  readonly days?: number;
  readonly requestsPerSecond?: number;
  /** life of an OAuth2 token; default 3600 */
  readonly tokenSeconds?: number;
  readonly now?: () => number;
}

const LARGEST_PAGE = 500;
const DEFAULT_PAGE = 100;

interface Range {
  /** interactions are numbered through the days */
  readonly from: number;
  readonly to: number;
}

export function startCrmServer(options: CrmServerOptions): Promise<SampleServer> {
  const { now = Date.now, interactionsPerDay: perDay = 400, days = 30, requestsPerSecond = 50 } = options;
  const limit = new RequestLimit(requestsPerSecond, 1000, now);
  const tokens = new Map<string, number>();
  const at = (number: number) => interactionOf(Math.floor(number / perDay), number % perDay, perDay);
  const updated = (number: number) => Date.parse(at(number).updated_at);

  /** The first number whose interaction was updated at `ms` or later: those of one day are in order. */
  const firstSince = (ms: number): number => {
    const day = dayOf(ms);
    let low = day * perDay;
    let high = low + perDay;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (updated(middle) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const rangeOf = (query: URLSearchParams): Range | Reply => {
    const end = now();
    const bound = (name: string, otherwise: number) => {
      const text = query.get(name);
      return text === null ? otherwise : Date.parse(text);
    };
    const since = bound('updated_since', (dayOf(end) - days) * DAY_MS);
    const before = Math.min(bound('updated_before', end), end);
    if (Number.isNaN(since) || Number.isNaN(before))
      return problem(400, 'updated_since and updated_before are ISO 8601');
    const from = firstSince(since);
    return { from, to: Math.max(from, firstSince(before)) };
  };

  return startSampleServer((request) => {
    const { url, method } = request;
    if (url.pathname === '/oauth/token')
      return method === 'POST' ? issueToken(request, options, tokens, now) : problem(405, 'POST it');
    if (!isAllowed(request, options, tokens, now)) {
      return {
        ...problem(401, 'The login is unknown or has expired'),
        headers: { 'www-authenticate': 'Bearer realm="crm"' },
      };
    }
    const wait = limit.take();
    if (wait !== undefined) return { ...problem(429, 'Too many requests'), headers: { 'retry-after': String(wait) } };
    const range = rangeOf(url.searchParams);
    if ('body' in range) return range;
    switch (url.pathname) {
      case '/v1/interactions':
        return byCursor(url, range, at);
      case '/v1/interactions/pages':
        return byPage(url, range, at);
      case '/v1/interactions/links':
        return byLink(url, range, at);
      default:
        return problem(404, `There is no ${url.pathname}`);
    }
  }, options.port);
}

const problem = (status: number, message: string): Reply => ({ status, body: { error: { message } } });

type At = (number: number) => Interaction;

const sizeOf = (query: URLSearchParams, name: string): number =>
  Math.min(Math.max(1, Number.parseInt(query.get(name) ?? '', 10) || DEFAULT_PAGE), LARGEST_PAGE);

const slice = (from: number, to: number, at: At): Interaction[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => at(from + index));

function byCursor(url: URL, { from, to }: Range, at: At): Reply {
  const query = url.searchParams;
  const cursor = query.get('cursor');
  const start = cursor === null ? from : Number(Buffer.from(cursor, 'base64url').toString().replace(/^i/, ''));
  if (!Number.isInteger(start) || start < from || start > to) return problem(400, 'The cursor is not of this listing');
  const end = Math.min(to, start + sizeOf(query, 'limit'));
  const next = end < to ? Buffer.from(`i${end}`).toString('base64url') : null;
  return { body: { data: slice(start, end, at), meta: { next } } };
}

function byPage(url: URL, { from, to }: Range, at: At): Reply {
  const query = url.searchParams;
  const page = Number(query.get('page') ?? 1);
  if (!Number.isInteger(page) || page < 1) return problem(400, 'page counts from 1');
  const size = sizeOf(query, 'per_page');
  const start = Math.min(to, from + (page - 1) * size);
  return { body: { items: slice(start, Math.min(to, start + size), at), page, per_page: size, total: to - from } };
}

function byLink(url: URL, { from, to }: Range, at: At): Reply {
  const query = url.searchParams;
  const start = from + Number(query.get('offset') ?? 0);
  if (!Number.isInteger(start) || start < from) return problem(400, 'offset counts from 0');
  const end = Math.min(to, start + sizeOf(query, 'limit'));
  const next = new URLSearchParams(query);
  next.set('offset', String(end - from));
  const link = `<${url.pathname}?${next}>; rel="next", <${url.pathname}?offset=0>; rel="first"`;
  return { headers: end < to ? { link } : {}, body: slice(Math.min(start, to), end, at) };
}

function isAllowed(
  { headers }: SampleRequest,
  options: CrmServerOptions,
  tokens: ReadonlyMap<string, number>,
  now: () => number,
): boolean {
  if (headers['x-api-key'] === options.apiKey) return true;
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'Bearer') return value === options.bearerToken || (tokens.get(value) ?? 0) > now();
  return scheme === 'Basic' && decoded(value) === `${options.username}:${options.password}`;
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString();

/** RFC 6749, 4.4: the client in the header or in the body. */
function issueToken(
  { headers, body }: SampleRequest,
  { clientId, clientSecret, tokenSeconds = 3600 }: CrmServerOptions,
  tokens: Map<string, number>,
  now: () => number,
): Reply {
  const form = new URLSearchParams(body);
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
  const given =
    scheme === 'Basic'
      ? decoded(value).split(':').map(decodeURIComponent)
      : [form.get('client_id'), form.get('client_secret')];
  if (given[0] !== clientId || given[1] !== clientSecret) return { status: 401, body: { error: 'invalid_client' } };
  if (form.get('grant_type') !== 'client_credentials')
    return { status: 400, body: { error: 'unsupported_grant_type' } };
  const token = randomUUID();
  tokens.set(token, now() + tokenSeconds * 1000);
  return { body: { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds } };
}

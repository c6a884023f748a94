import type { BadRowLimits, OnDrift } from '../../tasks/common';
import type { HttpConfig, RowPartition } from '../../tasks/extract-rows';
import type { Column } from '../columns';
import { REQUESTS } from '../signatures';
import type { Cursor, Duration, RowSource } from '../types';
import { checked } from '../wrong-call';
import { arePartitions, holdsOnly, isObject, misfitsOf, optionsOf } from './options';

/** How a listing goes on. Made by `byCursor`, `byPage`, `byLink`. */
export type Paging = NonNullable<HttpConfig['paginate']>;
/** How a request proves who asks. Made by `bearer`, `apiKey`, `oauth2`, `basic`. */
export type HttpAuth = NonNullable<HttpConfig['auth']>;
/** Made by `perSecond`, `perMinute`. */
export interface RateLimit {
  readonly requestsPerSecond: number;
}

/** The answer says at `next` (`meta.next`) what query parameter `parameter` (default: `cursor`) is to be, until it says nothing. */
export const byCursor = checked(
  REQUESTS.byCursor,
  (next: string, options: { parameter?: string } = {}): Paging => ({
    kind: 'cursor',
    next,
    parameter: 'cursor',
    ...options,
  }),
);

/**
 * Query parameter `parameter` (default: `page`) counts pages from `first` (default: 1), until one has no rows, or fewer than those
 * before it. `size` is sent as `sizeParameter`.
 */
export const byPage = checked(
  REQUESTS.byPage,
  (options: { parameter?: string; first?: number; size?: number; sizeParameter?: string } = {}): Paging => ({
    kind: 'page',
    parameter: 'page',
    first: 1,
    ...options,
  }),
);

/** The address of the next page is in the header `Link` with `rel="next"`, or in the answer at `next` (`paging.next`). */
export const byLink = checked(
  REQUESTS.byLink,
  (next?: string): Paging => ({ kind: 'link', ...(next === undefined ? {} : { next }) }),
);

/** `Authorization: Bearer` with the secret's `token`. */
export const bearer = checked(REQUESTS.bearer, (secret: string): HttpAuth => ({ kind: 'bearer', secret }));

/** The secret's `apiKey`, in a header or a query parameter: `apiKey('weather', { query: 'appid' })`. */
export const apiKey = checked(
  REQUESTS.apiKey,
  (secret: string, place: { header: string; query?: undefined } | { query: string; header?: undefined }): HttpAuth => ({
    kind: 'apiKey',
    secret,
    in: place.query === undefined ? 'header' : 'query',
    name: (place.query ?? place.header) as string,
  }),
);

/** OAuth2 client credentials: the secret's `clientId` and `clientSecret`, exchanged for a token at `tokenUrl`. */
export const oauth2 = checked(
  REQUESTS.oauth2,
  (secret: string, options: { tokenUrl: string; scope?: string }): HttpAuth => ({
    kind: 'oauth2',
    secret,
    ...options,
  }),
);

/** HTTP Basic with the secret's `username` and `password`. */
export const basic = checked(REQUESTS.basic, (secret: string): HttpAuth => ({ kind: 'basic', secret }));

/** Requests a second of the whole run, whatever runs side by side. */
export const perSecond = checked(
  REQUESTS.perSecond,
  (requests: number): RateLimit => ({ requestsPerSecond: requests }),
);
export const perMinute = checked(
  REQUESTS.perMinute,
  (requests: number): RateLimit => ({ requestsPerSecond: requests / 60 }),
);

/** One item of the fan-out: an `id` that is the same in each run, and what `{partition.<member>}` stands for. */
export type HttpPartition = { readonly id: string } & Readonly<Record<string, string | number | boolean | null>>;

export interface HttpApiOptions {
  /**
   * Names `{partition.city}`, `{interval.start}`, `{interval.end}`, `{cursor.from}`, `{cursor.to}` stand for values, in a format of
   * choice: `{interval.start:date}`, `:iso`, `:unix`, `:unixMs`. They may be in `query` and `headers` as well.
   */
  url: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  headers?: Readonly<Record<string, string>>;
  auth?: HttpAuth;
  /** where the answer has its rows (`data.items`); default: it is an array, or one row */
  rows?: string;
  paginate?: Paging;
  rateLimit?: RateLimit;
  /** of one request; default 30 s */
  timeout?: Duration;
  /** tries of one request, with growing waits between them; default 3 */
  retry?: { attempts: number };
  /** nested members are named by their path: `decimal(5, 2).from('main.temp')`, `text().from('weather[0].main')` */
  columns: Readonly<Record<string, Column>>;
  /** the column that says when a row last changed; needs `{cursor.from}` or `{cursor.to}` in the request */
  cursor?: string | Cursor;
  /** requested side by side, each with all of its pages */
  partitions?: readonly HttpPartition[];
  /** how many partitions are requested at once, 1 to 40; default 10 */
  concurrency?: number;
  /** this share of the partitions may fail, 0 to 1: the run is then partial. Default 0 */
  tolerate?: number;
  /** what happens when an answer's members are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** memory of the extract function; default 1024 */
  memoryMb?: number;
}

/** Rows of a REST API that answers in JSON. */
export function httpApi(options: HttpApiOptions): RowSource {
  // A misspelt option must reach validation: only what is missing is filled in.
  const { url, auth, rows, paginate, cursor, concurrency, ...rest } = optionsOf(options);
  const { query, headers, rateLimit, timeout, retry, partitions, ...others } = rest;
  const converted = { query, headers, rateLimit, timeout, retry, partitions };
  const misfits = misfitsOf(converted, FITS);
  const right = <K extends keyof typeof converted>(name: K) => (name in misfits ? undefined : converted[name]);
  return {
    kind: 'httpApi',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    ...others,
    ...(cursor === undefined ? {} : { cursor: typeof cursor === 'string' ? { column: cursor } : cursor }),
    ...(partitions === undefined ? {} : { partitions: right('partitions')?.map(partitionOf) }),
    ...misfits,
    config: {
      kind: 'httpApi',
      url,
      query: Object.fromEntries(Object.entries(right('query') ?? {}).map(([name, value]) => [name, String(value)])),
      headers: { ...right('headers') },
      ...(auth === undefined ? {} : { auth }),
      rows: rows ?? '',
      ...(paginate === undefined ? {} : { paginate }),
      ...(right('rateLimit') === undefined ? {} : { rateLimit: right('rateLimit')?.requestsPerSecond }),
      timeoutSeconds: right('timeout')?.seconds ?? 30,
      concurrency: concurrency ?? 10,
      attempts: right('retry')?.attempts ?? 3,
    },
  } as RowSource;
}

/** What becomes something else below. */
const FITS = {
  query: (value: unknown) =>
    isObject(value) && Object.values(value).every((one) => ['string', 'number', 'boolean'].includes(typeof one)),
  headers: isObject,
  rateLimit: holdsOnly('requestsPerSecond'),
  timeout: holdsOnly('seconds'),
  retry: holdsOnly('attempts'),
  partitions: arePartitions,
};

const partitionOf = ({ id, ...values }: HttpPartition): RowPartition => ({ id, values });

/** For "did you mean". */
export const HTTP_OPTIONS = [
  'url',
  'query',
  'headers',
  'auth',
  'rows',
  'paginate',
  'rateLimit',
  'timeout',
  'retry',
  'columns',
  'cursor',
  'partitions',
  'concurrency',
  'tolerate',
  'onDrift',
  'onBadRow',
  'memoryMb',
];

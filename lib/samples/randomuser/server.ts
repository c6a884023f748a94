/**
 * Answers as randomuser.me documents it (https://randomuser.me/documentation, version 1.4), with people made up here: `results`, `page`, `seed`,
 * `gender`, `nat`, `inc`, `exc`, `noinfo`, in JSON. Like the service it gives the same people for the same seed and page, takes 1 for a
 * number that makes no sense, leaves `gender` aside where there is a seed, and counts people, not requests, in its limit of a minute.
 */
import { randomBytes } from 'node:crypto';
import { type Reply, type SampleServer, startSampleServer } from '../server';
import { NATIONALITIES } from './places';
import { type RandomUser, randomUsers } from './users';

/** Of the service that it stands in for. */
export const RANDOMUSER_ORIGIN = 'https://randomuser.me';

export interface RandomUserServerOptions {
  readonly port?: number;
  /** people that may be asked for in a minute; default 20,000 */
  readonly usersPerMinute?: number;
  readonly now?: () => number;
  /** in place of the answer to a request, to see what becomes of errors and of an API that repeats itself */
  readonly instead?: (url: URL) => Reply | undefined;
}

export const VERSION = '1.4';
const MOST_RESULTS = 5000;
const MOST_PAGES = 10_000;
const MINUTE_MS = 60_000;
const FIELDS: readonly (keyof RandomUser)[] = [
  'gender',
  'name',
  'location',
  'email',
  'login',
  'dob',
  'registered',
  'phone',
  'cell',
  'id',
  'picture',
  'nat',
];

export const SOMETHING_WRONG =
  'Uh oh, something has gone wrong. Please tweet us @randomapi about the issue. Thank you.';

export function startRandomUserServer(options: RandomUserServerOptions = {}): Promise<SampleServer> {
  const { now = Date.now, usersPerMinute = 20_000, instead } = options;
  let minute = 0;
  let given = 0;
  return startSampleServer(({ url }) => {
    if (url.pathname === '/') return { body: { sample: 'People made up here, in the format of randomuser.me 1.4.' } };
    const [, version = VERSION] = /^\/api\/?(?:([^/]+)\/?)?$/.exec(url.pathname) ?? [undefined, ''];
    if (version !== VERSION) return { status: 404, body: { error: 'Not Found' } };
    const replaced = instead?.(url);
    if (replaced) return replaced;
    const thisMinute = Math.floor(now() / MINUTE_MS);
    if (thisMinute !== minute) [minute, given] = [thisMinute, 0];
    if (given >= usersPerMinute) return { status: 429, body: { error: tooMany(given) } };
    const results = numberIn(url.searchParams.get('results'), MOST_RESULTS);
    given += results;
    return { headers: { 'cache-control': 'no-cache' }, body: answer(url.searchParams, results, now()) };
  }, options.port);
}

const tooMany = (users: number): string =>
  `Whoa, ease up there cowboy. You've requested ${users} users in the last minute. Help us keep this service free and spare some bandwidth for other users please :)`;

function answer(query: URLSearchParams, results: number, now: number) {
  const page = numberIn(query.get('page'), MOST_PAGES);
  const given = query.get('seed') ?? '';
  const seed = given === '' ? randomBytes(8).toString('hex') : given;
  const gender = query.get('gender');
  const users = randomUsers({
    seed,
    page,
    results,
    gender: given === '' && (gender === 'female' || gender === 'male') ? gender : undefined,
    nationalities: nationalitiesIn(query.get('nat')),
    now,
  });
  const fields = fieldsIn(query.get('inc'), query.get('exc'));
  const shown = users.map((user) => Object.fromEntries(fields.map((field) => [field, user[field]])));
  if (query.has('noinfo')) return { results: shown };
  return { results: shown, info: { seed, results, page, version: VERSION } };
}

function numberIn(text: string | null, most: number): number {
  const value = Number(text ?? 1);
  return Number.isInteger(value) && value >= 1 && value <= most ? value : 1;
}

const listIn = (text: string | null): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** One that nobody knows makes it any, as with the service. */
function nationalitiesIn(text: string | null): string[] {
  const wanted = listIn(text).map((one) => one.toUpperCase());
  return wanted.every((one) => NATIONALITIES.includes(one)) ? wanted : [];
}

function fieldsIn(including: string | null, excluding: string | null): (keyof RandomUser)[] {
  const [inc, exc] = [listIn(including), listIn(excluding)].map((names) => names.map((one) => one.toLowerCase()));
  return FIELDS.filter((field) => (inc!.length === 0 || inc!.includes(field)) && !exc!.includes(field));
}

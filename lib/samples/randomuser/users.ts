/** People who do not exist: the same for a seed and a page, as randomuser.me has it. Only their ages depend on the day. */
import { createHash } from 'node:crypto';
import { randomFrom } from '../random';
import { NATIONALITIES, PLACES, type Place } from './places';

export type Gender = 'female' | 'male';

export interface RandomUser {
  readonly gender: Gender;
  readonly name: { readonly title: string; readonly first: string; readonly last: string };
  readonly location: {
    readonly street: { readonly number: number; readonly name: string };
    readonly city: string;
    readonly state: string;
    readonly country: string;
    /** a number in most countries */
    readonly postcode: number | string;
    readonly coordinates: { readonly latitude: string; readonly longitude: string };
    readonly timezone: { readonly offset: string; readonly description: string };
  };
  readonly email: string;
  readonly login: {
    readonly uuid: string;
    readonly username: string;
    readonly password: string;
    readonly salt: string;
    readonly md5: string;
    readonly sha1: string;
    readonly sha256: string;
  };
  readonly dob: { readonly date: string; readonly age: number };
  readonly registered: { readonly date: string; readonly age: number };
  readonly phone: string;
  readonly cell: string;
  readonly id: { readonly name: string; readonly value: string | null };
  readonly picture: { readonly large: string; readonly medium: string; readonly thumbnail: string };
  readonly nat: string;
}

export interface Wanted {
  readonly seed: string;
  readonly page: number;
  readonly results: number;
  readonly gender?: Gender | undefined;
  /** empty: any */
  readonly nationalities: readonly string[];
  /** milliseconds since 1970 */
  readonly now: number;
}

const FIRST_BORN = Date.UTC(1944, 8, 1);
const LAST_BORN = Date.UTC(2001, 4, 1);
const FIRST_REGISTERED = Date.UTC(2002, 2, 21);
const LAST_REGISTERED = Date.UTC(2022, 4, 23);
const TIMEZONES: readonly (readonly [string, string])[] = [
  ['-8:00', 'Pacific Time (US & Canada)'],
  ['-3:30', 'Newfoundland'],
  ['0:00', 'Western Europe Time, London, Lisbon, Casablanca'],
  ['+1:00', 'Brussels, Copenhagen, Madrid, Paris'],
  ['+5:45', 'Kathmandu'],
  ['+9:30', 'Adelaide, Darwin'],
];
const ADJECTIVES = ['beautiful', 'crazy', 'golden', 'happy', 'lazy', 'silver', 'tiny', 'yellow'];
const ANIMALS = ['bear', 'duck', 'frog', 'goose', 'leopard', 'panda', 'swan', 'tiger'];
const PASSWORDS = ['addison', 'cheese', 'dolphin', 'joker', 'maggie', 'sunshine', 'trustno1', 'yankees'];
const PORTRAITS = 'https://randomuser.me/api/portraits';

export function randomUsers({ seed, page, results, gender, nationalities, now }: Wanted): RandomUser[] {
  const dice = diceFrom(`${seed}/${page}`);
  const choice = nationalities.length === 0 ? NATIONALITIES : nationalities;
  return Array.from({ length: results }, () => randomUser(dice, dice.oneOf(choice), gender, now));
}

function randomUser(dice: Dice, nat: string, wanted: Gender | undefined, now: number): RandomUser {
  const place = PLACES[nat]!;
  const either = dice.oneOf(['female', 'male'] as const);
  const gender = wanted ?? either;
  const first = dice.oneOf(place[gender]);
  const last = dice.oneOf(place.last);
  const password = dice.oneOf(PASSWORDS);
  const salt = dice.fill('@@@@@@@@');
  const [offset, description] = dice.oneOf(TIMEZONES);
  const born = dice.between(FIRST_BORN, LAST_BORN);
  const registered = dice.between(FIRST_REGISTERED, LAST_REGISTERED);
  const portrait = `${gender === 'male' ? 'men' : 'women'}/${dice.between(0, 96)}.jpg`;
  const hashed = (algorithm: string) => createHash(algorithm).update(`${password}${salt}`).digest('hex');
  return {
    gender,
    name: { title: gender === 'male' ? 'Mr' : dice.oneOf(['Miss', 'Mrs', 'Ms']), first, last },
    location: {
      street: { number: dice.between(1, 9999), name: dice.oneOf(place.streets) },
      city: dice.oneOf(place.cities),
      state: dice.oneOf(place.states),
      country: place.country,
      postcode: postcodeOf(place, dice),
      coordinates: { latitude: dice.degrees(90), longitude: dice.degrees(180) },
      timezone: { offset, description },
    },
    email: `${plain(first) || 'user'}.${plain(last) || dice.fill('####')}@example.com`,
    login: {
      uuid: dice.uuid(),
      username: `${dice.oneOf(ADJECTIVES)}${dice.oneOf(ANIMALS)}${dice.between(100, 999)}`,
      password,
      salt,
      md5: hashed('md5'),
      sha1: hashed('sha1'),
      sha256: hashed('sha256'),
    },
    dob: { date: new Date(born).toISOString(), age: yearsBetween(born, now) },
    registered: { date: new Date(registered).toISOString(), age: yearsBetween(registered, now) },
    phone: dice.fill(place.phone),
    cell: dice.fill(place.cell),
    id: place.id ? { name: place.id.name, value: dice.fill(place.id.pattern) } : { name: '', value: null },
    picture: {
      large: `${PORTRAITS}/${portrait}`,
      medium: `${PORTRAITS}/med/${portrait}`,
      thumbnail: `${PORTRAITS}/thumb/${portrait}`,
    },
    nat,
  };
}

function postcodeOf({ postcode }: Place, dice: Dice): number | string {
  if (!/^#+$/.test(postcode)) return dice.fill(postcode);
  return dice.between(10 ** (postcode.length - 1), 10 ** postcode.length - 1);
}

/** Letters that an address may have. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');

function yearsBetween(from: number, to: number): number {
  const [a, b] = [new Date(from), new Date(to)];
  const years = b.getUTCFullYear() - a.getUTCFullYear();
  const anniversary = Date.UTC(b.getUTCFullYear(), a.getUTCMonth(), a.getUTCDate());
  return to < anniversary ? years - 1 : years;
}

interface Dice {
  oneOf<T>(choice: readonly T[]): T;
  /** both included */
  between(least: number, most: number): number;
  /** `#` becomes a digit, `@` a capital letter */
  fill(pattern: string): string;
  /** `-69.8246` */
  degrees(most: number): string;
  /** of version 4 */
  uuid(): string;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function diceFrom(text: string): Dice {
  const next = randomFrom(createHash('sha256').update(text).digest().readUInt32BE());
  // Two seeds of 32 bits may be the same; nobody is to be somebody else by that.
  const identity = createHash('sha256').update(`identity ${text}`).digest('hex');
  let people = 0;
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const oneOf = <T>(choice: readonly T[]): T => choice[between(0, choice.length - 1)]!;
  return {
    oneOf,
    between,
    fill: (pattern) =>
      pattern.replace(/[#@]/g, (place) => (place === '#' ? String(between(0, 9)) : oneOf([...LETTERS]))),
    degrees: (most) => ((next() * 2 - 1) * most).toFixed(4),
    uuid: () => {
      const hex = createHash('sha256').update(`${identity} ${people++}`).digest('hex');
      const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4];
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
}

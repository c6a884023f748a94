/** The sample shop's customers: each moves every two months or so, and subscribes to the newsletter or leaves it. Nobody in them exists. */
import { DAY_MS, dayOf, FIRST_DAY, MINUTE_MS, sqlTime, timesSince, type Version } from './calendar';

/** A row of MySQL's table `customers`: as people type it, so with capitals and blanks where none belong. */
export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  readonly city: string;
  readonly tier: 'basic' | 'silver' | 'gold';
  readonly newsletter: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Those of the first day, by the numbers 1 to 400. */
export const FIRST_CUSTOMERS = 400;
const NEW_A_DAY = 2;
const FIRST_NEW_ID = 1001;
const DAYS_BETWEEN_MOVES = 61;
const DAYS_BETWEEN_LETTERS = 29;

const NAMES = ['Ada', 'Bela', 'Chén', 'Dana', 'Emre', 'Fatou', 'Goran', 'Hana'];
const SURNAMES = ['Sample', 'Example', 'Muster', 'Exemple', "O'Ejemplo"];
const TIERS = ['basic', 'basic', 'silver', 'gold'] as const;
const CITIES = [
  ['DE', 'Köln'],
  ['FR', 'Paris'],
  ['us', 'Springfield'],
  ['JP', '東京'],
  ['BR', ' São Paulo'],
  ['DE', 'Berlin'],
  ['FR', ''],
] as const;

/** Everything that happened to them after `since` and up to `now`, in its order. */
export function customerVersions(since: number, now: number): Version<Customer>[] {
  const versions: Version<Customer>[] = [];
  const days = { first: Math.max(FIRST_DAY, dayOf(since)), last: dayOf(now) };
  for (let id = 1; id <= FIRST_CUSTOMERS; id++) {
    const times = [
      joinedAt(id),
      ...recurring(moveOffset(id), DAYS_BETWEEN_MOVES, days).map((day) => day * DAY_MS + moveMinute(id) * MINUTE_MS),
      ...recurring(letterOffset(id), DAYS_BETWEEN_LETTERS, days).map(
        (day) => day * DAY_MS + letterMinute(id) * MINUTE_MS,
      ),
    ];
    for (const at of times) if (at > since && at <= now) versions.push(versionOf(id, at));
  }
  for (let day = days.first; day <= days.last; day++) {
    for (const id of newCustomersOf(day)) {
      if (joinedAt(id) > since && joinedAt(id) <= now) versions.push(versionOf(id, joinedAt(id)));
    }
  }
  return versions.sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);
}

/** Who joins on a day. */
export const newCustomersOf = (day: number): number[] =>
  day < FIRST_DAY ? [] : Array.from({ length: NEW_A_DAY }, (_, n) => FIRST_NEW_ID + (day - FIRST_DAY) * NEW_A_DAY + n);

function versionOf(id: number, at: number): Version<Customer> {
  const day = dayOf(at);
  const minute = (at - day * DAY_MS) / MINUTE_MS;
  // What is to happen later that day has not happened yet.
  const moves = isFirst(id)
    ? timesSince(minute < moveMinute(id) ? day - 1 : day, DAYS_BETWEEN_MOVES, moveOffset(id))
    : 0;
  const letters = isFirst(id)
    ? timesSince(minute < letterMinute(id) ? day - 1 : day, DAYS_BETWEEN_LETTERS, letterOffset(id))
    : 0;
  const [country, city] = CITIES[(id * 3 + moves) % CITIES.length]!;
  return {
    id,
    name: `${NAMES[id % NAMES.length]} ${SURNAMES[(id * 7) % SURNAMES.length]}`,
    email: `${id % 9 === 0 ? 'Customer' : 'customer'}${id}@example.com${id % 13 === 0 ? ' ' : ''}`,
    country,
    city,
    tier: TIERS[(id + Math.floor(moves / 3)) % TIERS.length]!,
    newsletter: (id + letters) % 2 === 0,
    created_at: sqlTime(joinedAt(id)),
    updated_at: sqlTime(at),
    visibleAt: at,
  };
}

const isFirst = (id: number): boolean => id <= FIRST_CUSTOMERS;

function joinedAt(id: number): number {
  if (isFirst(id)) return FIRST_DAY * DAY_MS + id * MINUTE_MS;
  const number = id - FIRST_NEW_ID;
  return (FIRST_DAY + Math.floor(number / NEW_A_DAY)) * DAY_MS + (9 + (number % NEW_A_DAY) * 6) * 60 * MINUTE_MS;
}

const moveOffset = (id: number): number => 1 + ((id * 7) % DAYS_BETWEEN_MOVES);
const moveMinute = (id: number): number => 60 + id;
const letterOffset = (id: number): number => 1 + ((id * 5) % DAYS_BETWEEN_LETTERS);
const letterMinute = (id: number): number => 600 + id;

/** On which of the days it happens. */
function recurring(offset: number, period: number, { first, last }: { first: number; last: number }): number[] {
  const days: number[] = [];
  const before = Math.max(0, Math.ceil((first - FIRST_DAY - offset) / period));
  for (let day = FIRST_DAY + offset + before * period; day <= last; day += period) days.push(day);
  return days;
}

/** What becomes of users that randomuser.me's sample server gives, computed from its answers alone. */
import type { RandomUser } from '../../lib/samples/randomuser/users';
import type { Row } from './pipelines-cloud';

export interface Asked {
  readonly seed: string;
  readonly page: number;
  readonly results: readonly RandomUser[];
}

export const PAGES = [1, 2, 3];

export function ask(url: string, start: string): Promise<Asked[]> {
  const seed = String(Date.parse(start) / 1000);
  return Promise.all(
    PAGES.map(async (page) => {
      const answer = await fetch(`${url}/api/?seed=${seed}&page=${page}&results=100`);
      const { results } = (await answer.json()) as { results: RandomUser[] };
      return { seed, page, results };
    }),
  );
}

/** As PostgreSQL writes it. */
export const sqlTime = (iso: string): string =>
  iso
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

export function rawRows(asked: readonly Asked[], end: string): Row[] {
  return asked.flatMap(({ seed, page, results }) =>
    results.map((user) => ({
      raw_id: `${seed}-${page}-${user.login.uuid}`,
      received_at: sqlTime(end),
      seed,
      page: String(page),
      user_id: user.login.uuid,
      body: JSON.stringify(user),
    })),
  );
}

/** Without what is masked or hashed, and what is kept of a user beside that. */
export function userRow(user: RandomUser, end: string): Row {
  const [born, came] = [new Date(user.dob.date), new Date(end)];
  const hadBirthday =
    Date.UTC(2000, came.getUTCMonth(), came.getUTCDate(), came.getUTCHours(), came.getUTCMinutes()) >=
    Date.UTC(2000, born.getUTCMonth(), born.getUTCDate(), born.getUTCHours(), born.getUTCMinutes());
  const age = came.getUTCFullYear() - born.getUTCFullYear() - (hadBirthday ? 0 : 1);
  const { location, name } = user;
  return {
    user_id: user.login.uuid,
    received_at: sqlTime(end),
    received_on: end.slice(0, 10),
    full_name: `${name.title} ${name.first} ${name.last}`,
    first_name: name.first,
    last_name: name.last,
    gender: user.gender,
    username: user.login.username,
    email_domain: 'example.com',
    phone: '***',
    cell: '***',
    age: String(age),
    age_band: age >= 75 ? '75 and over' : age >= 60 ? '60-74' : age >= 45 ? '45-59' : age >= 30 ? '30-44' : '18-29',
    registered_at: sqlTime(user.registered.date),
    city: location.city,
    state: location.state,
    country: location.country,
    postcode: String(location.postcode),
    latitude: location.coordinates.latitude,
    longitude: location.coordinates.longitude,
    utc_offset: location.timezone.offset,
    nationality: user.nat,
  };
}

export const byId = (rows: readonly Row[], column = 'user_id'): Row[] =>
  [...rows].sort((a, b) => (a[column]! < b[column]! ? -1 : 1));

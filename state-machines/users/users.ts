/** One user for the tables: names put together, the age of the day on which it came, of the address only its domain. */
import { BadRow, type RowFunction } from '../../lib/pipeline';
import type { columns } from './columns';
import type { users } from './pipeline';

const BANDS = [18, 30, 45, 60, 75];

const user: RowFunction<typeof columns, typeof users> = ({ title, first_name, last_name, email, born_at, ...rest }) => {
  const [, domain] = /^[^@\s]+@([^@\s]+\.[^@\s]+)$/.exec(email) ?? [];
  if (domain === undefined) throw new BadRow('the e-mail address has no domain');
  const age = yearsBetween(born_at, rest.received_at);
  if (age < 0) throw new BadRow('it is born after it came');
  return {
    ...rest,
    full_name: [title, first_name, last_name].filter(Boolean).join(' '),
    first_name,
    last_name,
    email_domain: domain.toLowerCase(),
    age,
    age_band: bandOf(age),
    received_on: rest.received_at.slice(0, 10),
  };
};
export default user;

/** Of two ISO texts in UTC. */
function yearsBetween(from: string, to: string): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(4) < from.slice(4) ? years - 1 : years;
}

/** `30-44`; `under 18`, `75 and over` */
function bandOf(age: number): string {
  const next = BANDS.findIndex((from) => age < from);
  if (next === 0) return `under ${BANDS[0]}`;
  return next < 0 ? `${BANDS.at(-1)} and over` : `${BANDS[next - 1]}-${BANDS[next]! - 1}`;
}

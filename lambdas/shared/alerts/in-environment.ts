import type { Alert } from '../../../lib/tasks/alert';

/** `npx stepwell redrive`, `npx stepwell backfill show`: what stands before a command's own arguments. */
const COMMAND = /npx stepwell (?:(?:backfill|quarantine) )?[a-z]+/g;

/** In an environment that has a name: says which, and its commands name it as well. */
export function inEnvironment(alert: Alert, environment = process.env.STEPWELL_ENV): Alert {
  if (!environment) return alert;
  const named = <T>(value: T): T => {
    if (typeof value === 'string') return value.replace(COMMAND, `$& --env ${environment}`) as T;
    if (Array.isArray(value)) return value.map(named) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, named(member)])) as T;
  };
  return { ...named(alert), title: `${named(alert.title)} (${environment})` };
}

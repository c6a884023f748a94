/** The sample shop's days: what happens in it depends on the day alone, so it is the same however often and wherever it is made. */

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
/** The shop's first day, 1 January 2025, in days since 1970. */
export const FIRST_DAY = 20_089;

/** Days since 1970, in UTC. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** `2026-01-31 10:00:00`, as MySQL writes a time; in UTC. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** How often something that recurs every `period` days, first on day `offset` of the shop, has happened by the end of `day`. */
export const timesSince = (day: number, period: number, offset: number): number =>
  Math.max(0, Math.floor((day - FIRST_DAY - offset) / period) + 1);

/** A row as it is from `visibleAt` on (milliseconds since 1970), until a later version of it. */
export type Version<Row> = Row & { readonly visibleAt: number };

/** The rows as somebody sees them who looks at `now`. `versions` in order of `visibleAt`. */
export function rowsAt<Row>(versions: readonly Version<Row>[], keyOf: (row: Row) => unknown, now: number): Row[] {
  const rows = new Map<unknown, Row>();
  for (const { visibleAt, ...row } of versions) {
    if (visibleAt > now) break;
    rows.set(keyOf(row as Row), row as Row);
  }
  return [...rows.values()];
}

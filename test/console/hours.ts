/** Of an hourly schedule. */
const HOUR_MS = 3_600_000;

/** Of the suite: its intervals stay the same ones when an hour begins while it runs. */
const BEGUN = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;

/** So many hours ago. */
export function hour(back: number): { readonly start: string; readonly end: string } {
  const end = BEGUN - back * HOUR_MS;
  return { start: new Date(end - HOUR_MS).toISOString(), end: new Date(end).toISOString() };
}

/** As the grid calls it. */
export const titleOf = ({ start }: { readonly start: string }): string =>
  `${start.slice(0, 10)} ${start.slice(11, 16)}`;

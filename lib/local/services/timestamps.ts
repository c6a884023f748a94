/** Times come as `Date` over the wire and from SDK-shaped input; stored state and templates hold numbers or ISO text. */
export function toMillis(time: Date | number | string): number {
  if (time instanceof Date) return time.getTime();
  // The JSON protocols write seconds.
  return typeof time === 'number' ? Math.round(time * 1000) : Date.parse(time);
}

/** `2026-01-31T12:00:00Z` */
export const isoSeconds = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`;

import type { Run } from '../../lib/tasks/common';

/** The time in `_arrival`, as the databases read it: of `2026-01-05T07:59:00.000Z#…` that is `2026-01-05 07:59:00.000`. */
export function arrivedAt({ arrival }: Run): string {
  return new Date(arrival.split('#')[0]!).toISOString().replace('T', ' ').replace('Z', '');
}

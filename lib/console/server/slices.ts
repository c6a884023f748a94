/** The parts of the console's API: a line each. Loaded when the first request comes, so that a start costs nothing. */
import type { Topic } from './live';
import type { Route } from './route';

export interface Slice {
  readonly routes: readonly Route[];
  readonly topics?: readonly Topic[];
}

const SLICES: readonly (() => Promise<Slice>)[] = [
  () => import('../api/shell'),
  () => import('../api/overview'),
  () => import('../api/run'),
];

export const loadSlices = (): Promise<readonly Slice[]> => Promise.all(SLICES.map((load) => load()));

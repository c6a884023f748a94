/** The parts of the console's API: a line each. One is loaded when a request comes that those before it do not answer: a start costs nothing. */
import { ConsoleError } from './errors';
import type { Topic } from './live';
import type { Route } from './route';
import { type Found, found } from './router';

export interface Slice {
  readonly routes: readonly Route[];
  readonly topics?: readonly Topic[];
}

/** What the first view asks comes first. */
const SLICES: readonly (() => Promise<Slice>)[] = [
  () => import('../api/shell'),
  () => import('../api/overview'),
  () => import('../api/pipeline'),
  () => import('../api/run'),
  () => import('../api/stream'),
  () => import('../api/grid'),
  () => import('../api/backfills'),
  () => import('../api/data'),
  () => import('../api/quarantine'),
  () => import('../api/lineage'),
  () => import('../api/triggers'),
  () => import('../api/watch'),
];

/** @throws {ConsoleError} for what there is not */
export async function routeOf(method: string, pathname: string): Promise<Found> {
  let takesOther = false;
  for (const load of SLICES) {
    const { routes } = await load();
    const one = found(routes, method, pathname);
    if (one === 'other method') takesOther = true;
    else if (one !== undefined) return one;
  }
  throw new ConsoleError('not-found', takesOther ? `${pathname} does not take ${method}.` : `There is no ${pathname}.`);
}

export async function topicNamed(name: string): Promise<Topic | undefined> {
  for (const load of SLICES) {
    const topic = (await load()).topics?.find((one) => one.name === name);
    if (topic !== undefined) return topic;
  }
  return undefined;
}

/** One after the other, so that requests come in between. */
export async function loadSlices(): Promise<readonly Slice[]> {
  const slices: Slice[] = [];
  for (const load of SLICES) {
    slices.push(await load());
    await new Promise((resolve) => setImmediate(resolve));
  }
  return slices;
}

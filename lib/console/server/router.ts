/** Finds the route of a path. */
import { ConsoleError } from './errors';
import type { Route } from './route';

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type Router = (method: string, pathname: string) => Found;

/** Its result throws a {ConsoleError} for what there is not. */
export function router(routes: readonly Route[]): Router {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (method, pathname) => {
    const given = pathname.split('/');
    const ofPath = patterns.flatMap(({ route, segments }) => {
      const params = matched(segments, given);
      return params === undefined ? [] : [{ route, params }];
    });
    // `/api/runs/latest` goes before `/api/runs/:run`.
    const found = ofPath
      .filter(({ route }) => route.method === method)
      .sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0];
    if (found !== undefined) return found;
    throw new ConsoleError(
      'not-found',
      ofPath.length > 0 ? `${pathname} does not take ${method}.` : `There is no ${pathname}.`,
    );
  };
}

function matched(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = given[index]!;
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
      continue;
    }
    const decoded = plain(value);
    if (decoded === undefined || decoded === '') return undefined;
    params[segment.slice(1)] = decoded;
  }
  return params;
}

function plain(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

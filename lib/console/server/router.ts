/** Finds the route of a path. */
import type { Route } from './route';

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** `other method`: the path is one of these, but does not take the method. */
export function found(routes: readonly Route[], method: string, pathname: string): Found | 'other method' | undefined {
  const given = pathname.split('/');
  const ofPath = routes.flatMap((route) => {
    const params = matched(route.path.split('/'), given);
    return params === undefined ? [] : [{ route, params }];
  });
  // `/api/runs/latest` goes before `/api/runs/:run`.
  const [first] = ofPath
    .filter(({ route }) => route.method === method)
    .sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  return first ?? (ofPath.length > 0 ? 'other method' : undefined);
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

/** Where the page is: its address, and going elsewhere. */
import { signal } from '@preact/signals';

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const place = signal<Place>(here());

export function go(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const url = new URL(to, location.href);
  if (url.pathname + url.search === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  place.value = here();
}

/**
 * Keeps what a view shows in its address, so that it can be linked, and gone back from: `undefined` takes a name away. `isTyped`: letter
 * by letter, which nobody wants to go back through.
 */
export function setQuery(values: Readonly<Record<string, string | undefined>>, isTyped = false): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(location.pathname + (text === '' ? '' : `?${text}`), { replace: isTyped });
}

/** Clicks on links of ours need no new document; those that mean another tab or window are the browser's. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    place.value = here();
  });
  addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
    if (link.pathname.startsWith('/api/') || link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    go(link.href);
    scrollTo(0, 0);
  });
}

/** Of a path with `:parameters`; undefined where it is another. */
export function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index]!;
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      params[segment.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return params;
}

/** `path('/runs', 'orders', 'a/b')` is `/runs/orders/a%2Fb`. */
export const path = (start: string, ...segments: readonly string[]): string =>
  [start, ...segments.map(encodeURIComponent)].join('/');

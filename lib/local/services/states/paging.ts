import { invalidToken } from './errors';

const DEFAULT_PAGE = 100;

interface Paging {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** A page of a list; the token is the position, opaque to the caller. Zero results mean the default. Throws InvalidToken. */
export function pageOf<T>(
  items: readonly T[],
  { maxResults, nextToken: token }: Paging,
): { readonly items: readonly T[]; readonly nextToken: { readonly nextToken?: string } } {
  const start = token === undefined ? 0 : position(token);
  const end = start + (maxResults || DEFAULT_PAGE);
  return { items: items.slice(start, end), nextToken: end < items.length ? { nextToken: tokenOf(end) } : {} };
}

const tokenOf = (at: number): string => Buffer.from(`page:${at}`).toString('base64');

function position(token: string): number {
  const [, at] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (at === undefined) throw invalidToken();
  return Number(at);
}

/** Where the next page is. */
import { createHash } from 'node:crypto';
import { SourceRefused, UnreadableAnswer } from '../../lib/tasks/errors';
import { parsePath, valueAt } from '../shared/rows/paths';
import { isWrittenNumber } from '../shared/rows/value-text';
import { type Hidden, showUrl } from './explain';
import type { Page, Paging } from './read-answer';

/** What to ask for; plain JSON, since a checkpoint carries it. */
export interface Position {
  /** of paging by cursor: the parameter's value; absent on the first page */
  readonly cursor?: string;
  /** of paging by page: its number */
  readonly page?: number;
  /** of paging by link: the whole address */
  readonly link?: string;
  /** rows of the fullest page so far */
  readonly fullest?: number;
}

export const firstPosition = (paging: Paging | undefined): Position =>
  paging?.kind === 'page' ? { page: paging.first } : {};

/** The address of a page. */
export function addressOf(start: URL, paging: Paging | undefined, { cursor, page, link }: Position): URL {
  if (link !== undefined) return new URL(link);
  const url = new URL(start);
  if (paging?.kind === 'cursor' && cursor !== undefined) url.searchParams.set(paging.parameter, cursor);
  if (paging?.kind === 'page') {
    url.searchParams.set(paging.parameter, String(page));
    if (paging.sizeParameter !== undefined && paging.size !== undefined) {
      url.searchParams.set(paging.sizeParameter, String(paging.size));
    }
  }
  return url;
}

/** Undefined after the last page. @throws {UnreadableAnswer} {SourceRefused} */
export function nextPosition(
  paging: Paging | undefined,
  position: Position,
  page: Page,
  origin: string,
  hidden: Hidden,
): Position | undefined {
  switch (paging?.kind) {
    case undefined:
      return undefined;
    case 'cursor': {
      const cursor = textAt(page, paging.next);
      return cursor === undefined ? undefined : { cursor };
    }
    case 'page':
      return nextNumber(position, page.rows.length);
    case 'link': {
      const link = paging.next === undefined ? linkIn(page.answer.headers.get('link')) : textAt(page, paging.next);
      return link === undefined ? undefined : { link: sameOrigin(link, page, origin, hidden) };
    }
  }
}

/**
 * A page with fewer rows than an earlier one is the last. A first page with fewer rows than asked for may be all that there is, or
 * all that the server gives at a time: only the next page tells.
 */
function nextNumber({ page = 1, fullest = 0 }: Position, rows: number): Position | undefined {
  if (rows === 0 || rows < fullest) return undefined;
  return { page: page + 1, fullest: Math.max(fullest, rows) };
}

function textAt({ document, answer }: Page, path: string): string | undefined {
  const value = valueAt(document, parsePath(path) ?? [path]);
  if (value === undefined || value === null || value === '' || value === false) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (isWrittenNumber(value)) return value.value;
  throw new UnreadableAnswer(
    `${answer.shownUrl} has ${typeof value === 'object' ? 'an object or array' : `a ${typeof value}`} at '${path}', where the way to the next page was due. Correct the source's paginate.`,
  );
}

/** `<https://…?page=2>; rel="next", <…>; rel="last"` */
function linkIn(header: string | null): string | undefined {
  for (const match of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[^,;"]+(?:"[^"]*")?)*)/g)) {
    const [, target, parameters = ''] = match;
    const rel = /;\s*rel\s*=\s*"?([^";]*)"?/i.exec(parameters)?.[1];
    if (rel?.toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}

function sameOrigin(link: string, { answer }: Page, origin: string, hidden: Hidden): string {
  const to = URL.canParse(link, answer.url.href) ? new URL(link, answer.url) : undefined;
  if (to?.origin === origin) return to.href;
  throw new SourceRefused(
    `${answer.shownUrl} names ${to ? showUrl(to, hidden) : 'no address'} as its next page: another server, which is not to get this one's credentials. Correct the source's url or paginate.`,
  );
}

/**
 * Notices pages that repeat, whatever the length of the circle, and remembers one page only (Brent's way): small enough for a
 * checkpoint, so that circles longer than an invocation are found too.
 */
export interface Mark {
  readonly hash: string;
  /** pages until another one is remembered */
  readonly left: number;
  readonly power: number;
}

export function repeats(mark: Mark | undefined, content: string | Uint8Array): { repeated: boolean; mark: Mark } {
  const hash = createHash('sha256').update(content).digest('base64').slice(0, 16);
  if (mark?.hash === hash) return { repeated: true, mark };
  if (mark && mark.left > 1) return { repeated: false, mark: { ...mark, left: mark.left - 1 } };
  const power = (mark?.power ?? 0.5) * 2;
  return { repeated: false, mark: { hash, left: power, power } };
}

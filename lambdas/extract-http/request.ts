/**
 * One GET, as often as it makes sense: connections that break and servers in trouble are asked again with growing, random waits;
 * a server that says when to come back is taken at its word; what cannot succeed fails at once.
 */
import { SourceRefused, SourceThrottles, SourceUnavailable, UnreadableAnswer } from '../../lib/tasks/errors';
import { type Authorization, reasonOf } from './authorize';
import { showBody, showUrl } from './explain';
import { get, type Response } from './get';

export interface RequestOptions {
  readonly authorization: Authorization;
  readonly attempts: number;
  readonly timeoutMs: number;
  /** until the function must be done */
  readonly remainingMs: () => number;
  /** waits for its turn under the rate limit */
  readonly turn: () => Promise<void>;
  /** about how long to wait before the second try; default half a second */
  readonly firstWaitMs?: number | undefined;
}

export interface Answer {
  /** where it came from, redirects followed; without what authorized it */
  readonly url: URL;
  readonly shownUrl: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Decompressed. A page is in memory as bytes, as text and as objects. */
export const MOST_ANSWER_BYTES = 32 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
/** A server that is busy for so long is left to the state machine's retry. */
const MOST_THROTTLES = 10;
/** What is left for staging what has been read. */
export const RESERVE_MS = 20_000;

type Outcome<T> = { readonly value: T } | { readonly refused: Answer } | Failed;

interface Failed {
  readonly what: string;
  readonly cause?: unknown;
  /** undefined: as backoff says */
  readonly waitMs?: number | undefined;
  readonly isThrottle: boolean;
  /** what to throw once there have been tries enough; default: SourceUnavailable */
  readonly final?: Error | undefined;
}

/** Thrown by `read` for what another try may mend; `final`: the error after the last one. */
export class TryAgain extends Error {
  constructor(
    message: string,
    readonly final?: Error,
  ) {
    super(message);
  }
}

/** @throws {SourceRefused} {SourceUnavailable} {SourceThrottles} {UnreadableAnswer} */
export async function request<T>(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: RequestOptions,
  /** makes what is wanted of a good answer */
  read: (answer: Answer) => T,
): Promise<T> {
  const { firstWaitMs = FIRST_WAIT_MS } = options;
  let failures = 0;
  let throttles = 0;
  let isFresh = false;
  for (;;) {
    const outcome = await attempt(url, headers, options, isFresh, read);
    if ('value' in outcome) return outcome.value;
    if ('refused' in outcome) {
      // Rotated, or expired: once more with what is new.
      if (outcome.refused.status !== 401 || isFresh) throw refused(outcome.refused, options);
      isFresh = true;
      continue;
    }
    if (outcome.isThrottle) throttles++;
    else failures++;
    const wait = outcome.waitMs ?? Math.random() * Math.min(firstWaitMs * 2 ** (failures + throttles), LONGEST_WAIT_MS);
    const isPatient = wait + options.timeoutMs + RESERVE_MS <= options.remainingMs();
    if (outcome.isThrottle && (throttles > MOST_THROTTLES || !isPatient)) {
      throw new SourceThrottles(
        `${outcome.what}. It asks to wait ${Math.ceil(wait / 1000)} s, longer than this function may. Lower the source's rateLimit if this happens often.`,
      );
    }
    if (failures >= options.attempts && outcome.final) throw outcome.final;
    if (failures >= options.attempts || !isPatient) {
      throw new SourceUnavailable(`${outcome.what}, ${failures === 1 ? 'once' : `${failures} times`}.`, {
        cause: outcome.cause,
      });
    }
    await sleep(wait);
  }
}

async function attempt<T>(
  start: URL,
  headers: Readonly<Record<string, string>>,
  { authorization, timeoutMs, turn }: RequestOptions,
  isFresh: boolean,
  read: (answer: Answer) => T,
): Promise<Outcome<T>> {
  let place = start;
  for (let redirects = 0; ; redirects++) {
    await turn();
    const url = new URL(place);
    const sent: Record<string, string> = { accept: 'application/json', 'user-agent': 'stepwell', ...headers };
    // Not among what is tried again here: a missing grant is no trouble of the source.
    await authorization.authorize(url, sent, isFresh && redirects === 0);
    const shownUrl = showUrl(place, authorization.hidden);
    try {
      const response = await get(url, {
        headers: sent,
        timeoutMs,
        mostBytes: MOST_ANSWER_BYTES,
        tooLarge: () => tooLarge(shownUrl),
      });
      if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
        place = redirectOf(response, place, shownUrl, redirects, authorization);
        continue;
      }
      const failure = failureOf(response, shownUrl, authorization);
      if (failure) return failure;
      const answer = { url: place, shownUrl, ...response };
      return answer.status >= 200 && answer.status < 300 ? { value: read(answer) } : { refused: answer };
    } catch (error) {
      if (error instanceof SourceRefused || error instanceof UnreadableAnswer) throw error;
      if (error instanceof TryAgain) return { what: error.message, isThrottle: false, final: error.final };
      return { what: `${shownUrl} does not answer: ${reasonOf(error)}`, cause: error, isThrottle: false };
    }
  }
}

function redirectOf(
  response: Response,
  from: URL,
  shownUrl: string,
  redirects: number,
  { hidden }: Authorization,
): URL {
  const location = response.headers.get('location')!;
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (redirects >= MOST_REDIRECTS) {
    throw new SourceRefused(`${shownUrl} redirects more than ${MOST_REDIRECTS} times. Correct the source's url.`);
  }
  if (to === undefined || to.origin !== from.origin) {
    throw new SourceRefused(
      `${shownUrl} redirects to ${to ? showUrl(to, hidden) : 'no address'}, another server, which is not to get this one's credentials. If it is the right one, make it the source's url.`,
    );
  }
  return to;
}

const tooLarge = (shownUrl: string): UnreadableAnswer =>
  new UnreadableAnswer(
    `${shownUrl} answers with more than ${MOST_ANSWER_BYTES / 1024 / 1024} MiB in one page. Ask for smaller pages: set paginate, or a smaller size in it.`,
  );

/** What is worth another try. */
function failureOf(
  { status, headers, body }: Response,
  shownUrl: string,
  { hidden }: Authorization,
): Failed | undefined {
  const what = `${shownUrl} answers with status ${status}, ${showBody(body.toString('utf8', 0, 2048), hidden)}`;
  const waitMs = retryAfterMs(headers.get('retry-after'), Date.now());
  if (status === 429 || (status === 503 && waitMs !== undefined)) return { what, waitMs, isThrottle: true };
  if (status === 408 || status === 425 || (status >= 500 && status !== 501 && status !== 505)) {
    return { what, isThrottle: false };
  }
  return undefined;
}

/** Seconds, or an HTTP date. */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function refused({ shownUrl, status, body }: Answer, { authorization }: RequestOptions): SourceRefused {
  const what = `${shownUrl} answers with status ${status}, ${showBody(body.toString('utf8', 0, 2048), authorization.hidden)}`;
  const remedy =
    status === 401
      ? 'The login is refused, also with the secret read anew: correct the secret.'
      : status === 403
        ? 'The login is known, but may not read this: get the right, or use another secret.'
        : status === 404 || status === 410
          ? 'There is nothing at this address: correct the url, or the partition.'
          : 'It refuses the request: correct url, query and headers.';
  return new SourceRefused(`${what}. ${remedy}`, { cause: { status } });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

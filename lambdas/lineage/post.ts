/** One event to an OpenLineage server, in a time that is bounded whatever it does. */
import type { RunEvent } from './run-event';

export type Answer =
  | { readonly outcome: 'taken' }
  /** it may take it later */
  | { readonly outcome: 'failed'; readonly problem: string }
  /** it will never take this one */
  | { readonly outcome: 'refused'; readonly problem: string };

export interface Server {
  /** without `/api/v1/lineage` */
  readonly url: string;
  /** sent as a bearer token; asked for anew where the one before was not taken */
  readonly apiKey?: (fresh: boolean) => Promise<string>;
}

export interface PostOptions {
  readonly timeoutMs?: number;
  /** between attempts */
  readonly pause?: (ms: number) => Promise<void>;
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const MOST_OF_ANSWER = 300;
/** What is wrong with the event itself; all else may be mended at the server, or in the settings. */
const REFUSES_EVENT = new Set([400, 413, 422]);

export async function postEvent(event: RunEvent, server: Server, options: PostOptions = {}): Promise<Answer> {
  const pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  let answer: Answer = { outcome: 'failed', problem: '' };
  let isLoginRefused = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 2));
    const { status, ...given } = await tryToPost(event, server, isLoginRefused, options.timeoutMs ?? TIMEOUT_MS);
    answer = given.answer;
    if (answer.outcome !== 'failed') return answer;
    // A key that was rotated is read once more; what is not there, or elsewhere, stays so.
    const mayHelp = status === undefined || status === 408 || status === 429 || status >= 500;
    if (!mayHelp && !((status === 401 || status === 403) && server.apiKey && !isLoginRefused)) return answer;
    isLoginRefused = status === 401 || status === 403;
  }
  return answer;
}

interface Tried {
  readonly answer: Answer;
  /** absent: there was no answer */
  readonly status?: number;
}

async function tryToPost(event: RunEvent, { url, apiKey }: Server, fresh: boolean, timeoutMs: number): Promise<Tried> {
  const endpoint = `${url.replace(/\/+$/, '')}/api/v1/lineage`;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey ? { authorization: `Bearer ${await apiKey(fresh)}` } : {}),
      },
      body: JSON.stringify(event),
      // A bearer token is for this server alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status } = response;
    if (response.ok) {
      await response.body?.cancel();
      return { answer: { outcome: 'taken' }, status };
    }
    if (status >= 300 && status < 400) {
      const to = response.headers.get('location') ?? 'nowhere';
      await response.body?.cancel();
      const problem = `${endpoint} answers ${status} and redirects to ${to}, which is not followed: name that server as url.`;
      return { answer: { outcome: 'failed', problem }, status };
    }
    const said = (await response.text()).slice(0, MOST_OF_ANSWER).trim();
    const problem = `${endpoint} answers ${status}${said === '' ? '' : `: ${said}`}`;
    return { answer: { outcome: REFUSES_EVENT.has(status) ? 'refused' : 'failed', problem }, status };
  } catch (error) {
    return { answer: { outcome: 'failed', problem: `${endpoint}: ${whyOf(error as Error, timeoutMs)}` } };
  }
}

/** `fetch failed` says nothing: its cause does. */
function whyOf(error: Error & { cause?: unknown }, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause = error.cause as { message?: string; code?: string } | undefined;
  return cause?.message || cause?.code || error.message;
}

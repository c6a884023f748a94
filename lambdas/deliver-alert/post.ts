/** Posts to a webhook: each attempt is short, and what is refused for now is tried again when the other side says. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { WebhookFailed } from './errors';

export interface Post {
  /** the name of the secret, for errors */
  readonly secret: string;
  readonly url: string;
  readonly body: object;
  /** ms that all attempts may take together */
  readonly withinMs: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly now?: () => number;
}

export const ATTEMPT_MS = 3_000;
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 1_000;
const MOST_ANSWER_BYTES = 2_000;

/** @throws {WebhookFailed} */
export async function post({ secret, url, body, withinMs, sleep = sleepFor, now = Date.now }: Post): Promise<void> {
  const address = addressOf(url, secret);
  const until = now() + withinMs;
  for (let attempt = 1; ; attempt++) {
    const refused = await attemptToPost(address, JSON.stringify(body), now);
    if (refused === undefined) return;
    const waitMs = refused.againAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
    if (refused.isFinal || attempt === ATTEMPTS || now() + waitMs + ATTEMPT_MS > until)
      throw new WebhookFailed(secret, `${refused.what}${refused.isFinal ? REMEDY : ''}`);
    await sleep(waitMs);
  }
}

const REMEDY = '. See in the chat whether the webhook is still there, and set its address in the secret';

interface Refusal {
  readonly what: string;
  /** another attempt would be refused as well */
  readonly isFinal?: boolean;
  readonly againAfterMs?: number | undefined;
}

async function attemptToPost(url: URL, body: string, now: () => number): Promise<Refusal | undefined> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'stepwell' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    text = await startOf(response);
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: unknown } };
    if (name === 'TimeoutError') return { what: `does not answer within ${ATTEMPT_MS / 1000} s` };
    return { what: `cannot be reached${typeof cause?.code === 'string' ? ` (${cause.code})` : ''}` };
  }
  if (response.ok) return undefined;
  const { status } = response;
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500;
  return {
    what: `answers ${status}${text === '' ? '' : `: ${text}`}`,
    isFinal: !isPassing,
    againAfterMs: isPassing ? retryAfter(response.headers.get('retry-after'), now()) : undefined,
  };
}

/** Slack says in a word or two what it does not like, as `no_service`; others may send a page. */
async function startOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_ANSWER_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8').replace(/\s+/g, ' ').trim();
  return /^[\w .:;,'"{}()-]{1,200}$/.test(text) ? text : '';
}

/** Seconds, or a date. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function addressOf(url: string, secret: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLocal = parsed?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  if (parsed?.protocol === 'https:' || (parsed && isLocal)) return parsed;
  throw new WebhookFailed(secret, 'has no https address: set its url, as {"url": "https://…"}');
}

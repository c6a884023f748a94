/** What a person needs to know of a request that failed: where, which status, how the answer begins; never a secret. */

const SHOWN_BYTES = 200;
const SECRET_NAME = /key|token|secret|appid|passw|sign|auth/i;

/** Texts that must not be shown: whatever authorizes a request. */
export type Hidden = ReadonlySet<string>;

export function showUrl(url: URL, hidden: Hidden): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  const query = [...url.searchParams].map(([name, value]) =>
    SECRET_NAME.test(name) ? `${name}=***` : `${name}=${encodeURIComponent(value)}`,
  );
  shown.search = '';
  return hide(query.length > 0 ? `${shown.href}?${query.join('&')}` : shown.href, hidden);
}

/** Of sources whose rows are personal data. */
const withheld = new WeakSet<Hidden>();

/** From now on no answer is quoted in an error. */
export function withholdBodies(hidden: Hidden): void {
  withheld.add(hidden);
}

/** A parser's error, which quotes what it has stumbled over; nothing of it where answers are not quoted. */
export function quotingError(error: unknown, hidden: Hidden): { reason: string; options: ErrorOptions } {
  if (withheld.has(hidden)) return { reason: 'it is not shown here, as it may hold personal data', options: {} };
  return { reason: (error as Error).message.slice(0, 120), options: { cause: error } };
}

/** The answer's first characters on one line. */
export function showBody(body: string, hidden: Hidden): string {
  if (withheld.has(hidden)) return `a body of ${body.length} characters (withheld: it may hold personal data)`;
  const line = body
    .slice(0, 4 * SHOWN_BYTES)
    .replace(/\s+/g, ' ')
    .trim();
  if (line === '') return 'an empty body';
  return `"${hide(line, hidden).slice(0, SHOWN_BYTES)}${line.length > SHOWN_BYTES ? '…' : ''}"`;
}

function hide(text: string, hidden: Hidden): string {
  let shown = text;
  for (const secret of hidden) {
    // One of three characters would hide half of the text, and is no secret.
    if (secret.length < 4) continue;
    shown = shown.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  return shown;
}

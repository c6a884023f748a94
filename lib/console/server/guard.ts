/**
 * Who may ask. The console holds credentials, and every page that a browser has open can send requests to 127.0.0.1: so the Host has to
 * be ours (DNS rebinding), the Origin ours or none (other pages), and a cookie has to prove that its owner has read our terminal.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ConsoleError } from './errors';

export interface Guard {
  /** of the printed address */
  readonly token: string;
  /** of whoever has come with the token */
  readonly setCookie: string;
  isToken(text: string): boolean;
  /** @throws {ConsoleError} unless it is from our own page, or a navigation */
  requireOwn(request: Pick<IncomingMessage, 'headers' | 'method'>): void;
  /** @throws {ConsoleError} without the cookie */
  requireCookie(request: Pick<IncomingMessage, 'headers'>): void;
}

/** Cookies are the host's, whatever its port: each console's has a name of its own. */
export function guardOf(port: number): Guard {
  const token = randomBytes(24).toString('base64url');
  const session = randomBytes(24).toString('base64url');
  const name = `stepwell-console-${port}`;
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    token,
    setCookie: `${name}=${session}; HttpOnly; SameSite=Strict; Path=/`,
    isToken: (text) => same(text, token),
    requireOwn({ headers, method = 'GET' }) {
      const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
      if (!hosts.has(host)) throw new ConsoleError('foreign', 'The console answers at 127.0.0.1 and localhost only.');
      if (origin !== undefined && origin !== `http://${host}`)
        throw new ConsoleError('foreign', 'The console answers its own page only.');
      // Without a cookie of ours, which is `Strict`, a link from elsewhere shows nothing.
      const isLink = mode === 'navigate' && method === 'GET';
      if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink)
        throw new ConsoleError('foreign', 'The console answers its own page only.');
      // A browser names the Origin of whatever changes something.
      if (method !== 'GET' && method !== 'HEAD' && origin === undefined)
        throw new ConsoleError('foreign', 'What changes something has to come from the console’s own page.');
    },
    requireCookie({ headers }) {
      if (!same(cookieOf(headers.cookie, name) ?? '', session))
        throw new ConsoleError(
          'signed-out',
          'This browser is not signed in to this console.',
          'Open the address that it printed when it was started.',
        );
    },
  };
}

export const cookieOf = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(/;\s*/)
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

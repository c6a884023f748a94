/** What may talk to the cloud: programs on this machine, not pages that a browser happens to show. */
import type { IncomingHttpHeaders } from 'node:http';
import { ForeignRequestError } from './errors';

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;
/** `<bucket>.s3.localhost`, `<bucket>.s3.us-east-1.localhost`, `<bucket>.localhost`, and the same on 127.0.0.1 */
const BUCKET_HOST =
  /^(?:(.+)\.)?s3(?:\.[a-z]{2}-[a-z]+-\d)?\.(?:localhost|127\.0\.0\.1)$|^(.+)\.(?:localhost|127\.0\.0\.1)$/;

/** Throws ForeignRequestError. Returns the bucket where the host names one. */
export function checkOrigin(headers: IncomingHttpHeaders): { bucket?: string } {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  const { origin } = headers;
  if (origin !== undefined && !isLocalOrigin(origin)) throw new ForeignRequestError('Origin', origin);
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site') throw new ForeignRequestError('Sec-Fetch-Site', site);
  // SDKs put `sync-` before the host of StartSyncExecution; whoever lets that resolve gets it.
  if (LOOPBACK.test(host.replace(/^sync-/, ''))) return {};
  const match = BUCKET_HOST.exec(host);
  if (!match) throw new ForeignRequestError('Host', headers.host ?? '');
  const bucket = match[1] ?? match[2];
  return bucket === undefined ? {} : { bucket };
}

function isLocalOrigin(origin: string): boolean {
  try {
    const { protocol, hostname } = new URL(origin);
    return protocol === 'http:' && LOOPBACK.test(hostname);
  } catch {
    return false;
  }
}

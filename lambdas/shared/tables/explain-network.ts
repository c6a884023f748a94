/** What goes wrong between a function and a database, before the database says anything. */
import { SourceRefused, SourceUnavailable } from '../../../lib/tasks/errors';
import { secretId } from '../secret-id';
import type { Place } from './engine';

const NO_TLS = /HANDSHAKE_NO_SSL_SUPPORT|does not support SSL|does not support secure connection/i;
const BAD_CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|certificate|HANDSHAKE_SSL_ERROR|ERR_TLS|ERR_SSL|altnames/i;
const LOST = /^(ECONNRESET|EPIPE|PROTOCOL_CONNECTION_LOST)$/;
const OF_SOCKETS = /^(E[A-Z]+|PROTOCOL_[A-Z_]+)$/;

/** Errors of the network and of TLS; anything else stays what it is. */
export function explainNetwork(error: unknown, { source, secret }: Place, title: string): unknown {
  const { code = '', message = '' } = error as Error & { code?: string };
  const reason = `${message || code}`.trim().replace(/\.$/, '');
  const said = `Source ${source}: ${title} cannot be reached as the secret ${secretId(secret)} says (${reason})`;
  if (NO_TLS.test(`${code} ${message}`)) {
    return new SourceRefused(
      `${said}. The server has no TLS, which the secret's ssl demands: turn it on there, or set ssl to false.`,
      {
        cause: error,
      },
    );
  }
  if (code === 'ENOTFOUND') {
    return new SourceRefused(
      `${said}. There is no such host: correct host, or name the network (the source's network) in which it is known.`,
      {
        cause: error,
      },
    );
  }
  if (LOST.test(code) || /Connection terminated|not queryable|closed the connection|read ECONNRESET/.test(message)) {
    return new SourceUnavailable(
      `Source ${source}: the connection to ${title} was lost (${reason}). Nothing of this attempt counts.`,
      { cause: error },
    );
  }
  if (OF_SOCKETS.test(code) && !BAD_CERTIFICATE.test(code)) {
    return new SourceUnavailable(
      `${said}. Does it run, are host and port right, and does its security group let this function in?`,
      { cause: error },
    );
  }
  if (BAD_CERTIFICATE.test(`${code} ${message}`)) {
    return new SourceRefused(
      `${said}. Its certificate must be for that host and signed by an authority that the secret's ssl trusts: set ssl to {"ca": "…"} with the authority's certificate, or true for the public ones and Amazon RDS's.`,
      { cause: error },
    );
  }
  if (/timeout|timed out/i.test(message)) {
    return new SourceUnavailable(
      `${said}. Does it run, are host and port right, and does its security group let this function in?`,
      { cause: error },
    );
  }
  return error;
}

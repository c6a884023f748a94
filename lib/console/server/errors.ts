/** What the page is told of an error, and the status that goes with it. The page has a place for each code. */
import { NotReachable, Refused, sentenceFor } from '../../operate/errors';
import type { Problem, ProblemCode } from '../types/shell';

/** Its message is all there is to know. */
export class ConsoleError extends Error {
  override name = 'ConsoleError';
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

const STATUS: Readonly<Record<ProblemCode, number>> = {
  'bad-request': 400,
  'signed-out': 401,
  foreign: 403,
  'read-only': 403,
  'not-found': 404,
  refused: 409,
  'cloud-down': 503,
  'console-down': 503,
  unreachable: 503,
  credentials: 502,
  denied: 502,
  throttled: 429,
  fault: 500,
};

/** As services name them. */
const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|ProvisionedThroughputExceededException|LimitExceededException|SlowDown|RequestThrottled)$/;
const CREDENTIALS =
  /^(ExpiredToken|ExpiredTokenException|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure|CredentialsProviderError|TokenProviderError|ProviderError)$/;
const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|Forbidden)$/;
const CONNECTION = new Set([
  ...[
    'TimeoutError',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
]);
const LOCAL_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** `asked`: whom; an address that does not answer says nothing of whose it is. */
export function problemOf(
  error: unknown,
  asked: 'local' | 'account' = 'local',
): { readonly status: number; readonly problem: Problem } {
  const problem = told(error, asked);
  return { status: STATUS[problem.code], problem };
}

function told(error: unknown, asked: 'local' | 'account'): Problem {
  if (!(error instanceof Error)) return { code: 'fault', message: String(error) };
  if (error instanceof ConsoleError) {
    const { code, message, remedy } = error;
    return { code, message, ...(remedy === undefined ? {} : { remedy }) };
  }
  const message = sentenceFor(error) ?? `${error.name}: ${error.message}`;
  const connection = connectionProblem(error, asked);
  if (connection !== undefined) return connection;
  if (THROTTLED.test(error.name))
    return {
      code: 'throttled',
      message: `AWS throttles: ${error.message}.`,
      remedy: 'The console asks less often now.',
    };
  if (CREDENTIALS.test(error.name))
    return { code: 'credentials', message, remedy: 'The console finds new credentials by itself.' };
  if (DENIED.test(error.name)) return { code: 'denied', message };
  if (error instanceof Refused) return { code: 'refused', message };
  if (error instanceof NotReachable) return { code: 'unreachable', message };
  return { code: 'fault', message };
}

const DOWN: Problem = {
  code: 'cloud-down',
  message: 'The local cloud does not answer.',
  remedy: 'Start it with: npm start',
};

/** The local cloud's process has ended, or AWS is out of reach. */
function connectionProblem(error: Error, asked: 'local' | 'account'): Problem | undefined {
  const { address, hostname, ...of } = error as NodeJS.ErrnoException & { address?: string; hostname?: string };
  // The SDK wraps what it does not take for an error into one that tells of it in its message only.
  const code = of.code ?? /^AWS SDK error wrapper for .*\b(E[A-Z_]{4,}|TimeoutError)\b/.exec(error.message)?.[1];
  if (error instanceof NotReachable && /^No local cloud is up/.test(error.message)) return DOWN;
  // It is about to end, or has not begun yet.
  if (asked === 'local' && error.name === 'ServiceUnavailable') return DOWN;
  const isOfConnection = error.name === 'TimeoutError' || (code !== undefined && CONNECTION.has(code));
  if (!isOfConnection) return undefined;
  const host = hostname ?? address;
  if (asked === 'local' && (host === undefined || LOCAL_HOSTS.has(host))) return DOWN;
  return {
    code: 'unreachable',
    message: `${host ?? 'AWS'} cannot be reached (${code ?? error.name}).`,
    remedy: 'Is the network up?',
  };
}

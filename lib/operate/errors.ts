/** What a person is told when a verb cannot do its work, and the exit code that goes with it. */
import path from 'node:path';

/**
 * What a script learns from the exit code. `refused`: an option, a pipeline or a run that there is not, or
 * whose state does not allow it; nothing was done.
 * `unreachable`: no local cloud, no credentials, no network, no Stepwell there, or no right to ask.
 */
export const EXIT = { ok: 0, failed: 1, refused: 2, unreachable: 3, interrupted: 130 } as const;

/** Its message is all there is to know: no stack is shown. */
export class UserError extends Error {
  override name = 'UserError';
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
  }
}

/** What is asked for is not there, or its state does not allow it: nothing was done. */
export class Refused extends UserError {
  override name = 'Refused';
  constructor(message: string) {
    super(message, EXIT.refused);
  }
}

/** Nobody answers where the command is to be sent, or nobody who would do it. */
export class NotReachable extends UserError {
  override name = 'NotReachable';
  constructor(message: string) {
    super(message, EXIT.unreachable);
  }
}

/** By Ctrl-C or a signal: 128 and the signal's number, as shells do. */
export class Interrupted extends UserError {
  override name = 'Interrupted';
  constructor() {
    super(
      'Interrupted before the runs had ended. Nothing is lost: the next start goes on with them.',
      EXIT.interrupted,
    );
  }
}

/** Errors of other modules that say in words what is wrong and what to do. By name, so that `--help` need not load those modules. */
const EXPECTED: ReadonlySet<string> = new Set([
  'PipelineError',
  'ScaffoldError',
  'StateDirLocked',
  'PortInUseError',
  'AssemblyNotFound',
  'UnsupportedPlatform',
  'StateInUse',
  'PostgresDidNotStart',
  'ResourceFailed',
  'UnsupportedResourceType',
  'UnresolvedReference',
  'CircularDependency',
]);

const CANNOT_WRITE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
const CANNOT_CONNECT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** As services name them: each has words of its own. */
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const WRONG_KEY =
  /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|Forbidden)$/;

/** One sentence for the user; undefined for a fault of ours, which is shown whole. */
export function sentenceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof UserError || EXPECTED.has(error.name)) return error.message;
  const { code, path: file, $fault } = error as NodeJS.ErrnoException & { $fault?: unknown };
  if (code !== undefined && CANNOT_WRITE.has(code)) {
    return `No permission to write ${file ? path.resolve(file) : 'there'} (${code}). Choose another folder, or mend its permissions.`;
  }
  if (code === 'ENOSPC') return `The disk is full${file ? `: ${path.resolve(file)} could not be written` : ''}.`;
  const unreachable = unreachableSentence(error);
  if (unreachable !== undefined) return unreachable;
  // A service's answer is a sentence already.
  return $fault === undefined ? undefined : `${error.name}: ${error.message}`;
}

/** Undefined for what is no matter of network, credentials or rights. */
export function unreachableSentence(error: Error): string | undefined {
  const { code, address, hostname } = error as NodeJS.ErrnoException & { address?: string; hostname?: string };
  if (code !== undefined && CANNOT_CONNECT.has(code)) {
    const host = hostname ?? address;
    if (host === undefined || LOCAL_HOSTS.has(host))
      return 'The local cloud has gone away while this command spoke with it. Start it again with: npm start';
    return `${host} cannot be reached (${code}). Check the network, and that the region is one of AWS's.`;
  }
  if (EXPIRED.test(error.name) || (NO_CREDENTIALS.test(error.name) && /expired/i.test(error.message)))
    return `The credentials have expired. Sign in again (aws sso login${profileOption()}), then repeat the command. ${error.message}`.trim();
  if (WRONG_KEY.test(error.name))
    return `AWS does not know these credentials (${error.name}). Correct them in ~/.aws/credentials, or sign in again: aws sso login${profileOption()}`;
  if (NO_CREDENTIALS.test(error.name))
    return `There are no credentials for the account: ${error.message.replace(/\.?\s*$/, '.')} Name a profile that has some (--profile <name>), or sign in: aws sso login${profileOption()}`;
  return DENIED.test(error.name)
    ? `${error.message} These credentials lack the right: use a profile whose role has it.`
    : undefined;
}

const profileOption = (): string => {
  const { AWS_PROFILE } = process.env;
  return AWS_PROFILE === undefined || AWS_PROFILE === 'default' ? '' : ` --profile ${AWS_PROFILE}`;
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return error.exitCode;
  if (!(error instanceof Error)) return EXIT.failed;
  if (error.name === 'ScaffoldError') return EXIT.refused;
  return unreachableSentence(error) !== undefined ? EXIT.unreachable : EXIT.failed;
}

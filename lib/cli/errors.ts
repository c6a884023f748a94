/** What a person is told when a verb cannot do its work, and the exit code that goes with it. */
import path from 'node:path';

/** Its message is all there is to know: no stack is shown. */
export class CliError extends Error {
  override name = 'CliError';
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/** By Ctrl-C or a signal: 128 and the signal's number, as shells do. */
export class Interrupted extends CliError {
  override name = 'Interrupted';
  constructor() {
    super('Interrupted before the runs had ended. Nothing is lost: the next start goes on with them.', 130);
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
const CANNOT_CONNECT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** One sentence for the user; undefined for a fault of ours, which is shown whole. */
export function sentenceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof CliError || EXPECTED.has(error.name)) return error.message;
  const { code, path: file, $fault } = error as NodeJS.ErrnoException & { $fault?: unknown };
  if (code !== undefined && CANNOT_WRITE.has(code)) {
    return `No permission to write ${file ? path.resolve(file) : 'there'} (${code}). Choose another folder, or mend its permissions.`;
  }
  if (code === 'ENOSPC') return `The disk is full${file ? `: ${path.resolve(file)} could not be written` : ''}.`;
  if (code !== undefined && CANNOT_CONNECT.has(code)) {
    return 'The local cloud has gone away while this command spoke with it. Start it again with: npm start';
  }
  // A service's answer is a sentence already.
  return $fault === undefined ? undefined : `${error.name}: ${error.message}`;
}

export const exitCodeOf = (error: unknown): number => (error instanceof CliError ? error.exitCode : 1);

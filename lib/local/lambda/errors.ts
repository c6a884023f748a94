/** How an invocation fails that the handler's code could not report itself, in AWS's words. */

export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The report tells a death by memory apart; the answer does not. */
export const OUT_OF_MEMORY = 'Runtime.OutOfMemory';

export const timedOut = (requestId: string, seconds: number): FunctionFailure => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
});

export const outOfMemory = (requestId: string): FunctionFailure => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
});

export const exited = (requestId: string, code: number | null, signal: NodeJS.Signals | null): FunctionFailure => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: ${exitReason(code, signal)}`,
});

export const responseTooLarge = (bytes: number): FunctionFailure => ({
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (6291556 bytes).`,
});

const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Runtime exited with error: signal: ${SIGNAL_NAMES[signal] ?? signal}`;
  if (code === 0 || code === null) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${code}`;
}

export class UnsupportedRuntime extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedRuntime';
  }
}

/**
 * Errors that no retry can mend. A handler throws one of these classes; Lambda reports the class name as the error type,
 * and the compiler puts the names first in each task's Retry with `MaxAttempts: 0`.
 */
export class PermanentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A landed file is not what it says: binary, UTF-16, an HTML page, a truncated gzip, empty. */
export class UnreadableFile extends PermanentError {}
/** Columns are missing, new or renamed, and the contract says `onDrift: 'fail'`. */
export class ContractDrift extends PermanentError {}
/** More bad rows than the contract allows. The message carries the first of them. */
export class TooManyBadRows extends PermanentError {}
/** A check of severity `error` failed. */
export class CheckFailed extends PermanentError {}
/** A model's SQL cannot run on these rows (a cast, a division by zero, an unknown function). */
export class ModelFailed extends PermanentError {}
/** The database refused the statement for its meaning: a value too long, a missing grant, a syntax error. */
export class StatementFailed extends PermanentError {}
/** The task's input is not what its schema says: state machine and handler code do not belong together. */
export class InvalidTaskInput extends PermanentError {}
/** Staged rows and manifest disagree: never publish. */
export class RowsDoNotReconcile extends PermanentError {}
/** A grant is missing: a retry cannot help, a deploy can. */
export class AccessDenied extends PermanentError {}

export const PERMANENT_ERRORS = [
  'UnreadableFile',
  'ContractDrift',
  'TooManyBadRows',
  'CheckFailed',
  'ModelFailed',
  'StatementFailed',
  'InvalidTaskInput',
  'RowsDoNotReconcile',
  'AccessDenied',
] as const;

/** Not an error: the database, or another run, goes on with it; the task's Retry asks again later. */
export class StillRunning extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StillRunning';
  }
}

/** Error names that mean "slow down": longer waits, more attempts. */
export const THROTTLE_ERRORS = [
  'Lambda.TooManyRequestsException',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'ActiveStatementsExceededException',
  'ActiveSessionsExceededException',
  'DatabaseResumingException',
] as const;

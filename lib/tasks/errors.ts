/**
 * Errors that no retry can mend. A handler throws one of these classes; Lambda reports its `name` as the error type,
 * and the compiler puts the names first in each task's Retry with `MaxAttempts: 0`.
 */
export abstract class PermanentError extends Error {
  abstract override readonly name: (typeof PERMANENT_ERRORS)[number];
}

/** A landed file is not what it says: binary, UTF-16, an HTML page, a truncated gzip, empty. */
export class UnreadableFile extends PermanentError {
  override readonly name = 'UnreadableFile';
}
/** No file lies there for the interval, and the source does not say that there may be none. */
export class MissingFiles extends PermanentError {
  override readonly name = 'MissingFiles';
}
/** Columns are missing, new or renamed, and the contract says `onDrift: 'fail'`. */
export class ContractDrift extends PermanentError {
  override readonly name = 'ContractDrift';
}
/** More bad rows than the contract allows. The message carries the first of them. */
export class TooManyBadRows extends PermanentError {
  override readonly name = 'TooManyBadRows';
}
/** A check of severity `error` failed. */
export class CheckFailed extends PermanentError {
  override readonly name = 'CheckFailed';
}
/** A model's SQL cannot run on these rows (a cast, a division by zero, an unknown function). */
export class ModelFailed extends PermanentError {
  override readonly name = 'ModelFailed';
}
/** A user's row function threw, or returned what is no row. */
export class RowFunctionFailed extends PermanentError {
  override readonly name = 'RowFunctionFailed';
}
/** The database refused the statement for its meaning: a value too long, a missing grant, a syntax error. */
export class StatementFailed extends PermanentError {
  override readonly name = 'StatementFailed';
}
/** The task's input is not what its schema says: state machine and handler code do not belong together. */
export class InvalidTaskInput extends PermanentError {
  override readonly name = 'InvalidTaskInput';
}
/** Staged rows and manifest disagree: never publish. */
export class RowsDoNotReconcile extends PermanentError {
  override readonly name = 'RowsDoNotReconcile';
}
/** A grant is missing: a retry cannot help, a deploy can. */
export class AccessDenied extends PermanentError {
  override readonly name = 'AccessDenied';
}
/** An API or a database refuses: the login, the address, the request, a table that is not there, a secret that is not set. */
export class SourceRefused extends PermanentError {
  override readonly name = 'SourceRefused';
}
/** A source's answer is not what it says: HTML, an error in place of rows, pages that repeat, rows that lie elsewhere. */
export class UnreadableAnswer extends PermanentError {
  override readonly name = 'UnreadableAnswer';
}

export const PERMANENT_ERRORS = [
  'UnreadableFile',
  'MissingFiles',
  'ContractDrift',
  'TooManyBadRows',
  'CheckFailed',
  'ModelFailed',
  'RowFunctionFailed',
  'StatementFailed',
  'InvalidTaskInput',
  'RowsDoNotReconcile',
  'AccessDenied',
  'SourceRefused',
  'UnreadableAnswer',
] as const;

/** A source does not answer now, or breaks off: its task's Retry asks again later. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}
/** A user's own extractor threw: what it reads may answer at the next try, or its code may be corrected before a redrive. */
export class ExtractorFailed extends Error {
  override readonly name = 'ExtractorFailed';
}
/** A source says for how long it wants no more requests, and that is longer than a function may wait. Named as in THROTTLE_ERRORS. */
export class SourceThrottles extends Error {
  override readonly name = 'TooManyRequestsException';
}

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

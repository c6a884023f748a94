import type { DatabaseError } from 'pg';
import type { SqlSyntaxError } from '../../postgres/sql-lexer';
import { AwsError } from '../../service';

/** The Data API's errors, with the codes and words that the real one uses. */

export const badRequest = (message: string) => new AwsError('BadRequestException', message, 400);

export const validationError = (message: string) => new AwsError('ValidationException', message, 400);

export const statementTimeout = (dbConnectionId: number) =>
  new AwsError('StatementTimeoutException', 'Request timed out', 400, { dbConnectionId });

export const transactionNotFound = (id: string) =>
  new AwsError('TransactionNotFoundException', `Transaction ${id} is not found`, 404);

export const databaseResuming = (cluster: string) =>
  new AwsError(
    'DatabaseResumingException',
    `The Aurora DB instance ${cluster}-instance-1 is resuming after being auto-paused. Please wait a few seconds and try again.`,
    400,
  );

export const unsupportedResult = (message: string) => new AwsError('UnsupportedResultException', message, 400);

/** `position` is that of the caller's SQL, before parameters were numbered. */
export function databaseError(error: DatabaseError, position?: number): AwsError {
  // Like the JDBC driver, which the real service prints: first the message, then what there is besides.
  const lines = [`${error.severity ?? 'ERROR'}: ${error.message}`];
  if (error.detail) lines.push(`Detail: ${error.detail}`);
  if (error.hint) lines.push(`Hint: ${error.hint}`);
  if (position !== undefined) lines.push(`Position: ${position}`);
  if (error.where) lines.push(`Where: ${error.where}`);
  const text = `${lines.join('\n  ')}; SQLState: ${error.code ?? 'XX000'}`;
  return new AwsError('DatabaseErrorException', text, 400);
}

/** What PostgreSQL's scanner would refuse, found before the statement is sent. */
export const scanError = ({ message, at }: SqlSyntaxError) =>
  new AwsError('DatabaseErrorException', `ERROR: ${message}\n  Position: ${at + 1}; SQLState: 42601`, 400);

export function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && 'severity' in error && 'code' in error;
}

/** Turns PostgreSQL's refusals into the API's; other errors pass. */
export function translate(error: unknown, position?: (offset: number) => number): unknown {
  if (!isDatabaseError(error)) return error;
  if (error.code === '42601' && error.message.includes('multiple commands'))
    return validationError("Multistatements aren't supported.");
  return databaseError(
    error,
    error.position === undefined ? undefined : (position?.(Number(error.position)) ?? Number(error.position)),
  );
}

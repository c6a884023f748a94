/** What Cassandra's driver throws, in words, and whether asking again may help. */
import { errors, types } from 'cassandra-driver';
import { AccessDenied, StatementFailed } from '../../../lib/tasks/errors';

/** The database does not answer now: the task's Retry asks again later. */
export class KeyspacesUnavailable extends Error {
  override readonly name = 'KeyspacesUnavailable';
}

const { responseErrorCodes: codes } = types;
const PASSING: readonly number[] = [
  codes.serverError,
  codes.unavailableException,
  codes.overloaded,
  codes.isBootstrapping,
  codes.writeTimeout,
  codes.readTimeout,
  codes.readFailure,
  codes.writeFailure,
  // In the driver's table of codes it is missing: whether a conditional write was applied is not known.
  0x1700,
];

/** Each write here can be repeated: whatever became of it, it is looked at first. */
export const mayPass = (error: unknown): boolean =>
  error instanceof errors.OperationTimedOutError ||
  error instanceof errors.BusyConnectionError ||
  (error instanceof errors.NoHostAvailableError && !(refusalIn(error) instanceof errors.AuthenticationError)) ||
  (error instanceof errors.ResponseError && PASSING.includes(error.code));

/** `table`: as the user knows it. */
export function inWords(error: unknown, table: string): Error {
  const cause = error instanceof errors.NoHostAvailableError ? (refusalIn(error) ?? error) : (error as Error);
  const { message } = cause;
  if (cause instanceof errors.AuthenticationError || codeOf(cause) === codes.badCredentials) {
    return new AccessDenied(
      `Cassandra lets nobody in as this: ${message} In an account: may the function's role cassandra:Select and cassandra:Modify on ${table}? Locally: is the login in STEPWELL_CASSANDRA right?`,
      { cause: error },
    );
  }
  if (codeOf(cause) === codes.unauthorized) {
    return new AccessDenied(`Writing ${table} is not allowed: ${message} Deploy the pipeline, then redrive the run.`, {
      cause: error,
    });
  }
  if (error instanceof errors.NoHostAvailableError) {
    return new KeyspacesUnavailable(
      `${whereOf(error)} does not answer: ${message} In an account: does the function reach it? Locally: is Cassandra up (npm run cassandra), at the address that npm start -- --cassandra was given? Then redrive the run: what is written stays, and is not written twice.`,
      { cause: error },
    );
  }
  if (mayPass(error)) return new KeyspacesUnavailable(`${table} could not be written: ${message}`, { cause: error });
  if (error instanceof errors.ResponseError) {
    return new StatementFailed(
      `Cassandra refused a row of the table ${table}: ${message} Is the table there, with the columns and the key of the sink? Deploy the pipeline, then redrive the run.`,
      { cause: error },
    );
  }
  return error as Error;
}

const codeOf = (error: unknown): number | undefined => (error instanceof errors.ResponseError ? error.code : undefined);

const refusalIn = ({ innerErrors }: errors.NoHostAvailableError): Error | undefined =>
  Object.values((innerErrors ?? {}) as Record<string, Error>)[0];

const whereOf = ({ innerErrors }: errors.NoHostAvailableError): string =>
  `Cassandra at ${Object.keys(innerErrors ?? {}).join(', ') || 'its address'}`;

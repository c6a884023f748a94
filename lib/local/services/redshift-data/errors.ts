import { AwsError } from '../../service';

/** The Redshift Data API's errors. */

export const validation = (message: string) => new AwsError('ValidationException', message, 400, { Message: message });

export const notFound = (id: string) => {
  // Of other roles' statements as well.
  const message = 'Query does not exist.';
  return new AwsError('ResourceNotFoundException', message, 400, { Message: message, ResourceId: id });
};

export const tooManyStatements = () => {
  const message = 'Active statements exceeded the allowed quota (500).';
  return new AwsError('ActiveStatementsExceededException', message, 400, { Message: message });
};

/** Closed, or busy with another statement. */
export const sessionNotAvailable = () => validation('Session is not available');

export const sessionInvalid = (id: string) => validation(`Session with Id: ${id} is invalid`);

export const tooManySessions = () => {
  const message = 'Active sessions exceeded the allowed quota.';
  return new AwsError('ActiveSessionsExceededException', message, 400, { Message: message });
};

export const csvOnly = () =>
  validation('The result of this statement is in CSV format. Use GetStatementResultV2 to fetch it.');

export const jsonOnly = () =>
  validation('The result of this statement is in JSON format. Use GetStatementResult to fetch it.');

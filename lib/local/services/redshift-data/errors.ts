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

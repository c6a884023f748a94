/** Requests that nobody has signed, and those whose key is over: what each service says of them. */
import { AwsError } from '../service';
import type { DefaultProtocol } from './model';

/** Only S3 answers whoever asks: as nobody, if a bucket's policy lets everybody. The others cannot even be told apart by their path. */
export function unsignedService(headers: Readonly<Record<string, string>>, path: string, search = ''): string {
  // The addresses in SNS's messages, for whoever has got one.
  if (path === '/' && /(?:^|&)Action=(?:ConfirmSubscription|Unsubscribe)(?:&|$)/.test(search)) return 'sns';
  const target = headers['x-amz-target'];
  if (target !== undefined || headers['smithy-protocol'] !== undefined)
    throw target?.startsWith('DynamoDB_')
      ? missing('Request must contain either a valid (registered) AWS access key ID or X.509 certificate.', 400)
      : missing('Missing Authentication Token', 400);
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  // The paths of Lambda's API begin with its date.
  if (/^\/20\d\d-\d\d-\d\d\/(functions|layers|event-source-mappings|account-settings|tags)\b/.test(path))
    throw missing('Missing Authentication Token', 403);
  return 's3';
}

const missing = (message: string, status: number) =>
  new AwsError('MissingAuthenticationTokenException', message, status);

/** S3 and the query protocol have a shorter name for it. */
export function asExpired(error: AwsError, service: string | undefined, protocol: DefaultProtocol): AwsError {
  if (error.code !== 'ExpiredTokenException') return error;
  if (service === 's3') return new AwsError('ExpiredToken', 'The provided token has expired.', 400);
  return protocol === 'query' ? new AwsError('ExpiredToken', error.message, error.status) : error;
}

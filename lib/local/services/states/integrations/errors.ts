import { AwsError } from '../../../service';
import { StatesError } from '../../../stepfunctions/errors';

/** How Step Functions names the exceptions of a service. */
export interface Naming {
  /** `Lambda`, `DynamoDB`, `Sfn`: what stands before the dot. */
  readonly prefix: string;
  /** What an optimised integration reports where the role may not make the call, e.g. `AWSLambdaException`. */
  readonly denied?: string;
}

/** The error of a call as a state machine sees it: `Lambda.TooManyRequestsException`. */
export function serviceError(error: unknown, { prefix, denied }: Naming, requestId: string): StatesError {
  if (error instanceof StatesError) return error;
  if (!(error instanceof AwsError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new StatesError(`${prefix}.ServiceException`, describe(message, prefix, 500, requestId));
  }
  const { code, message, status } = error;
  const isDenied = /^AccessDenied/.test(code);
  const name = isDenied && denied !== undefined ? denied : code.endsWith('Exception') ? code : `${code}Exception`;
  return new StatesError(`${prefix}.${name}`, describe(message, prefix, status, requestId));
}

const describe = (message: string, service: string, status: number, requestId: string): string =>
  `${message} (Service: ${service}, Status Code: ${status}, Request ID: ${requestId})`;

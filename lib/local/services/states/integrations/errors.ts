import { randomBytes } from 'node:crypto';
import type { StaticErrorSchema } from '@smithy/types';
import { AwsError } from '../../../service';
import { StatesError } from '../../../stepfunctions/errors';
import { awsQueryError, serviceModel } from '../../../wire/model';

/** How Step Functions names the exceptions of a service: as the classes of the Java SDK that it calls it with. */
export interface Naming {
  /** `Lambda`, `DynamoDB`, `Sfn`: what stands before the dot. */
  readonly prefix: string;
  /**
   * Of an optimised integration, which uses version 1 of that SDK: the service's name in its messages, and the class of every
   * error that has none of its own, e.g. `AWSLambdaException`. An AWS SDK integration uses version 2.
   */
  readonly v1?: { readonly service: string; readonly exception: string };
  /** The service answers without a message, which Java calls null. */
  readonly isSilent?: boolean;
}

/** The error of a call as a state machine sees it: `Lambda.TooManyRequestsException`. */
export async function serviceError(
  error: unknown,
  service: string,
  naming: Naming,
  requestId: string,
): Promise<StatesError> {
  if (error instanceof StatesError) return error;
  const { prefix, v1 } = naming;
  const base = v1?.exception ?? `${prefix}Exception`;
  if (!(error instanceof AwsError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new StatesError(`${prefix}.${base}`, describe(message, naming, 500, 'InternalFailure', requestId));
  }
  const { code, status } = error;
  const message = naming.isSilent ? 'null' : error.message;
  const schema = (await serviceModel(service))?.error(code);
  const name = schema === undefined ? base : className(schema[2], v1 !== undefined);
  return new StatesError(`${prefix}.${name}`, describe(message, naming, status, queryCode(schema, code), requestId));
}

/** What the SDK calls the class of an error shape. */
const className = (shape: string, isV1: boolean): string => {
  const pascal = shape.charAt(0).toUpperCase() + shape.slice(1).replace(/Fault$/, 'Exception');
  const name = pascal.endsWith('Exception') ? pascal : `${pascal}Exception`;
  // Version 2 writes acronyms as words: EC2AccessDeniedException is Ec2AccessDeniedException there.
  return isV1
    ? name
    : name.replace(/([A-Z])([A-Z0-9]+)(?=[A-Z][a-z])/g, (_, first, rest) => first + rest.toLowerCase());
};

const queryCode = (schema: StaticErrorSchema | undefined, code: string): string => awsQueryError(schema)?.[0] ?? code;

const describe = (message: string, { prefix, v1 }: Naming, status: number, code: string, requestId: string): string =>
  v1
    ? `${message} (Service: ${v1.service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null)`
    : `${message} (Service: ${prefix}, Status Code: ${status}, Request ID: ${prefix === 'S3' ? s3RequestId() : requestId})`;

/** S3 has ids of its own, two for each request. */
const s3RequestId = (): string => {
  const id = randomBytes(8).toString('hex').toUpperCase();
  return `${id}, Extended Request ID: ${randomBytes(57).toString('base64')}`;
};

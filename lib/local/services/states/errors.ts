/** The errors of the Step Functions API, in AWS's words. */

import { AwsError } from '../../service';
import { type Diagnostic, sayDiagnostic } from '../../stepfunctions/errors';

export const stateMachineDoesNotExist = (arn: string) =>
  new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);

export const stateMachineAlreadyExists = (arn: string) =>
  new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);

export const executionDoesNotExist = (arn: string) =>
  new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);

export const executionAlreadyExists = (arn: string) =>
  new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);

export const executionNotRedrivable = (reason: string) => new AwsError('ExecutionNotRedrivable', reason);

export const resourceNotFound = (arn: string) =>
  new AwsError('ResourceNotFound', `Resource not found: '${arn}'`, 400, { resourceName: arn });

export const invalidArn = (reason: string) => new AwsError('InvalidArn', `Invalid Arn: '${reason}'`);

export const notInThisContext = (resourceType: string) =>
  invalidArn(`Resource type not valid in this context: ${resourceType}`);

export const invalidName = (name: string) => new AwsError('InvalidName', `Invalid Name: '${name}'`);

export const invalidExecutionInput = (reason: string) =>
  new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);

export const invalidOutput = (reason: string) => new AwsError('InvalidOutput', `Invalid Output: '${reason}'`);

export const invalidToken = (reason = 'Invalid token') => new AwsError('InvalidToken', `Invalid Token: '${reason}'`);

export const taskTimedOut = () =>
  new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

/** An error that any of AWS's services may answer, and that the SDKs try again after. */
export const unavailable = () => new AwsError('ServiceUnavailable', 'states is stopping', 503);

export const invalidDefinition = (diagnostics: readonly Diagnostic[]) =>
  new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${diagnostics.map(sayDiagnostic).join(', ')}'`);

export const machineTypeNotSupported = () =>
  new AwsError('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');

export const machineDeleting = (arn: string) =>
  new AwsError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);

export const activityDoesNotExist = (arn: string) =>
  new AwsError('ActivityDoesNotExist', `Activity Does Not Exist: '${arn}'`);

export const activityAlreadyExists = (arn: string) =>
  new AwsError('ActivityAlreadyExists', `Activity Already Exists: '${arn}'`);

export const tooManyTags = (arn: string, limit: number) =>
  new AwsError('TooManyTags', `Too many tags: a resource can have at most ${limit}`, 400, { resourceName: arn });

export const conflict = (message: string) => new AwsError('ConflictException', message);

export const quotaExceeded = (message: string) => new AwsError('ServiceQuotaExceededException', message);

type Reason = 'API_DOES_NOT_SUPPORT_LABELED_ARNS' | 'MISSING_REQUIRED_PARAMETER' | 'INVALID_ROUTING_CONFIGURATION';

/** Of a request whose members do not go together. */
export const invalidRequest = (message: string, reason?: Reason) =>
  new AwsError('ValidationException', message, 400, reason === undefined ? {} : { reason });

export const labelledArn = (arn: string) =>
  invalidRequest(`This operation does not support labeled ARNs: '${arn}'`, 'API_DOES_NOT_SUPPORT_LABELED_ARNS');

export const invalidLogging = (reason: string) =>
  new AwsError('InvalidLoggingConfiguration', `Invalid Logging Configuration: ${reason}`);

export const invalidEncryption = (reason: string) =>
  new AwsError('InvalidEncryptionConfiguration', `Invalid Encryption Configuration: ${reason}`);

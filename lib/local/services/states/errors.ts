/** The errors of the Step Functions API, in AWS's words. */

import { AwsError } from '../../service';
import type { Diagnostic } from '../../stepfunctions/errors';

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

export const invalidArn = (arn: string) => new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);

export const invalidName = (name: string) => new AwsError('InvalidName', `Invalid Name: '${name}'`);

export const invalidExecutionInput = (reason: string) =>
  new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);

export const invalidOutput = (reason: string) => new AwsError('InvalidOutput', `Invalid Output: '${reason}'`);

export const invalidToken = (reason = 'Invalid token') => new AwsError('InvalidToken', `Invalid Token: '${reason}'`);

export const taskTimedOut = () =>
  new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

export const invalidDefinition = (diagnostics: readonly Diagnostic[]) =>
  new AwsError(
    'InvalidDefinition',
    `Invalid State Machine Definition: '${diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`).join(', ')}'`,
  );

export const machineTypeNotSupported = (operation: string) =>
  new AwsError(
    'StateMachineTypeNotSupported',
    `This operation is not supported by this type of state machine: ${operation}`,
  );

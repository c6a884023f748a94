import { AwsError } from '../service';

export class InvalidEventPattern extends AwsError {
  constructor(reason: string) {
    super('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
  }
}

export class InvalidSchedule extends AwsError {
  constructor(expression: string, reason: string) {
    super('ValidationException', `Parameter ScheduleExpression is not valid: ${expression}. ${reason}`);
  }
}

/** The codes that AWS writes into the `ERROR_CODE` attribute of a dead letter. */
export type DeliveryErrorCode =
  | 'ERROR_FROM_TARGET'
  | 'INTERNAL_ERROR'
  | 'INVALID_PARAMETER'
  | 'NO_PERMISSIONS'
  | 'NO_RESOURCE'
  | 'THROTTLING';

export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  constructor(
    readonly code: DeliveryErrorCode,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

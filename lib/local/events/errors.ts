import { AwsError } from '../service';

export class InvalidEventPattern extends AwsError {
  constructor(reason: string) {
    super('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
  }
}

/** In the words of PutRule, which gives no reason; Scheduler has its own. */
export class InvalidSchedule extends AwsError {
  constructor(
    readonly expression: string,
    readonly reason: string,
  ) {
    super('ValidationException', 'Parameter ScheduleExpression is not valid.');
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

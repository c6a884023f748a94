import { AwsError } from '../service';

/** The request cannot be read as its protocol demands. */
export class SerializationError extends AwsError {
  constructor(message: string) {
    super('SerializationException', message, 400);
  }
}

export class UnknownOperationError extends AwsError {
  constructor(service: string, operation: string, has: readonly string[] = []) {
    const known = has.length > 0 ? ` It has: ${[...has].sort().join(', ')}.` : '';
    super('UnknownOperationException', `The local cloud does not have ${service}:${operation}.${known}`, 501);
  }
}

export class UnknownServiceError extends AwsError {
  constructor(what: string, services: readonly string[]) {
    super('UnknownOperationException', `${what} The local cloud has: ${[...services].sort().join(', ')}.`, 501);
  }
}

export class BodyTooLargeError extends AwsError {
  constructor(limitBytes: number) {
    super('RequestEntityTooLargeException', `The request body exceeds the limit of ${limitBytes} bytes.`, 413);
  }
}

/** A page of another site, or a name that only looks local, must not reach the cloud through a browser. */
export class ForeignRequestError extends AwsError {
  constructor(header: string, value: string) {
    super(
      'ForbiddenException',
      `The local cloud refuses the ${header} "${value}": it answers 127.0.0.1 and localhost only.`,
      403,
    );
  }
}

export class InternalFailure extends AwsError {
  constructor(requestId: string) {
    super(
      'InternalFailure',
      `The local cloud failed on this request. Its log says why, under request ${requestId}.`,
      500,
    );
  }
}

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  constructor(
    readonly port: number,
    cause: unknown,
  ) {
    super(`Port ${port} of 127.0.0.1 is taken. Stop what listens there, or choose another port with --port.`, {
      cause,
    });
  }
}

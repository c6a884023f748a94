import type { AccessRequest, ApiCall, CallContext, Principal, Service } from '../service';
import { UnknownOperationError } from './errors';

/** Throws an `AwsError` (AccessDenied…) unless the principal may do all of it. */
export type Authorize = (
  principal: Principal,
  requests: readonly AccessRequest[],
  call: ApiCall,
) => void | Promise<void>;

/** The one way into an operation, for requests from the wire and for calls between services alike: authorised, then run. */
export async function dispatch(
  service: Service,
  operationName: string,
  input: unknown,
  context: CallContext,
  authorize: Authorize,
): Promise<unknown> {
  const operation = findOperation(service, operationName);
  const requests = operation.authorize(input, context);
  if (requests.length > 0) await authorize(context.principal, requests, callOf(service, input));
  return operation.handle(input, context);
}

export const callOf = (service: Service, input: unknown): ApiCall => ({
  service: service.name,
  input,
  ...(service.tagsOf && { tagsOf: (arn: string) => service.tagsOf?.(arn) }),
});

export function findOperation(service: Service, name: string) {
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!operation) throw new UnknownOperationError(service.name, name, Object.keys(service.operations));
  return operation;
}

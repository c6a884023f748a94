import { randomUUID } from 'node:crypto';
import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda';
import { Throttled, UnsupportedRuntime } from '../../lambda';
import { AwsError, type Principal } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { type LambdaState, parseFunctionName } from './state';

const MAX_SYNCHRONOUS_BYTES = 6 * 1024 * 1024;
const MAX_ASYNCHRONOUS_BYTES = 1024 * 1024;

export const Invoke: OperationOf<LambdaState, InvocationRequest, InvocationResponse> = (state) => ({
  authorize: (input, context) => onFunction('InvokeFunction', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { principal, requestId }) {
    const record = await state().settled(input.FunctionName as string, principal);
    const type = input.InvocationType ?? 'RequestResponse';
    const payload = payloadOf(input.Payload, type);
    if (type === 'DryRun') return { StatusCode: 204 };
    const clientContext =
      input.ClientContext === undefined
        ? {}
        : { clientContext: Buffer.from(input.ClientContext, 'base64').toString('utf8') };
    const invokedArn = invokedArnOf(record.arn, input);
    if (type === 'Event') {
      await state().queue.accept(requestId || randomUUID(), {
        functionName: record.name,
        invokedArn,
        payload,
        ...clientContext,
      });
      return { StatusCode: 202, Payload: new Uint8Array() as InvocationResponse['Payload'] & Uint8Array };
    }
    try {
      const isNested = isFunctionsRole(principal, state());
      const result = await state().runtime.invoke(await state().spec(record), {
        payload,
        invokedArn,
        isNested,
        ...clientContext,
      });
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: result.payload as InvocationResponse['Payload'] & Uint8Array,
        ...(result.functionError === undefined ? {} : { FunctionError: result.functionError }),
        ...(input.LogType === 'Tail' ? { LogResult: Buffer.from(result.tail).toString('base64') } : {}),
      };
    } catch (error) {
      if (error instanceof Throttled)
        throw new AwsError('TooManyRequestsException', error.message, 429, {
          Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
          Type: 'User',
        });
      if (error instanceof UnsupportedRuntime)
        throw new AwsError('InvalidRuntimeException', error.message, 502, { Type: 'User' });
      throw error;
    }
  },
});

function payloadOf(given: Uint8Array | undefined, type: string): Uint8Array {
  const payload = given === undefined || given.byteLength === 0 ? Buffer.from('{}') : Buffer.from(given);
  const limit = type === 'Event' ? MAX_ASYNCHRONOUS_BYTES : MAX_SYNCHRONOUS_BYTES;
  if (payload.byteLength > limit)
    throw new AwsError(
      'RequestTooLargeException',
      `${payload.byteLength} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      413,
      { Type: 'User' },
    );
  try {
    JSON.parse(payload.toString('utf8'));
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
  }
  return payload;
}

function invokedArnOf(arn: string, input: InvocationRequest): string {
  const qualifier = input.Qualifier ?? parseFunctionName(input.FunctionName as string).qualifier;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

function isFunctionsRole(principal: Principal, { functions }: LambdaState): boolean {
  if (principal.kind !== 'role') return false;
  for (const { roleArn } of functions.values()) if (roleArn === principal.roleArn) return true;
  return false;
}

import { randomUUID } from 'node:crypto';
import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda';
import { Throttled, UnsupportedRuntime } from '../../lambda';
import { AwsError, type Principal } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { checkFunctionName, functionArn, LATEST } from './names';
import type { LambdaState } from './state';

const MAX_SYNCHRONOUS_BYTES = 6 * 1024 * 1024;
const MAX_ASYNCHRONOUS_BYTES = 1024 * 1024;

export const Invoke: OperationOf<LambdaState, InvocationRequest, InvocationResponse> = (state) => ({
  authorize: (input, context) => onFunction('InvokeFunction', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud, principal, requestId }) {
    const asked = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const record = await state().settled(asked, principal);
    const type = input.InvocationType ?? 'RequestResponse';
    const payload = payloadOf(input.Payload, type);
    if (type === 'DryRun') return { StatusCode: 204 };
    const clientContext = input.ClientContext === undefined ? {} : { clientContext: contextOf(input.ClientContext) };
    const invokedArn = functionArn(cloud, asked);
    if (type === 'Event') {
      await state().queue.accept(requestId || randomUUID(), {
        functionName: record.name,
        ...(asked.qualifier === undefined ? {} : { qualifier: asked.qualifier }),
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
        ExecutedVersion: record.version ?? LATEST,
        Payload: result.payload as InvocationResponse['Payload'] & Uint8Array,
        ...(result.functionError === undefined ? {} : { FunctionError: result.functionError }),
        ...(input.LogType === 'Tail' ? { LogResult: Buffer.from(result.tail).toString('base64') } : {}),
      };
    } catch (error) {
      if (error instanceof Throttled)
        throw new AwsError('TooManyRequestsException', error.message, 429, { Reason: error.reason, Type: 'User' });
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
      'RequestEntityTooLargeException',
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

function contextOf(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  try {
    if (typeof JSON.parse(text) === 'object') return text;
  } catch {
    // Told below.
  }
  const message = 'Client context must be a valid Base64-encoded JSON object.';
  throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
}

function isFunctionsRole(principal: Principal, { functions }: LambdaState): boolean {
  if (principal.kind !== 'role') return false;
  for (const { roleArn } of functions.values()) if (roleArn === principal.roleArn) return true;
  return false;
}

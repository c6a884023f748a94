import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { parseJson, stringifyJson } from '../../../stepfunctions/numbers';
import { callService, type Integration, sdkMetadata } from './call';

const NAMING = { prefix: 'Lambda', v1: { service: 'AWSLambda', exception: 'AWSLambdaException' } };

interface Answer {
  readonly StatusCode?: number;
  readonly ExecutedVersion?: string;
  readonly FunctionError?: string;
  readonly LogResult?: string;
  readonly Payload?: Uint8Array;
}

/** `arn:aws:states:::lambda:invoke` */
export async function invokeFunction(integration: Integration, call: TaskCall): Promise<unknown> {
  const { Payload, ...request } = call.parameters as Record<string, unknown>;
  const { answer, requestId } = await invoke(integration, call, { ...request, Payload: toBytes(Payload) });
  const body = textOf(answer);
  const { ExecutedVersion, LogResult, StatusCode = 200 } = answer;
  const headers = {
    ...(ExecutedVersion === undefined ? {} : { 'X-Amz-Executed-Version': ExecutedVersion }),
    'x-amzn-Remapped-Content-Length': '0',
    'X-Amzn-Trace-Id': `root=1-${requestId.slice(0, 8)}-${requestId.slice(9).replaceAll('-', '')};sampled=0`,
  };
  const metadata = sdkMetadata(integration, requestId, { body, type: 'application/json', headers });
  return {
    ...(ExecutedVersion === undefined ? {} : { ExecutedVersion }),
    ...(LogResult === undefined ? {} : { LogResult }),
    Payload: parse(body),
    ...metadata,
    SdkHttpMetadata: { ...metadata.SdkHttpMetadata, HttpStatusCode: StatusCode },
    StatusCode,
  };
}

/** A function's own ARN as the Resource: the input is the payload, the result is the function's. */
export async function invokeFunctionArn(integration: Integration, call: TaskCall): Promise<unknown> {
  const { answer } = await invoke(integration, call, {
    FunctionName: call.resource.arn,
    Payload: toBytes(call.parameters),
  });
  return parse(textOf(answer));
}

async function invoke(integration: Integration, call: TaskCall, request: Record<string, unknown>) {
  const { output, requestId } = await callService<Answer>(integration, call, 'lambda', 'Invoke', request, NAMING);
  if (output.FunctionError === undefined) return { answer: output, requestId };
  const payload = textOf(output);
  const { errorType } = (parse(payload) ?? {}) as { errorType?: unknown };
  if (typeof errorType === 'string' && errorType !== '') throw new StatesError(errorType, payload);
  throw new StatesError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
  );
}

const toBytes = (payload: unknown): Uint8Array | undefined =>
  payload === undefined ? undefined : Buffer.from(stringifyJson(payload));

const textOf = ({ Payload }: Answer): string => (Payload === undefined ? '' : Buffer.from(Payload).toString('utf8'));

/** A payload that is no JSON stays text; an empty one (asynchronous invocation) is an empty object. */
function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { callService, type Integration, sdkMetadata } from './call';

const NAMING = { prefix: 'Lambda', denied: 'AWSLambdaException' };

interface Answer {
  readonly StatusCode?: number;
  readonly ExecutedVersion?: string;
  readonly FunctionError?: string;
  readonly Payload?: Uint8Array;
}

/** `arn:aws:states:::lambda:invoke` */
export async function invokeFunction(integration: Integration, call: TaskCall): Promise<unknown> {
  const { Payload, ...request } = call.parameters as Record<string, unknown>;
  const { answer, requestId } = await invoke(integration, call, { ...request, Payload: toBytes(Payload) });
  return {
    ...(answer.ExecutedVersion === undefined ? {} : { ExecutedVersion: answer.ExecutedVersion }),
    Payload: parse(textOf(answer)),
    ...sdkMetadata(requestId),
    StatusCode: answer.StatusCode ?? 200,
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
  const cause = textOf(output);
  const { errorType } = (parse(cause) ?? {}) as { errorType?: unknown };
  throw new StatesError(typeof errorType === 'string' && errorType !== '' ? errorType : 'Lambda.Unknown', cause);
}

const toBytes = (payload: unknown): Uint8Array | undefined =>
  payload === undefined ? undefined : Buffer.from(JSON.stringify(payload));

const textOf = ({ Payload }: Answer): string => (Payload === undefined ? '' : Buffer.from(Payload).toString('utf8'));

/** A payload that is no JSON stays text; an empty one (asynchronous invocation) is an empty object. */
function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `arn:aws:states:::http:invoke`: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html */
import { ErrorName } from '../../../../asl/errors';
import { AwsError, type Principal } from '../../../service';
import { runtimeError, StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import type { Credentials } from '../../events/RetrieveConnectionCredentials';
import { machineOfExecution } from '../arns';
import { type HttpTask, httpRequest, urlOf } from '../http-task/request';
import type { HttpResponse } from '../http-task/send';
import { type Integration, principalOf } from './call';

export async function invokeHttp(integration: Integration, call: TaskCall): Promise<unknown> {
  const { cloud } = integration;
  const task = call.parameters as HttpTask;
  const principal = await principalOf(cloud, call);
  const ConnectionArn = (task.InvocationConfig ?? task.Authentication)?.ConnectionArn;
  if (ConnectionArn === undefined)
    throw runtimeError('An HTTP Task must have the ConnectionArn of an EventBridge connection.');
  urlOf(task.ApiEndpoint);
  const exchange = async (isRefused: boolean): Promise<HttpResponse> => {
    const credentials = await retrieve(integration, principal, { ConnectionArn, isRefused });
    const request = httpRequest(task, credentials, cloud.region);
    const response = await perform(integration, principal, {
      stateMachineArn: machineOfExecution(call.executionArn),
      endpoint: task.ApiEndpoint,
      request,
      signal: call.signal,
    });
    call.onHttp?.({ request, own: httpRequest(task, NOTHING, cloud.region), response });
    const isOutdated = response.status === 401 && /^Bearer /.test(credentials.headers.Authorization ?? '');
    return isOutdated && !isRefused ? exchange(true) : response;
  };
  return resultOf(await exchange(false));
}

const NOTHING: Credentials = { headers: {}, parameters: {} };

async function retrieve({ cloud }: Integration, principal: Principal, input: object): Promise<Credentials> {
  try {
    return (await cloud.call(principal, 'events', 'RetrieveConnectionCredentials', input)) as Credentials;
  } catch (error) {
    const { code, message } = error instanceof AwsError ? error : { code: 'InternalError', message: String(error) };
    const reason = code.startsWith('AccessDenied')
      ? 'AccessDenied'
      : code.replace(/^ResourceNotFoundException$/, 'ResourceNotFound');
    throw new StatesError(`Events.ConnectionResource.${reason}`, message);
  }
}

async function perform(
  { cloud }: Integration,
  principal: Principal,
  input: Readonly<Record<string, unknown>>,
): Promise<HttpResponse> {
  try {
    return (await cloud.call(principal, 'states', 'InvokeHTTPEndpoint', input)) as HttpResponse;
  } catch (error) {
    if (!(error instanceof AwsError) || !error.code.startsWith('AccessDenied')) throw error;
    throw new StatesError(
      ErrorName.permissions,
      `AWS Step Functions is not authorized to perform states:InvokeHTTPEndpoint on API Endpoint ${input.endpoint}. ` +
        'Ensure that the StateMachine role contains the states:InvokeHTTPEndpoint permission for the given API Endpoint',
    );
  }
}

const BINARY = /^\s*(?:application\/octet-stream|image\/|video\/|audio\/)/i;

function resultOf({ status, statusText, headers, body }: HttpResponse): unknown {
  const type = headers['content-type']?.[0] ?? '';
  if (BINARY.test(type))
    throw runtimeError(`The content type '${type}' of the response is not supported by HTTP Tasks.`);
  const text = decode(body);
  if (status < 200 || status > 299) throw new StatesError(`States.Http.StatusCode.${status}`, text);
  return {
    Headers: headers,
    ResponseBody: /\bjson\b/i.test(type) ? parse(text) : text,
    StatusCode: status,
    StatusText: statusText,
  };
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw runtimeError('The response of the HTTP endpoint cannot be read as a text.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

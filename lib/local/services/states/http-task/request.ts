/** From the fields of an HTTP Task and its connection to the request: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html */
import type { ConnectionHttpParameters } from '@aws-sdk/client-eventbridge';
import { runtimeError } from '../../../stepfunctions/errors';
import type { Credentials } from '../../events/RetrieveConnectionCredentials';
import { type ArrayFormat, formOf, queryOf } from './encoding';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Members = Readonly<Record<string, unknown>>;

export interface HttpTask {
  readonly ApiEndpoint: string;
  readonly Method: string;
  readonly Authentication?: { readonly ConnectionArn?: string };
  readonly InvocationConfig?: { readonly ConnectionArn?: string };
  readonly Headers?: unknown;
  readonly QueryParameters?: unknown;
  readonly RequestBody?: unknown;
  readonly Transform?: {
    readonly RequestBodyEncoding?: 'NONE' | 'URL_ENCODED';
    readonly RequestEncodingOptions?: { readonly ArrayFormat?: ArrayFormat };
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];

/** A state machine may not set these; with all that begin with the prefixes. */
const FORBIDDEN =
  /^(?:a-im|accept-charset|accept-datetime|accept-encoding|authorization|cache-control|connection|content-encoding|content-md5|date|expect|forwarded|from|host|http2-settings|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|max-forwards|origin|pragma|proxy-authorization|referer|server|te|trailer|transfer-encoding|upgrade|via|warning|x-forwarded-.*|x-amz-.*|x-amzn-.*)$/i;

/** What the connection says wins. Throws States.Runtime for what cannot be sent. */
export function httpRequest(
  task: HttpTask,
  { headers: authorization, parameters }: Credentials,
  region: string,
): HttpRequest {
  const { HeaderParameters, QueryStringParameters, BodyParameters } = parameters as ConnectionHttpParameters;
  const method = methodOf(task);
  const query = queryOf(task.QueryParameters, record(QueryStringParameters));
  const headers = new Map<string, readonly [name: string, value: string]>();
  const set = (given: Members) => {
    for (const [name, value] of Object.entries(given)) headers.set(name.toLowerCase(), [name, headerValue(value)]);
  };
  set(ownHeaders(task.Headers));
  set(authorization);
  set(record(HeaderParameters));
  set({ 'User-Agent': `Amazon|StepFunctions|HttpInvoke|${region}`, Range: 'bytes=0-262144' });
  const content = bodyOf(task, record(BodyParameters));
  if (content !== undefined && !headers.has('content-type')) {
    headers.set('content-type', ['Content-Type', 'application/json; charset=UTF-8']);
  }
  const url = urlOf(task.ApiEndpoint);
  if (query !== '') url.search = url.search === '' ? query : `${url.search.slice(1)}&${query}`;
  return {
    method,
    url: url.href,
    headers: Object.fromEntries(headers.values()),
    ...(content === undefined ? {} : { body: content }),
  };
}

const record = (list: readonly { Key?: string; Value?: string }[] = []): Record<string, string> =>
  Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));

function methodOf({ Method }: HttpTask): string {
  if (METHODS.includes(Method)) return Method;
  throw runtimeError(`The HTTP method '${Method}' is not supported. It must be one of ${METHODS.join(', ')}.`);
}

/** AWS calls HTTPS only; what listens on this machine may go without. */
export function urlOf(endpoint: string): URL {
  if (!URL.canParse(endpoint)) throw runtimeError(`The ApiEndpoint '${endpoint}' is not a valid URL.`);
  const url = new URL(endpoint);
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return url;
  throw runtimeError(`The ApiEndpoint '${endpoint}' is not an HTTPS URL.`);
}

function ownHeaders(given: unknown): Members {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw runtimeError('The Headers of an HTTP Task must be an object.');
  const refused = Object.keys(given).find((name) => FORBIDDEN.test(name));
  if (refused !== undefined) throw runtimeError(`The header '${refused}' cannot be set in an HTTP Task.`);
  return given as Members;
}

function headerValue(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map(String).join(',')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  if (/[\r\n\0]/.test(text)) throw runtimeError('The value of a header may have no line breaks.');
  return text;
}

function bodyOf({ RequestBody: own, Transform }: HttpTask, added: Members): string | undefined {
  const isObject = own !== null && typeof own === 'object' && !Array.isArray(own);
  const isMerged = Object.keys(added).length > 0;
  if (isMerged && own !== undefined && !isObject) {
    throw runtimeError(
      'The RequestBody is no JSON object, so the body parameters of the connection cannot be merged into it.',
    );
  }
  const merged = isMerged ? { ...(own as object | undefined), ...added } : own;
  if (merged === undefined || typeof merged === 'string') return merged;
  if (Transform?.RequestBodyEncoding !== 'URL_ENCODED') return JSON.stringify(merged);
  return formOf(merged, Transform.RequestEncodingOptions?.ArrayFormat ?? 'INDICES');
}

/** The request and the response of an HTTP Task, for the inspection level TRACE. */
import type { InspectionData } from '@aws-sdk/client-sfn';
import type { HttpExchange } from '../../../stepfunctions/invoker';

/** What the connection has added is secret. */
export function inspectHttp(exchange: HttpExchange | undefined, isRevealed = false): InspectionData {
  if (!exchange) return {};
  const { method, url, headers, body } = isRevealed ? exchange.request : exchange.own;
  const { status, statusText, headers: received, body: content } = exchange.response;
  const protocol = new URL(url).protocol.slice(0, -1);
  return {
    request: {
      protocol,
      method,
      url,
      headers: listed(Object.entries(headers)),
      ...(body === undefined ? {} : { body }),
    },
    response: {
      protocol,
      statusCode: String(status),
      statusMessage: statusText,
      headers: listed(Object.entries(received).map(([name, values]) => [name, values.join(', ')])),
      body: content.toString('utf8'),
    },
  };
}

const listed = (headers: readonly (readonly [string, string])[]): string =>
  `[${headers.map(([name, value]) => `${name}: ${value}`).join(', ')}]`;

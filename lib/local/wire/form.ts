/** From a request to its protocol and operation. */
import type { Service } from '../service';
import { AwsError } from '../service';
import { UnknownOperationError } from './errors';
import type { WireRequest } from './message';
import type { DefaultProtocol, ServiceModel } from './model';
import { cborProtocol } from './protocols/cbor';
import { jsonProtocol } from './protocols/json';
import type { Protocol } from './protocols/protocol';
import { queryProtocol } from './protocols/query';
import { restJsonProtocol, restXmlProtocol } from './protocols/rest';
import { parseQuery } from './query';
import { routeRest } from './uri';

const JSON_1_0 = jsonProtocol('1.0');
const JSON_1_1 = jsonProtocol('1.1');
const REST_JSON = restJsonProtocol();
const protocols = new Map<string, Protocol>();

/** What a request speaks. A service answers in the protocol it was asked in, even one that is not its default. */
export function protocolOf(
  request: Pick<WireRequest, 'headers'>,
  fallback: DefaultProtocol,
  xmlNamespace?: string,
): Protocol {
  const { headers } = request;
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return cborProtocol;
  if (headers['x-amz-target'] !== undefined) {
    return headers['content-type']?.includes('json-1.0') ? JSON_1_0 : JSON_1_1;
  }
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const kind = isForm && fallback === 'json' ? 'query' : fallback;
  if (kind === 'json') return JSON_1_1;
  if (kind === 'restJson') return REST_JSON;
  const key = `${kind} ${xmlNamespace ?? ''}`;
  let protocol = protocols.get(key);
  if (!protocol) {
    protocol = kind === 'query' ? queryProtocol(xmlNamespace) : restXmlProtocol(xmlNamespace);
    protocols.set(key, protocol);
  }
  return protocol;
}

/** AWS's name of the operation that a request asks for. */
export async function operationName(request: WireRequest, model: ServiceModel, service: Service): Promise<string> {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return target.slice(target.lastIndexOf('.') + 1);
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    const name = /^\/service\/[^/]+\/operation\/([^/]+)$/.exec(request.path)?.[1];
    if (name) return name;
  }
  if (model.protocol === 'restJson' || model.protocol === 'restXml') return restOperationName(request, model, service);
  const action = [...request.query, ...parseQuery((await request.body.bytes()).toString('utf8'))].find(
    ([key]) => key === 'Action',
  );
  if (action) return action[1];
  throw new AwsError('MissingAction', `The request to ${model.name} names no operation (X-Amz-Target or Action).`, 400);
}

function restOperationName(request: WireRequest, model: ServiceModel, service: Service): string {
  const operation = routeRest(model.operations(), request, (name) => Object.hasOwn(service.operations, name));
  if (operation) return operation[2];
  if (model.protocol === 'restXml') {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  throw new UnknownOperationError(model.name, `${request.method} ${request.path}`, Object.keys(service.operations));
}
